export function level(x) {
  debugger;
  return x;
}
