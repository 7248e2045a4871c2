export function level(x) {
  return x;
  console.log('tide', x);
}
export const rates = { kiel: 1, kiel: 2 };
