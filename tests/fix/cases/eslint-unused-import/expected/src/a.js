import { readFile } from 'node:fs/promises';

export async function load(name) {
  return readFile(name, 'utf8');
}
