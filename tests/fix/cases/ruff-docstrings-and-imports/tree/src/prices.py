"""Prices."""
import sys
import json


def gross(price):
    """Add the tax"""
    return json.dumps([price, sys.argv])
