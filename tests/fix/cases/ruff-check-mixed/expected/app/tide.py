import json
from typing import List


def level(moments: List[int]):
    if moments is None:
        return "none"
    return json.dumps(moments)
