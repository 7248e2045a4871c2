import os
import pathlib

from harbor.report import render

GOLDEN = pathlib.Path(__file__).parent / "golden"


def check(name, text):
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text)
    assert path.read_text() == text, f"{path.name} is out of date; run with UPDATE_GOLDEN=1 to update it"


def test_one():
    check("one.txt", render([("North", 4)]))


def test_two():
    check("two.txt", render([("a", 1), ("b", 2)]))
