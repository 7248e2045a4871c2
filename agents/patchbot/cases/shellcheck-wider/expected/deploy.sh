#!/bin/sh
name=$1
cd "$2" || exit
cp "$name" "$2"/backup
if [ "$name" = "a" ]; then
  date
fi
for file in *.txt; do
  grep -E "x" "$file" | while read -r line; do
    echo "$line" $((${#line} + name))
  done
done
exec "$0" "$@"
