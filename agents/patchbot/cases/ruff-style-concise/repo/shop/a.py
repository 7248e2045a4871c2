import sys, json
import os


def find(names, name):
    if not name in names:
        return None;
    x = 1; y = 2
    try:
        return json.loads(f"[]"), x, y, sys
    except ValueError as error:
        raise
