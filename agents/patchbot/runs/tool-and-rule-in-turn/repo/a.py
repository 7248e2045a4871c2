import sys
import json

from os import path, sep


def f(column):
    if column == None:
        return json.dumps(sys.argv)
    return path.join(column)
