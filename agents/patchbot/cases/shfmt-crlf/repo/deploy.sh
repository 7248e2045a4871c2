#!/usr/bin/env bash
set -eu
if [ -z "$1" ] ; then
    echo "usage: $0 HOST"
      exit 1
fi
for host in "$@" ;do
  ssh "$host"   'systemctl restart shop'  >/dev/null
done
case $1 in
a) echo a;;
esac
