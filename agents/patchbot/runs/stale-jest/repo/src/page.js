module.exports.page = (name) => `<h1>Hello, ${name}!</h1>`;
