import json
import re


print(re)
