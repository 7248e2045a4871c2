export const size: number = "abc";
