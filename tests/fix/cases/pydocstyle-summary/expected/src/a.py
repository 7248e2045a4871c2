"""A module."""


def moor():
    """Moor the boat."""
    return 1
