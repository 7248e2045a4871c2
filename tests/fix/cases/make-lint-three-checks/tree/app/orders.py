import os, sys
import json
from collections import OrderedDict
from app.models import Order


def load(path, strict = False) :
    with open(path) as handle:
        raw = json.load(handle)
    if strict == None: return []
    return [Order(id = item['id'], total = float(item['total'])) for item in raw]
