export const label = (x) => `<${x}>`;
