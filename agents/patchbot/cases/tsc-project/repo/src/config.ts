export function readConfig(): string {
  return "a";
}
export const writeConfig = 1;
