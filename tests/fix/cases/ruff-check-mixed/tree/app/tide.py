import os
import sys, json
from typing import List, Optional


def level(moments: List[int]):
    if moments == None:
        return f"none"
    return json.dumps(moments)
