import os
import sys
from decimal import Decimal
import collections


def total( items, tax = Decimal("0.2") ):
    """Sum of all items.   """
    result = Decimal(0)
    for item in items :
        result += item ['price'] * item [ 'count' ]
    return result * (1+tax)


class Basket :
    def __init__(self, owner, items = None, discount = None, currency = 'EUR', delivery_address = None):
        self.owner = owner
        self.items = items or [ ]
        self.discount = discount



    def is_empty(self): return not self.items
