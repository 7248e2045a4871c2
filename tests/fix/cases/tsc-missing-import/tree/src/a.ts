export function price(to: string): number {
  return RATES[to] ?? 0;
}
