let c = 2;
export { c };
