import sys
import os

from a import c, b

print(sys, os, b, c)
