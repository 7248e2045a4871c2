import json

double = lambda x, y=2: x * y


def of_kind(value, other):
    near = lambda a: a in (value, other)
    if type(value) == dict:
        return json.dumps(value)
    return type(value) != type(other) and near(1)
