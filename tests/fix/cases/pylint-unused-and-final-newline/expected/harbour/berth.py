import json


def write(berths):
    return json.dumps(berths)
