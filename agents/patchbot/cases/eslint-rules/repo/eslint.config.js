const stylistic = require("@stylistic/eslint-plugin");
const rules = {
  semi: ["error", "always"],
  quotes: ["error", "single"],
  "comma-dangle": ["error", "always-multiline"],
  "object-curly-spacing": ["error", "always"],
  "no-multi-spaces": "error",
  "keyword-spacing": "error",
  "comma-spacing": "error",
  "space-infix-ops": "error",
  "space-before-blocks": "error",
  "no-multiple-empty-lines": ["error", { max: 1 }],
  "eol-last": "error",
};
module.exports = [
  {
    languageOptions: { sourceType: "module", globals: { console: "readonly" } },
    plugins: { "@stylistic": stylistic },
    rules: {
      ...Object.fromEntries(Object.entries(rules).map(([name, value]) => ["@stylistic/" + name, value])),
      "prefer-const": "error",
      "no-debugger": "error",
      "no-unused-vars": "error",
      "dot-notation": "error",
    },
  },
];
