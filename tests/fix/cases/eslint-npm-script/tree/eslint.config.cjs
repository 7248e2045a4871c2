module.exports = [{ files: ['**/*.js'], languageOptions: { sourceType: 'module', globals: { console: 'readonly' } }, rules: { eqeqeq: 'error', 'no-var': 'error' } }];
