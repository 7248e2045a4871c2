export interface Price {
  value: number;
}

export function totalOf(prices: Price[]): number {
  return prices.length;
}
