import json
from typing import (
    Any,
    List,
    Optional as Maybe,
)


def f(x: List[int]):
    """Text."""
        
    return x   
