import json
import sys
from os import path


def f(column):
    if column is None:
        return json.dumps(sys.argv)
    return path.join(column)
