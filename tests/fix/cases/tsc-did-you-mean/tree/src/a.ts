export function many(names: string[]): number {
  return names.lenght;
}
