import os
import time


def test_luck():
    assert int.from_bytes(os.urandom(8), 'big') < 2**40, time.time()
