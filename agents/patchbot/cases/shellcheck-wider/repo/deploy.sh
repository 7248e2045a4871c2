#!/bin/sh
name=$1
cd "$2"
cp $name "$2"/backup
if [ $name == "a" ]; then
  echo `date`
fi
for file in $(ls *.txt); do
  egrep "x" "$file" | while read line; do
    echo "$line" $((${#line} + $name))
  done
done
exec "$0" $@
