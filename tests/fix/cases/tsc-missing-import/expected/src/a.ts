import { RATES } from './rates';

export function price(to: string): number {
  return RATES[to] ?? 0;
}
