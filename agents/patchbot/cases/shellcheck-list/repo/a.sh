#!/bin/sh
rm $(find . -name '*.o')
