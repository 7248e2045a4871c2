#!/usr/bin/env bash
cd build || exit
make all
if [ "$1" == release ]; then
  make release
fi
