import pytest

from harbor.berth import reserve


def test_full():
    with pytest.raises(ValueError) as caught:
        reserve(9, 4)
    assert str(caught.value) == "no berth left"


def test_free():
    assert reserve(1, 4) == 3
