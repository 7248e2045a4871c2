from typing import Dict

NAMES: Dict[str, List[int]] = {}


def reset():
    NAMES.clear()


def size() -> int:
    return len(NAMES)  # type: ignore[arg-type]


def up(text: str) -> None:
    text.uper()
