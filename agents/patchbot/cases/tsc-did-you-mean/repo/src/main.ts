export const size = "abc".lenght;
export const up = "abc".touppercase();
