from shop.prices import total


def test_sum():
    assert total([1])['items'] == 2
