import pytest

from harbor.berth import reserve


def test_full():
    with pytest.raises(ValueError) as caught:
        reserve(9, 4)
    assert str(caught.value) == "all berths are taken"


def test_free():
    assert reserve(1, 4) == 3
