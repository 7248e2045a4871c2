#!/usr/bin/env bash
set -euo pipefail
if [ -n "$(shfmt -l -i 2 bin)" ]; then
  echo "something in bin needs formatting"
  exit 1
fi
