"""Findings whose remedy says the same in other words: how a docstring is laid
out, calls around comprehensions, comparisons of classes; and the forms that
tools write the findings of known rules in."""

from definitions import refuse
from rules import mend

DOCS_PY = '''\
\'\'\'prices and what they are made of\'\'\'


class Price:
    """ a price """
    def __init__(self, net):
        """
        Keep the net price
        """

        self.net = net

    def gross(self, rate):
        """Add the tax

        Rates are parts of one.
        """
        return self.net * (1 + rate)

    def shown(
        self,
        currency="EUR",
    ):

        """show it, as `12.50 EUR`"""
        return f"{self.net:.2f} {currency}"
'''
DOCUMENTED_PY = '''\
"""prices and what they are made of."""


class Price:
    """a price."""

    def __init__(self, net):
        """Keep the net price."""
        self.net = net

    def gross(self, rate):
        """Add the tax.

        Rates are parts of one.
        """
        return self.net * (1 + rate)

    def shown(
        self,
        currency="EUR",
    ):
        """Show it, as `12.50 EUR`."""
        return f"{self.net:.2f} {currency}"
'''
RUFF_DOCS_PY = '''\
"""Prices."""


def net(price):
    """Take the tax off"""
    return price / 1.2


def gross(price):
    """
    Add the tax

    """
    return price * 1.2


def shown(price):
    """shown with two digits!"""
    return f"{price:.2f}"
'''
RUFF_DOCUMENTED_PY = '''\
"""Prices."""


def net(price):
    """Take the tax off."""
    return price / 1.2


def gross(price):
    """Add the tax."""
    return price * 1.2


def shown(price):
    """Shown with two digits!"""
    return f"{price:.2f}"
'''
CALLS_PY = '''\
def names(items):
    by_name = dict([(item.name, item) for item in items])
    all_names = set([item.name for item in items])
    sizes = list(item.size for item in items)
    pair = tuple([1, 2])
    found = list([item for item in items if item])
    seen = set([1, 2])
    return by_name, all_names, sizes, pair, found, seen, dict(), sorted(list(items))
'''
PLAIN_PY = '''\
def names(items):
    by_name = {item.name: item for item in items}
    all_names = {item.name for item in items}
    sizes = [item.size for item in items]
    pair = (1, 2)
    found = [item for item in items if item]
    seen = {1, 2}
    return by_name, all_names, sizes, pair, found, seen, {}, sorted(items)
'''
CLASSES_PY = '''\
import json

double = lambda x, y=2: x * y


def of_kind(value, other):
    near = lambda a: a in (value, other)
    if type(value) == dict:
        return json.dumps(value)
    return type(value) != type(other) and near(1)
'''
NAMED_PY = '''\
import json


def double(x, y=2):
    return x * y


def of_kind(value, other):
    def near(a):
        return a in (value, other)
    if type(value) is dict:
        return json.dumps(value)
    return type(value) is not type(other) and near(1)
'''
LINTED_PY = '''\
import os
import json


class Basket(object):
    def load(self, path):
        if path:
            return json.dumps(path)
        else:
            return super(Basket, self).load(path)
'''
CLEAN_PY = '''\
import json


class Basket:
    def load(self, path):
        if path:
            return json.dumps(path)
        return super().load(path)
'''
PYLINT = "--disable=missing-docstring,too-few-public-methods,no-member shop"
CATCH_JS = "import fs from 'fs';\nimport path from 'path';\nexport function load(name) {\n  try {\n    return path.join('a', name);\n  } catch (error) {\n    return null;\n  }\n}\n"
CAUGHT_JS = "import path from 'path';\nexport function load(name) {\n  try {\n    return path.join('a', name);\n  } catch {\n    return null;\n  }\n}\n"
ESLINT = {"eslint.config.mjs": "export default [{ rules: { 'no-unused-vars': 'error' } }];\n"}
DOCKERFILE = "FROM debian:12.1\nADD app.sh /srv/\nWORKDIR /srv\nCMD ./app.sh\n"
MAKEFILE = "SRC = a.c\n\n.PHONY: check all\nall: check\n\ncheck:\n        gcc -fsyntax-only $(SRC) \\\n          -Wall\n        @echo done\nifdef EXTRA\nmore:\n        echo more\nendif\n"
TABBED = "SRC = a.c\n\n.PHONY: check all\nall: check\n\ncheck:\n\tgcc -fsyntax-only $(SRC) \\\n          -Wall\n\t@echo done\nifdef EXTRA\nmore:\n\techo more\nendif\n"

