import json


def double(x, y=2):
    return x * y


def of_kind(value):
    if type(value) is dict:
        return json.dumps(value)
    return double(value)
