const a = 1;
const b = `one  
two`;

module.exports = { a, b };
