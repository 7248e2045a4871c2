export const label = (name, masts) => ({ name, masts });
