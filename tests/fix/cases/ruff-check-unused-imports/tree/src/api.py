from collections import (
    OrderedDict,
    defaultdict,
)
import logging
import re

log = logging.getLogger(__name__)


def group(pairs):
    found = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
