from harbor.tide import height, is_high


def test_height():
    assert height(2) == 5.0


def test_high():
    assert is_high(5)
