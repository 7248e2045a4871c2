export const label = (name, masts) => ({ name, masts, kind: 'ship' });
