#!/bin/sh
verbose=1
echo start
