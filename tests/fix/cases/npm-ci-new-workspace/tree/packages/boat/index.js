module.exports = require('anchor');
