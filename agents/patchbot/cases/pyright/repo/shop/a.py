import os


def names() -> Optional[str]:
    return os.environ.get("A")
