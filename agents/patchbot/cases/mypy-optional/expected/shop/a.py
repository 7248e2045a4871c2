from typing import Optional


def size(name: str, most: Optional[int] = None) -> int:
    return most or len(name)


def show(name: str) -> None:
    print(name)