WORDINGS = [
    mend("pydocstyle", {"shop/prices.py": DOCS_PY}, "pydocstyle --select=D200,D201,D204,D202,D210,D300,D400,D403 shop", {"shop/prices.py": DOCUMENTED_PY}, "pydocstyle"),
    mend("ruff-docstrings", {"shop/prices.py": RUFF_DOCS_PY}, "ruff check --select D200,D403,D415 --output-format concise shop", {"shop/prices.py": RUFF_DOCUMENTED_PY}, "ruff"),
    refuse("docstring-without-a-sentence", {"shop/a.py": '"""Prices."""\n\n\ndef net(price):\n    """Take the tax off and\n    say what it was\n    """\n    return price\n'}, "ruff check --select D400 --output-format concise shop", "D400 in line 5", "ruff", **{"class": "lint"}),
    mend("ruff-comprehensions", {"shop/names.py": CALLS_PY}, "ruff check --select C4 --output-format concise shop", {"shop/names.py": PLAIN_PY}, "ruff"),
    mend("classes-and-lambdas", {"shop/kinds.py": CLASSES_PY}, "flake8 --select E721,E731 shop", {"shop/kinds.py": NAMED_PY}, "flake8"),
    refuse("lambda-of-a-default-call", {"shop/a.py": "twice = lambda x=max(1, 2): x * 2  # kept\n"}, "flake8 --select E731 shop", "E731 in line 1", "flake8", **{"class": "lint"}),
    mend("pylint-parseable", {"shop/__init__.py": "", "shop/basket.py": LINTED_PY}, f"pylint -f parseable {PYLINT}", {"shop/basket.py": CLEAN_PY}, "pylint"),
    mend("pylint-json", {"shop/__init__.py": "", "shop/basket.py": LINTED_PY}, f"pylint --output-format=json {PYLINT}", {"shop/basket.py": CLEAN_PY}, "pylint"),
    refuse("pylint-json-behind-brackets", {"shop/__init__.py": "", "shop/basket.py": LINTED_PY}, f"for n in 1 2 3 4 5 6 7 8; do echo '[x'; done; pylint --output-format=json {PYLINT}", "no change that a tool wants", "pylint", **{"class": "lint"}),
    mend("eslint-json", {**ESLINT, "src/load.js": CATCH_JS}, "eslint --format json src", {"src/load.js": CAUGHT_JS}, "eslint"),
    mend("hadolint-gnu", {"Dockerfile": DOCKERFILE}, "hadolint --format gnu Dockerfile", {"Dockerfile": 'FROM debian:12.1\nCOPY app.sh /srv/\nWORKDIR /srv\nCMD ["./app.sh"]\n'}, "hadolint"),
    mend("hadolint-json", {"Dockerfile": DOCKERFILE}, "hadolint --format json Dockerfile", {"Dockerfile": 'FROM debian:12.1\nCOPY app.sh /srv/\nWORKDIR /srv\nCMD ["./app.sh"]\n'}, "hadolint"),
    mend("makefile-blanks", {"Makefile": MAKEFILE, "a.c": "int main(void) { return 0; }\n"}, "make check", {"Makefile": TABBED}, "make", **{"class": "config"}),
    refuse("makefile-separator", {"Makefile": "all: check\ncheck\n    gcc a.c\n"}, "make check", "a recipe that begins with blanks", "make", **{"class": "config"}),
]
LONG_PY = '''\
def load(items, Order):
    return sorted( [Order(id=item['id'], customer=item.get('customer'), total=float(item['total'])) for item in items], key=str)


def check(path):
    if not path:
        raise ValueError(f"there is no order in {path!r}, and nobody knows where else to look for it")
    path.add(name="p", description="a sentence that is so long that nobody wants to read it at all", default=1)
    print("nothing to see here, but a sentence that is so long that it stands on several lines", path)
'''
BROKEN_PY = '''\
def load(items, Order):
    return sorted(
        [
            Order(
                id=item['id'],
                customer=item.get('customer'),
                total=float(item['total'])
            ) for item in items
        ],
        key=str
    )


def check(path):
    if not path:
        raise ValueError(
            f"there is no order in {path!r}, and nobody knows where else to "
            "look for it"
        )
    path.add(
        name="p",
        description="a sentence that is so long that nobody wants to read it "
        "at all",
        default=1
    )
    print(
        "nothing to see here, but a sentence that is so long that it stands "
        "on several lines",
        path
    )
'''
WORDINGS += [
    mend("lines-in-lines", {"shop/a.py": LONG_PY.replace("sorted( [", "sorted([")}, "flake8 --select E501 shop", {"shop/a.py": BROKEN_PY}, "flake8"),
    refuse("long-address", {"shop/a.py": "def f(get):\n    return get('https://example.org/a/very/long/address/that/nobody/can/part/anywhere/at/all/really')\n"}, "flake8 --select E501 shop", "a line that can be broken", "flake8", **{"class": "lint"}),
]
GENERATED_PY = "# Code generated by protoc. DO NOT EDIT.\nimport os\nimport sys\nprint(sys.argv)\n"
WORDINGS += [
    refuse("vendored-file", {"vendor/lib/a.py": "x = 1   \n", "shop/a.py": "y = 2\n"}, "pycodestyle .", "somebody else's", "pycodestyle", **{"class": "lint"}),
    refuse("generated-file", {"shop/a_pb2.py": GENERATED_PY}, "flake8 shop", "a program writes it", "flake8", **{"class": "lint"}),
    refuse("words-of-a-fixture", {"tests/fixtures/mail.txt": "You recieve this.\n", "README.md": "We recieve it.\n"}, "codespell", "tests compare with it", "codespell", **{"class": "lint"}),
]
WORDINGS += [
    refuse("shellcheck-options", {"run.sh": '#!/bin/bash\nFLAGS="-a -b"\nls $FLAGS "$1"\n'}, "shellcheck run.sh", "several words", "shellcheck", **{"class": "lint"}),
    refuse("shellcheck-option-or-none", {"run.sh": '#!/bin/bash\nquiet=${2:-}\ngrep $quiet x "$1"\n'}, "shellcheck -f gcc run.sh", "a variable of one word", "shellcheck", **{"class": "lint"}),
]
