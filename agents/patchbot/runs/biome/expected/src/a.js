const a = { b: 1 };
module.exports = { a };
