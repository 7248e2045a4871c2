from inline_snapshot import snapshot

from ship import describe


def test_describe():
    assert describe('Anna') == snapshot('Anna (ship)')
