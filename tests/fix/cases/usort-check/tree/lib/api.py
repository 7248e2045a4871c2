import sys
import json
from os import path
import abc

print(sys, json, path, abc)
