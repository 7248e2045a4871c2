export const kind = (x) => typeof x == 'number';
var limit = 3;
export default limit;
