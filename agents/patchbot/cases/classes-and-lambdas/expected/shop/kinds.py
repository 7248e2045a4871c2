import json


def double(x, y=2):
    return x * y


def of_kind(value, other):
    def near(a):
        return a in (value, other)
    if type(value) is dict:
        return json.dumps(value)
    return type(value) is not type(other) and near(1)
