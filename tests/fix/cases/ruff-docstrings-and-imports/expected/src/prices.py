"""Prices."""

import json
import sys


def gross(price):
    """Add the tax."""
    return json.dumps([price, sys.argv])
