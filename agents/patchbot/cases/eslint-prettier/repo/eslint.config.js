const prettier = require("eslint-plugin-prettier");
module.exports = [{ languageOptions: { sourceType: "commonjs" }, plugins: { prettier }, rules: { "prettier/prettier": "error", "no-unused-vars": "error" } }];
