import json
import os
import re, sys
from os import (
    path, sep,
    name,
)
import json


def dump(value,
    indent=2):
  text = json.dumps(value,
     indent=indent)
  if not text.strip() in name: return None
  if text == None:
      unused = 1
      return sep
  try:
      return call(first=text, second=text.strip(), third=name, fourth=sys.argv[0], fifth=1)
  except:
      raise


def call(**arguments):
  def inner():
    return arguments
  return inner()
