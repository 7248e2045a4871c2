export function price(to: string): number {
  const found: number = to;
  return found;
}
