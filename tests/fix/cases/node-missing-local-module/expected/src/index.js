const { price } = require('./price');

console.log(price());
