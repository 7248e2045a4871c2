import os
import sys

from a import b, c

print(sys, os, b, c)
