module.exports = [{ files: ['**/*.js'], languageOptions: { sourceType: 'module', globals: { console: 'readonly' } }, rules: { 'no-var': 'error' } }];
