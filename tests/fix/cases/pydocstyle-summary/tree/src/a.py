"""A module."""


def moor():
    """ moor the boat """
    return 1
