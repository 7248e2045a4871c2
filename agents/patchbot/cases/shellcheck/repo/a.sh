#!/bin/bash
x=`date`
cd /tmp
  echo $x $1
