export const low = Math.min(1, 2);
