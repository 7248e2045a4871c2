import json


def number(text: str) -> str:
    return json.loads(text)
