export const ports = {
  north: 3
  south: 4,
};
