module.exports = [{ files: ['**/*.js'], languageOptions: { sourceType: 'module', globals: { console: 'readonly' } }, rules: { 'no-unreachable': 'error', 'no-dupe-keys': 'error' } }];
