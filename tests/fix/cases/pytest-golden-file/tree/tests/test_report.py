from pathlib import Path

from report import render

GOLDEN = Path(__file__).parent / "golden" / "report.txt"


def test_report():
    assert render({"Anna": 3, "Bo": 1}) == GOLDEN.read_text()


def test_empty():
    assert render({}) == "no ships\n"
