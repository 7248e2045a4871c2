"""Modules that the code imports and nothing installs: what the programs print,
and the manifest as a person would write it. The expected file is not proven by
installing: it is what stands in `fix`, and `check` looks for it."""

from pathlib import Path

from compilers import crate
from definitions import case

PACKAGES = Path(__file__).resolve().parent.parent / "packages"


def newest(table, name):
    rows = (line.split("\t") for line in (PACKAGES / table).read_text().splitlines())
    return next(row[2] for row in rows if row[0] == name)


REQUIREMENTS = "attrs==26.1.0\nsix==1.17.0\n"
PYPROJECT = '[project]\nname = "shop"\nversion = "1.0.0"\ndependencies = [\n    "attrs>=25",\n    "six>=1.17",\n]\n'
STUBS = "import yaml\n\n\ndef load(text: str) -> object:\n    return yaml.safe_load(text)\n"
INSTALLS = "echo pip install -r requirements.txt\n"


def missing(name, files, step, fix, check, tool, **more):
    facts = {"class": "dependency", "strategy": "missing-module", "approval": "true", "check": check}
    return case(name, files, step, fix, tool, **facts | more)


MANIFESTS = [
    missing("missing-python", {"app.py": "import xmltodict\n\nprint(xmltodict.parse('<a/>'))\n", "requirements.txt": "attrs\nsix\n"}, INSTALLS + "python app.py", "echo xmltodict >> requirements.txt", "grep -q xmltodict requirements.txt", "python", command="python app.py"),
    missing("missing-python-other-name", {"app.py": "from bs4 import BeautifulSoup\n\nprint(BeautifulSoup)\n", "pyproject.toml": PYPROJECT}, "python app.py", "sed -i 's/    \"six/    \"beautifulsoup4>=4.15\",\\n&/' pyproject.toml", "grep -q beautifulsoup4 pyproject.toml", "python"),
    missing("missing-stubs", {"app.py": STUBS, "requirements.txt": "pyyaml\n", "requirements-dev.txt": "mypy\n"}, "mypy app.py", "echo types-pyyaml >> requirements-dev.txt", "grep -q types-pyyaml requirements-dev.txt", "mypy", **{"class": "type_check"}),
    missing("missing-node", {"index.js": "const dayjs = require('dayjs');\n\nconsole.log(dayjs);\n", "package.json": '{\n  "name": "shop",\n  "dependencies": {\n    "debug": "~4.4.1"\n  }\n}\n'}, "node index.js", "sed -i 's/    \"debug\": \"~4.4.1\"/    \"dayjs\": \"~" + newest("npm.tsv", "dayjs") + "\",\\n&/' package.json", "grep -q dayjs package.json", "node"),
    missing("missing-crate", crate("fn main() {\n    println!(\"{}\", rand::random::<u8>());\n}\n"), "cargo check --offline", "printf '\\n[dependencies]\\nrand = \"" + newest("crates.tsv", "rand").rpartition(".")[0] + "\"\\n' >> Cargo.toml", "grep -q rand Cargo.toml", "rustc", **{"class": "compile"}),
    missing("hostile-missing-misspelled", {"app.py": "import reqeusts\n", "requirements.txt": REQUIREMENTS}, "python app.py", None, None, "python", abstain="one slip of the keyboard from requests"),
    missing("hostile-missing-own-module", {"app.py": "import pricing\n", "src/pricing.py": "", "requirements.txt": REQUIREMENTS}, "python app.py", None, None, "python", abstain="none of the packages"),
    missing("hostile-missing-of-a-claim", {"app.py": "print(\"ModuleNotFoundError: No module named 'tabulate'\")\nraise SystemExit(1)\n", "requirements.txt": REQUIREMENTS}, "python app.py", None, None, "python", abstain="no file of the repository imports"),
]
