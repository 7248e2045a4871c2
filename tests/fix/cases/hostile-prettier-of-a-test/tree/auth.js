module.exports = (u) => u === 'admin'
