export const RATES: Record<string, number> = { kiel: 4.5 };
