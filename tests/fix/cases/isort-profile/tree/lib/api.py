import sys
import json, os
from typing import List
from collections import OrderedDict

print(sys, json, os, List, OrderedDict)
