import os
import sys
from typing import (
    List,
    Optional,
)


class Basket(object):
    def first(self, items: List[int]):
        name = f"basket"
        long = f"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        return name, long, items[0], sys.argv


def last():
	word = f"tab"
	return dict(zip([1], [2])), word
