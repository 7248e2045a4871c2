"""Cases of findings that have one remedy: linters without a fix mode, or whose
output shows no fix. What each file becomes is written here, and the tool that
complained has to accept it."""

from definitions import LINTED, PRICES_PY, PYTHON, case, refuse


def becomes(files):
    """A step that writes the files as they should be."""
    return "\n".join(f"cat > {name} <<'END_OF_FILE'\n{text}END_OF_FILE" for name, text in files.items())


def mend(name, before, step, after, tool, **more):
    more = {"class": "lint", "strategy": "known-rule", **more}
    return case(name, before, step, becomes(after), tool, **more)


STYLE_PY = '''\
import sys,os
from decimal import Decimal


def total( items,tax = 1 ):
    result=0
    for item in items :
        result+=item ['price']*item [ 'count']
    return result*(1+tax)
class Basket:
    def __init__(self,owner):
        self.owner = owner #who
        self.size  = -1 # how many
    def find(self, name):
        #look it up
        if not name in self.owner:
            return None;
        x = 1; y = 2



        return x , y


### three signs
# A comment that is far too long for a line of seventy-nine characters, as people write them
def escape(text):
    pattern = '\\d+' + "a\\.b"
    try:
        return Decimal(text), pattern, sys, os, {1:2}
    except ValueError as error:
        return f"nothing"
@property

def last(self):
    return(1)
'''
STYLED_PY = '''\
import sys
import os
from decimal import Decimal


def total(items, tax=1):
    result = 0
    for item in items:
        result += item['price']*item['count']
    return result*(1+tax)


class Basket:
    def __init__(self, owner):
        self.owner = owner  # who
        self.size = -1  # how many

    def find(self, name):
        # look it up
        if name not in self.owner:
            return None
        x = 1
        y = 2

        return x, y


# three signs
# A comment that is far too long for a line of seventy-nine characters, as
# people write them
def escape(text):
    pattern = '\\\\d+' + "a\\\\.b"
    try:
        return Decimal(text), pattern, sys, os, {1: 2}
    except ValueError:
        return "nothing"


@property
def last(self):
    return (1)
'''
UNUSED_PY = '''\
import os
import json
from typing import Dict, List


def load(text):
    try:
        return json.loads( text )
    except ValueError as error:
        return f"nothing"
'''
USED_PY = '''\
import json


def load(text):
    try:
        return json.loads(text)
    except ValueError:
        return "nothing"
'''
LINTED_PY = '''\
"""Baskets."""
import os
from decimal import Decimal, ROUND_UP as up


class Basket(object):  
    """A basket."""

    def size(self):
        """How many."""
        return Decimal(1);

    def owner(self):
        """Whose."""
        return self.size()
'''
RUFF_PY = """\
import sys, json
import os


def find(names, name):
    if not name in names:
        return None;
    x = 1; y = 2
    try:
        return json.loads(f"[]"), x, y, sys
    except ValueError as error:
        raise
"""
RUFFED_PY = """\
import sys
import json


def find(names, name):
    if name not in names:
        return None
    x = 1
    y = 2
    try:
        return json.loads("[]"), x, y, sys
    except ValueError:
        raise
"""
PYTHON_RULES = [
    mend("flake8-style", {"shop/a.py": STYLE_PY}, "flake8 .", {"shop/a.py": STYLED_PY}, "flake8"),
    mend("pycodestyle-style", {"shop/a.py": STYLE_PY}, "pycodestyle shop", {"shop/a.py": STYLED_PY.replace("except ValueError:", "except ValueError as error:").replace('return "nothing"', 'return f"nothing"')}, "pycodestyle"),
    mend("flake8-unused-and-style", {"shop/a.py": UNUSED_PY}, "flake8 shop", {"shop/a.py": USED_PY}, "flake8"),
    mend("ruff-style-concise", {"shop/a.py": RUFF_PY}, "ruff check --select E4,E7,F,W --output-format=concise .", {"shop/a.py": RUFFED_PY}, "ruff"),
    mend("pylint", {"shop.py": LINTED_PY}, "pylint --disable=R0903 shop.py", {"shop.py": '"""Baskets."""\nfrom decimal import Decimal\n\n\nclass Basket:\n    """A basket."""\n\n    def size(self):\n        """How many."""\n        return Decimal(1)\n\n    def owner(self):\n        """Whose."""\n        return self.size()\n'}, "pylint"),
    refuse("pylint-docstring", {"shop.py": "import os\n"}, "pylint shop.py", "also reports missing-module-docstring", "pylint", **{"class": "lint"}),
    refuse("flake8-comparison-to-none", {"a.py": "def f(column):\n    return column == None\n"}, "flake8 .", "condition that compares", "flake8", **{"class": "lint"}),
    refuse("flake8-unused-variable", {"a.py": "def f(g):\n    x = g()\n"}, "flake8 .", "plain value", "flake8", **{"class": "lint"}),
    refuse("flake8-long-code", {"a.py": "value = call(" + ", ".join(["argument"] * 12) + ")  # noqa: F821\n", "b.py": "x = " + "1 + " * 30 + "1\n"}, "flake8 .", "no brackets to break", "flake8", **{"class": "lint"}),
]

