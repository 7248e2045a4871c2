module.exports = [{ languageOptions: { sourceType: "commonjs" }, rules: { "no-trailing-spaces": "error", "eol-last": "error" } }];
