from lib import api
import os


def test_it():
    assert api and os
