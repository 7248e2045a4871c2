echo 'Deploying shop to production'
echo 'Error: deployment failed: health check returned 503; rolled back' >&2
exit 1
