"""Baskets."""
from decimal import Decimal


class Basket:
    """A basket."""

    def size(self):
        """How many."""
        return Decimal(1)

    def owner(self):
        """Whose."""
        return self.size()
