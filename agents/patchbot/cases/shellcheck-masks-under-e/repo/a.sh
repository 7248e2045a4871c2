#!/bin/sh
set -e
export A=$(pwd)
