from shop.cart import label


def test_label():
    assert label([1, 2]) == "3.00"
