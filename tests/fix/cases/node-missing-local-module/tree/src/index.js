const { price } = require('./prices');

console.log(price());
