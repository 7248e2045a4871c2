#!/bin/sh
echo '$A'
