#!/usr/bin/env bash
set -euo pipefail
if [ -z "${DEPLOY_TOKEN:-}" ]; then
  echo 'Error: DEPLOY_TOKEN is not set; add the secret to the repository' >&2
  exit 1
fi
