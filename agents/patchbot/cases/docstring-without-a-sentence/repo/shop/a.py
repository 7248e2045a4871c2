"""Prices."""


def net(price):
    """Take the tax off and
    say what it was
    """
    return price
