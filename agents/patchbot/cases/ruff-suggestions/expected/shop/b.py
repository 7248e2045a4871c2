import re


print(re)
