"""Recorded expectations that a push made stale, and those that it did not:
failures whose command can be run again. `push` names what the push changed."""

from definitions import case

SHOP = {
    "shop/__init__.py": "",
    "shop/prices.py": 'def total(cents):\n    return {"total": f"{sum(cents) / 100:.2f} EUR", "items": len(cents)}\n',
}
SYRUPY = SHOP | {
    "tests/test_prices.py": "from shop.prices import total\n\n\ndef test_total(snapshot):\n    assert total([100, 250]) == snapshot\n",
    "tests/__snapshots__/test_prices.ambr": "# serializer version: 1\n# name: test_total\n  dict({\n    'items': 2,\n    'total': '3.50',\n  })\n# ---\n",
}
REGRESSIONS = SHOP | {
    "tests/test_prices.py": "from shop.prices import total\n\n\ndef test_total(data_regression):\n    data_regression.check(total([100, 250]))\n",
    "tests/test_prices/test_total.yml": "items: 2\ntotal: '3.50'\n",
}
INLINE = SHOP | {
    "tests/test_prices.py": 'from inline_snapshot import snapshot\nfrom shop.prices import total\n\n\ndef test_total():\n    assert total([100, 250]) == snapshot({"total": "3.50", "items": 2})\n',
}
JEST = {
    "package.json": '{\n  "name": "shop",\n  "private": true\n}\n',
    "src/page.js": "module.exports.page = (name) => `<h1>Hello, ${name}!</h1>`;\n",
    "src/page.test.js": "const { page } = require('./page');\n\ntest('greets', () => {\n  expect(page('Ada')).toMatchSnapshot();\n});\n",
    "src/__snapshots__/page.test.js.snap": "// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing\n\nexports[`greets 1`] = `\"<h1>Hello Ada</h1>\"`;\n",
}
GOLDEN = {
    "go.mod": "module example.com/shop\n\ngo 1.22\n",
    "page.go": "package shop\n\n// Page greets.\nfunc Page(name string) string { return \"Hello, \" + name + \"!\\n\" }\n",
    "page_test.go": "package shop\n\nimport (\n\t\"flag\"\n\t\"os\"\n\t\"testing\"\n)\n\nvar update = flag.Bool(\"update\", false, \"write the golden file\")\n\nfunc TestPage(t *testing.T) {\n\tgot := []byte(Page(\"Ada\"))\n\tif *update {\n\t\tos.WriteFile(\"testdata/page.golden\", got, 0o644)\n\t}\n\twant, _ := os.ReadFile(\"testdata/page.golden\")\n\tif string(got) != string(want) {\n\t\tt.Errorf(\"got %q, want %q\", got, want)\n\t}\n}\n",
    "testdata/page.golden": "Hello Ada\n",
}
COG = SHOP | {
    "README.md": "# Shop\n\n<!-- [[[cog\nimport cog\nfrom shop.prices import total\ncog.outl(f\"    {total([100])}\")\n]]] -->\n    {'total': '1.00'}\n<!-- [[[end]]] -->\n",
}
CRAM = {
    "greet.sh": 'echo "Hello, $1!"\n',
    "tests/greet.t": "  $ sh $TESTDIR/../greet.sh Ada\n  Hello Ada\n",
}
PYTEST = "python -m pytest -q -p no:cacheprovider tests"


def stale(name, files, step, fix, tool, push, **more):
    facts = {"class": "test_failure", "strategy": "stale-expectation", "approval": "true", "runner": True, "push": push}
    return case(name, files, step, fix, tool, **facts | more)


def refused(name, files, step, tool, push, abstain):
    return stale(name, files, step, None, tool, push, abstain=abstain)


STALE = [
    stale("stale-syrupy", SYRUPY, PYTEST, PYTEST + " --snapshot-update", "pytest", "shop/prices.py"),
    stale("stale-pytest-regressions", REGRESSIONS, PYTEST, PYTEST + " --force-regen || true", "pytest", "shop/prices.py"),
    stale("stale-inline-snapshot", INLINE, PYTEST, PYTEST + " --inline-snapshot=fix || true", "pytest", "shop/prices.py"),
    stale("stale-jest", JEST, "jest --ci", "jest -u", "jest", "src/page.js"),
    stale("stale-go-golden", GOLDEN, "go test ./...", "go test ./... -update", "go", "page.go"),
    stale("stale-cog", COG, "cog --check -I . README.md", "cog -r -I . README.md", "cog", "shop/prices.py", **{"class": "lint"}),
    stale("stale-cram", CRAM, "cram tests", "cram -i -y tests || true", "cram", "greet.sh"),
    refused("stale-changed-by-the-push", SYRUPY, PYTEST, "pytest", "shop/prices.py,tests/__snapshots__/test_prices.ambr", "changed by the push itself"),
    refused("stale-without-a-source", SYRUPY, PYTEST, "pytest", "README.md,tests/test_prices.py", "changed no source"),
    refused("stale-of-another-package", SYRUPY | {"site/page.js": "1;\n", "tests/pyproject.toml": ""}, PYTEST, "pytest", "site/page.js", "changed no source"),
    refused("stale-nothing-known", SYRUPY, PYTEST, "pytest", None, "what the push changed is not known"),
    refused("stale-and-wrong", SYRUPY | {"tests/test_sum.py": "from shop.prices import total\n\n\ndef test_sum():\n    assert total([1])['items'] == 2\n"}, PYTEST, "pytest", "shop/prices.py", "still fails with it"),
]
