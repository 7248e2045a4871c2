#!/bin/bash
FLAGS="-a -b"
ls $FLAGS "$1"
