import fs from 'node:fs';
import path from 'node:path';
export function load(name) {
  try {
    return path.join('a', name);
  } catch (error) {
    return null;
  }
}
