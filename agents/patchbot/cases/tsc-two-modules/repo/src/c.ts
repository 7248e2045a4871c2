export const c = total;
