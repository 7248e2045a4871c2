import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

export async function load(name) {
  return readFile(name, 'utf8');
}
