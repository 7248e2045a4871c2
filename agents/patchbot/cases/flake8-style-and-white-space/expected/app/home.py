import os


def home():
    """Where?
    """
    return os.environ["HOME"]
