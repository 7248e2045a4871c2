from price import price


def test_express():
    assert price(1, express=True) == 8


def test_plain():
    assert price(2) == 8
