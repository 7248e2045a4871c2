#!/bin/bash
target=$1
files=`ls out`
cp $target /srv/site
echo "$files"
