from harbor.speed import ratio


def test_ratio_is_high():
    assert ratio([1, 2, 3, 4]) >= 0.75
