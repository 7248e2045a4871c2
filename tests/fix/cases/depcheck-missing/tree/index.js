const anchor = require('zz-anchor-of-nobody');

module.exports = anchor;
