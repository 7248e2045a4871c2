const c = 2;
export { c };
