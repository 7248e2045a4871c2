from harbor.tide import tide_height, is_high


def test_height():
    assert tide_height(2) == 5.0


def test_high():
    assert is_high(5)
