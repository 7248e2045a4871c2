import json

from app.models import Order


def load(path, strict=False):
    with open(path) as handle:
        raw = json.load(handle)
    if strict is None:
        return []
    return [Order(id=item["id"], total=float(item["total"])) for item in raw]
