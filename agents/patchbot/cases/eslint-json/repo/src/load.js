import fs from 'fs';
import path from 'path';
export function load(name) {
  try {
    return path.join('a', name);
  } catch (error) {
    return null;
  }
}
