#!/usr/bin/env bash
cd build
make all
if [ $1 == release ]; then
  make release
fi
