from shop.prices import total


def test_total(snapshot):
    assert total([100, 250]) == snapshot
