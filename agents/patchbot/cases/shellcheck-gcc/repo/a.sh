#!/bin/bash
echo $1 $(date)
home=`pwd`
echo "$home"
