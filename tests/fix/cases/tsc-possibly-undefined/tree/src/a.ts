export function first(names?: string[]): number {
  return names.length;
}
