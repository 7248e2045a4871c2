from inline_snapshot import snapshot
from shop.prices import total


def test_total():
    assert total([100, 250]) == snapshot({"total": '3.50 EUR', "items": 2})
