export const label = (name) => `ship ${name}`;
