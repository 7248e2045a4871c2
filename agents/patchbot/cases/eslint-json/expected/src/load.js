import path from 'path';
export function load(name) {
  try {
    return path.join('a', name);
  } catch {
    return null;
  }
}
