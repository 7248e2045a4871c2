import os
from typing import Optional


def names() -> Optional[str]:
    return os.environ.get("A")
