module.exports = [{ files: ['**/*.js'], languageOptions: { sourceType: 'module', globals: { console: 'readonly' } }, rules: { 'no-unused-vars': 'error' } }];
