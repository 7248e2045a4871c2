#!/bin/bash
x=$(date)
cd /tmp || exit
  echo "$x" "$1"