TIDY_PY = 'import os\n\n\ndef home():\n    """Where?\n    """\n    return os.environ["HOME"]\n'
UNTIDY_YAML = """\
name:   shop
ports: [ 80 ,443 ]
#comment
labels: {a: 1,b: 2}
list:
  -   one # first
  - two



last : 3
"""
YAMLLINT = "extends: default\nrules:\n  document-start: enable\n"
STYLE_MD = """\
# Shop
Text right below.
##Prices

##  Of today:
- one
- two
```sh
echo
```
See https://example.com/docs for more.



>  quoted
"""
DOCKERFILE = """\
FROM debian:12
MAINTAINER Jo <jo@example.com>
ADD app.py /app/app.py
RUN apt-get update && \\
    apt-get install -y curl=7.88.1 && \\
    rm -rf /var/lib/apt/lists/*
RUN pip install flask==3.0.0
CMD python /app/app.py
"""
ESLINT_RULES = """\
const stylistic = require("@stylistic/eslint-plugin");
const rules = {
  semi: ["error", "always"],
  quotes: ["error", "single"],
  "comma-dangle": ["error", "always-multiline"],
  "object-curly-spacing": ["error", "always"],
  "no-multi-spaces": "error",
  "keyword-spacing": "error",
  "comma-spacing": "error",
  "space-infix-ops": "error",
  "space-before-blocks": "error",
  "no-multiple-empty-lines": ["error", { max: 1 }],
  "eol-last": "error",
};
module.exports = [
  {
    languageOptions: { sourceType: "module", globals: { console: "readonly" } },
    plugins: { "@stylistic": stylistic },
    rules: {
      ...Object.fromEntries(Object.entries(rules).map(([name, value]) => ["@stylistic/" + name, value])),
      "prefer-const": "error",
      "no-debugger": "error",
      "no-unused-vars": "error",
      "dot-notation": "error",
    },
  },
];
"""
STYLE_JS = """\
import { readFile, writeFile } from "node:fs";
import path from 'node:path';
let total = 0
let prices = {apple: 1, pear:2}
if(total===0){
  debugger;
  console.log(prices["apple"],writeFile)
}



for (const name of Object.keys(prices)) {
  total +=  prices[name];
}
export default {
  total,
  list: [
    1,
    2
  ]
};"""
STYLED_JS = """\
import { writeFile } from 'node:fs';
let total = 0;
const prices = { apple: 1, pear:2 };
if (total === 0) {
  console.log(prices.apple, writeFile);
}

for (const name of Object.keys(prices)) {
  total += prices[name];
}
export default {
  total,
  list: [
    1,
    2,
  ],
};
"""
OTHER_RULES = [
    mend("yamllint-style", {"a.yml": UNTIDY_YAML, ".yamllint": YAMLLINT}, "yamllint --strict a.yml", {"a.yml": "---\nname: shop\nports: [80, 443]\n# comment\nlabels: {a: 1, b: 2}\nlist:\n  - one  # first\n  - two\n\n\nlast: 3\n"}, "yamllint"),
    mend("yamllint-style-parsable", {"a.yml": UNTIDY_YAML.replace(" # first", "").replace("#comment\n", "")}, "yamllint -f parsable a.yml", {"a.yml": "name: shop\nports: [80, 443]\nlabels: {a: 1, b: 2}\nlist:\n  - one\n  - two\n\n\nlast: 3\n"}, "yamllint"),
    mend("markdownlint-style", {"README.md": STYLE_MD}, "markdownlint README.md", {"README.md": "# Shop\n\nText right below.\n\n## Prices\n\n## Of today\n\n- one\n- two\n\n```sh\necho\n```\n\nSee <https://example.com/docs> for more.\n\n> quoted\n"}, "markdownlint"),
    mend("hadolint", {"Dockerfile": DOCKERFILE, "app.py": "print(1)\n"}, "hadolint Dockerfile", {"Dockerfile": DOCKERFILE.replace("MAINTAINER Jo <jo@example.com>", 'LABEL org.opencontainers.image.authors="Jo <jo@example.com>"').replace("ADD app", "COPY app").replace("install -y", "install --no-install-recommends -y").replace("pip install flask", "pip install --no-cache-dir flask").replace("CMD python /app/app.py", 'CMD ["python", "/app/app.py"]')}, "hadolint"),
    refuse("hadolint-pin", {"Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"}, "hadolint Dockerfile", "also reports DL3008", "hadolint", **{"class": "lint"}),
    mend("eslint-rules", {"src/a.js": STYLE_JS, "eslint.config.js": ESLINT_RULES}, "eslint src", {"src/a.js": STYLED_JS}, "eslint"),
    refuse("eslint-unused-variable", {"src/a.js": "const a = 1;\nconst b = 2;\nconsole.log(b);\n", "eslint.config.js": ESLINT_RULES}, "eslint src", "also reports no-unused-vars", "eslint", **{"class": "lint"}),
    mend("typos", {"README.md": "# Teh shop\n\nThis recieves the langauge.\n", "a.py": "X = 1  # occured\n"}, "typos", {"README.md": "# The shop\n\nThis receives the language.\n", "a.py": "X = 1  # occurred\n"}, "typos", strategy="printed-suggestion"),
    refuse("typos-name", {"a.py": "langauge = 1\n"}, "typos", "name that others use", "typos", **{"class": "lint"}),
]

RULES = PYTHON_RULES + OTHER_RULES + [
    mend("flake8-after-black", PYTHON, "black --diff shop\nflake8 --select E999,E225 shop", {"shop/prices.py": PRICES_PY.replace("self.discount=discount", "self.discount = discount")}, "flake8"),
    mend("flake8-import-and-style", {"a.py": "import os\nx=1\n"}, "flake8 .", {"a.py": "x = 1\n"}, "flake8"),
    mend("flake8-style-and-white-space", LINTED | {"app/more.py": "x=1\n"}, "flake8 .", {"app/more.py": "x = 1\n", "app/home.py": TIDY_PY}, "flake8"),
]
