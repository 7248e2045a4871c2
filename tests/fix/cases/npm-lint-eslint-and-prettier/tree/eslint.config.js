export default [{ files: ['src/**/*.js'], rules: { 'no-var': 'error', 'prefer-const': 'error', 'object-shorthand': 'error' } }];
