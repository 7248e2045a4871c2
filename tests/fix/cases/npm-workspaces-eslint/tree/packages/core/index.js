var a = 1;
let b = 2;
export { a, b };
