import os
import json
from typing import Dict, List


def load(text):
    try:
        return json.loads( text )
    except ValueError as error:
        return f"nothing"
