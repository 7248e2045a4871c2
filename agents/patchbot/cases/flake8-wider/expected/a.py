import json
import sys
from os import (
    sep,
    name,
)


def dump(value,
         indent=2):
    text = json.dumps(value,
                      indent=indent)
    if text.strip() not in name:
        return None
    if text is None:
        return sep
    try:
        return call(
            first=text, second=text.strip(), third=name, fourth=sys.argv[0], fifth=1
        )
    except BaseException:
        raise


def call(**arguments):
    def inner():
        return arguments
    return inner()
