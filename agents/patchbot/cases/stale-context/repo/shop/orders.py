from shop.prices import total
import json

ORDERS = {  'a':2, "b" : 2 }

def dump(order) :
    return json.dumps({ 'id': order.id,
        'total': str( total(order.items) ) })
