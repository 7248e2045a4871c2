console.log('Checking formatting...');
console.log('[warn] auth.js');
console.log('[warn] Code style issues found in the above file. Run Prettier with --write to fix.');
process.exit(1);
