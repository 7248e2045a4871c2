"""Prices."""


def gross(price):
    """
    Add the tax
    """

    return price * 1.2


def shown(price):
    """ Show two digits. """
    return f"{price:.2f}"


def parsed(text):
    '''Read it

    The text has a point.
    '''
    return float(text)
