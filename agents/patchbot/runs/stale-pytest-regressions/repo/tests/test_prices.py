from shop.prices import total


def test_total(data_regression):
    data_regression.check(total([100, 250]))
