import json

double = lambda x, y=2: x * y


def of_kind(value):
    if type(value) == dict:
        return json.dumps(value)
    return double(value)
