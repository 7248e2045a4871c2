import sys
import json


def find(names, name):
    if name not in names:
        return None
    x = 1
    y = 2
    try:
        return json.loads("[]"), x, y, sys
    except ValueError:
        raise
