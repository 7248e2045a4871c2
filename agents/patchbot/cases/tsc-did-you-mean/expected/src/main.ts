export const size = "abc".length;
export const up = "abc".toUpperCase();
