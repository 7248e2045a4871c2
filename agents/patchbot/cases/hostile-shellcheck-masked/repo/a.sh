#!/bin/sh
echo $TOKEN
