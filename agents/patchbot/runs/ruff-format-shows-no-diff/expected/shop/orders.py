from shop.prices import total
import json

ORDERS = {"a": 1, "b": 2}


def dump(order):
    return json.dumps({"id": order.id, "total": str(total(order.items))})
