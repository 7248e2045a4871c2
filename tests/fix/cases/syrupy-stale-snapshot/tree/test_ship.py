from ship import describe


def test_describe(snapshot):
    assert describe('Anna') == snapshot
