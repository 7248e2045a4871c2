from typing import Dict, List

NAMES: Dict[str, List[int]] = {}


def reset() -> None:
    NAMES.clear()


def size() -> int:
    return len(NAMES)


def up(text: str) -> None:
    text.upper()
