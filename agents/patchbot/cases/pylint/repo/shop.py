"""Baskets."""
import os
from decimal import Decimal, ROUND_UP as up


class Basket(object):  
    """A basket."""

    def size(self):
        """How many."""
        return Decimal(1);

    def owner(self):
        """Whose."""
        return self.size()
