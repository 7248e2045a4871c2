#!/bin/bash
x=`date`
cd /tmp
  echo $x $1
y=1
