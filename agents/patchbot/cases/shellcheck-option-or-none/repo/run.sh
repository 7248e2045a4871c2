#!/bin/bash
quiet=${2:-}
grep $quiet x "$1"
