"""Prices."""


def net(price):
    """Take the tax off"""
    return price / 1.2


def gross(price):
    """
    Add the tax

    """
    return price * 1.2


def shown(price):
    """shown with two digits!"""
    return f"{price:.2f}"
