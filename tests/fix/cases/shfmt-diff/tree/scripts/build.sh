#!/bin/bash
set -e
for f in a b ; do
    if [ -f "$f" ] ; then
    cp "$f" out/ ; fi
done
case $1 in
a) echo a ;;
esac
