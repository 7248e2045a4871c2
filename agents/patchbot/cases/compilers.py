"""Cases of compilers and type checkers."""

from definitions import CARGO_TOML, case, refuse
from rules import becomes

CRATE = CARGO_TOML


def compiled(name, before, step, after, tool, **more):
    more = {"class": "compile", "strategy": "printed-suggestion", **more}
    return case(name, before, step, becomes(after), tool, **more)


def crate(main, **files):
    return {"Cargo.toml": CRATE, "src/main.rs": main, **files}


def rust(name, before, after, step="cargo check", **more):
    return compiled(name, crate(before), step, {"src/main.rs": after}, "rustc", **more)


RUST = [
    rust("rustc-missing-import", "fn main() {\n    let mut m: HashMap<u32, u32> = HashMap::new();\n    m.insert(1, 2);\n    println!(\"{m:?}\");\n}\n",
         "use std::collections::HashMap;\n\nfn main() {\n    let mut m: HashMap<u32, u32> = HashMap::new();\n    m.insert(1, 2);\n    println!(\"{m:?}\");\n}\n"),
    rust("rustc-similar-name", "fn main() {\n    let total = 3;\n    let prices = vec![1, 2];\n    println!(\"{} {}\", totl, prices.is_emtpy());\n}\n",
         "fn main() {\n    let total = 3;\n    let prices = vec![1, 2];\n    println!(\"{} {}\", total, prices.is_empty());\n}\n"),
    rust("rustc-missing-derive", "struct Item {\n    price: u32,\n}\n\nfn main() {\n    let item = Item { price: 1 };\n    println!(\"{item:?} {}\", item.price);\n}\n",
         "#[derive(Debug)]\nstruct Item {\n    price: u32,\n}\n\nfn main() {\n    let item = Item { price: 1 };\n    println!(\"{item:?} {}\", item.price);\n}\n"),
    rust("rustc-mut", "fn main() {\n    let items = Vec::new();\n    items.push(1);\n    println!(\"{items:?}\");\n}\n",
         "fn main() {\n    let mut items = Vec::new();\n    items.push(1);\n    println!(\"{items:?}\");\n}\n"),
    rust("rustc-conversion", "fn greet(name: String) -> String {\n    name\n}\n\nfn length(text: &str) -> u64 {\n    text.len() as u64\n}\n\nfn main() {\n    let word = String::from(\"a\");\n    println!(\"{} {}\", greet(\"you\"), length(word));\n}\n",
         "fn greet(name: String) -> String {\n    name\n}\n\nfn length(text: &str) -> u64 {\n    text.len() as u64\n}\n\nfn main() {\n    let word = String::from(\"a\");\n    println!(\"{} {}\", greet(\"you\".to_string()), length(&word));\n}\n"),
    rust("rustc-lifetime", "struct Name {\n    text: &str,\n}\n\nfn main() {\n    println!(\"{}\", Name { text: \"a\" }.text);\n}\n",
         "struct Name<'a> {\n    text: &'a str,\n}\n\nfn main() {\n    println!(\"{}\", Name { text: \"a\" }.text);\n}\n"),
    rust("rustc-returns-nothing", "fn more(a: u32) -> u32 {\n    a + 1;\n}\n\nfn main() {\n    println!(\"{}\", more(1));\n}\n",
         "fn more(a: u32) -> u32 {\n    a + 1\n}\n\nfn main() {\n    println!(\"{}\", more(1));\n}\n"),
    rust("rustc-semicolon", "fn main() {\n    let a = 1\n    let b = 2;\n    println!(\"{}\", a + b);\n}\n",
         "fn main() {\n    let a = 1;\n    let b = 2;\n    println!(\"{}\", a + b);\n}\n"),
    rust("rustc-unused", "use std::fmt;\nuse std::{fs, io};\n\nfn main() {\n    let mut a = 1;\n    let name = 2;\n    println!(\"{a} {:?}\", fs::read(\"x\").is_ok());\n}\n",
         "use std::fs;\n\nfn main() {\n    let a = 1;\n    let _name = 2;\n    println!(\"{a} {:?}\", fs::read(\"x\").is_ok());\n}\n", step="RUSTFLAGS=-Dwarnings cargo check"),
    rust("rustc-trait-in-scope", "fn main() {\n    let mut text = String::new();\n    write!(text, \"{}\", 1).unwrap();\n    println!(\"{text}\");\n}\n",
         "use std::fmt::Write;\n\nfn main() {\n    let mut text = String::new();\n    write!(text, \"{}\", 1).unwrap();\n    println!(\"{text}\");\n}\n"),
    rust("clippy", "fn first(items: &Vec<u32>) -> bool {\n    return items.len() == 0;\n}\n\nfn main() {\n    let items = vec![1];\n    let x = 5;\n    println!(\"{}\", first(&items).clone() == true);\n    println!(\"{}\", format!(\"{}\", x));\n    if x >= 1 && x <= 5 {\n        println!(\"in\");\n    }\n}\n",
         "", step="cargo clippy -- -D warnings", abstain="may mean something else", **{"class": "lint"}),
    rust("clippy-suggestions", "fn empty(items: &[u32]) -> bool {\n    return items.len() == 0;\n}\n\nstruct Name {\n    name: String,\n}\n\nfn main() {\n    let items = vec![1];\n    let x: u32 = 5;\n    let name = String::from(\"a\");\n    let named = Name { name: name };\n    if x >= 1 && x <= 5 {\n        println!(\"{} {}\", empty(&items) == true, named.name);\n    }\n}\n",
         "fn empty(items: &[u32]) -> bool {\n    items.is_empty()\n}\n\nstruct Name {\n    name: String,\n}\n\nfn main() {\n    let items = vec![1];\n    let x: u32 = 5;\n    let name = String::from(\"a\");\n    let named = Name { name };\n    if (1..=5).contains(&x) {\n        println!(\"{} {}\", empty(&items), named.name);\n    }\n}\n", step="cargo clippy -- -D warnings", **{"class": "lint"}),
    compiled("cargo-test-does-not-compile", crate("fn main() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn maps() {\n        let map: HashMap<u32, u32> = HashMap::new();\n        assert!(map.is_empty());\n    }\n}\n"), "cargo test",
             {"src/main.rs": "fn main() {}\n\n#[cfg(test)]\nmod tests {\n    use std::collections::HashMap;\n\n    #[test]\n    fn maps() {\n        let map: HashMap<u32, u32> = HashMap::new();\n        assert!(map.is_empty());\n    }\n}\n"}, "rustc"),
    refuse("rustc-moved-value", crate("fn take(v: Vec<u32>) {\n    drop(v);\n}\n\nfn main() {\n    let v = vec![1];\n    take(v);\n    println!(\"{v:?}\");\n}\n"), "cargo check", "no change that a tool wants", "rustc", **{"class": "compile"}),
    refuse("rustc-several-imports", crate("fn main() {\n    println!(\"{:?}\", Ordering::Less);\n}\n"), "cargo check", "no change that a tool wants", "rustc", **{"class": "compile"}),
]


def rule(name, before, step, after, tool, kind="compile", **more):
    return compiled(name, before, step, after, tool, **{"class": kind, "strategy": "known-rule", **more})


GO_MOD = "module example.com/shop\n\ngo 1.22\n"
GO = [
    rule("go-unused-import", {"go.mod": GO_MOD, "main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tfmt.Println(1)\n}\n"}, "go build ./...",
         {"main.go": "package main\n\nimport (\n\t\"fmt\"\n)\n\nfunc main() {\n\tfmt.Println(1)\n}\n"}, "go"),
    rule("go-missing-import", {"go.mod": GO_MOD, "main.go": "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(strings.ToUpper(\"a\"))\n}\n"}, "go build ./...",
         {"main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\nfunc main() {\n\tfmt.Println(strings.ToUpper(\"a\"))\n}\n"}, "go"),
    rule("go-other-case", {"go.mod": GO_MOD, "main.go": "package main\n\nimport \"fmt\"\n\ntype Item struct{ Price int }\n\nfunc (i Item) Total() int { return i.Price }\n\nfunc main() {\n\ti := Item{Price: 1}\n\tfmt.Println(i.price, i.total())\n}\n"}, "go build ./...",
         {"main.go": "package main\n\nimport \"fmt\"\n\ntype Item struct{ Price int }\n\nfunc (i Item) Total() int { return i.Price }\n\nfunc main() {\n\ti := Item{Price: 1}\n\tfmt.Println(i.Price, i.Total())\n}\n"}, "go"),
    rule("go-vet-newline", {"go.mod": GO_MOD, "main.go": "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"done\\n\")\n}\n"}, "go vet ./...",
         {"main.go": "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"done\")\n}\n"}, "go", "lint"),
    rule("go-test-does-not-build", {"go.mod": GO_MOD, "a.go": "package shop\n\nimport (\n\t\"os\"\n\t\"strings\"\n)\n\nfunc Up(text string) string {\n\treturn strings.ToUpper(text)\n}\n", "a_test.go": "package shop\n\nimport \"testing\"\n\nfunc TestUp(t *testing.T) {\n\tif Up(\"a\") != \"A\" {\n\t\tt.Fail()\n\t}\n}\n"}, "go test ./...",
         {"a.go": "package shop\n\nimport (\n\t\"strings\"\n)\n\nfunc Up(text string) string {\n\treturn strings.ToUpper(text)\n}\n"}, "go"),
    refuse("go-unused-variable", {"go.mod": GO_MOD, "main.go": "package main\n\nfunc f() int { return 1 }\n\nfunc main() {\n\tx := f()\n}\n"}, "go build ./...", "holds a plain value", "go", **{"class": "compile"}),
]

TSCONFIG = '{"compilerOptions": {"strict": true, "noEmit": true, "noUnusedLocals": true, "module": "esnext", "moduleResolution": "bundler", "target": "es2022", "verbatimModuleSyntax": true, "noImplicitOverride": true, "types": []}, "include": ["src"]}\n'
PRICES_TS = "export interface Price {\n  value: number;\n}\n\nexport function totalOf(prices: Price[]): number {\n  return prices.length;\n}\n"
MAIN_TS = """\
import { Price, totalOff } from "./prices";
import { unused } from "./other";

class Basket {
  size(): number {
    return 1;
  }
}

export class Cart extends Basket {
  size(): number {
    // @ts-expect-error it was wrong once
    const items: Price[] = [];
    return totalOff(items) + items.lenght;
  }
}
"""
TYPED_TS = """\
import { type Price, totalOf } from "./prices";

class Basket {
  size(): number {
    return 1;
  }
}

export class Cart extends Basket {
  override size(): number {
    const items: Price[] = [];
    return totalOf(items) + items.length;
  }
}
"""
TYPES = [
    rule("tsc", {"tsconfig.json": TSCONFIG, "src/prices.ts": PRICES_TS, "src/other.ts": "export const unused = 1;\n", "src/main.ts": MAIN_TS.replace("totalOff(items)", "totalOf(items)").replace("totalOff", "totalOf")}, "tsc -p .", {"src/main.ts": TYPED_TS}, "tsc", "type_check"),
    rule("tsc-other-name", {"tsconfig.json": TSCONFIG, "src/prices.ts": PRICES_TS, "src/main.ts": "import { totalOff } from \"./prices\";\n\nexport const none = totalOff([]);\n"}, "tsc -p . --pretty", {"src/main.ts": "import { totalOf } from \"./prices\";\n\nexport const none = totalOf([]);\n"}, "tsc", "type_check"),
    rule("tsc-did-you-mean", {"tsconfig.json": TSCONFIG, "src/main.ts": "export const size = \"abc\".lenght;\nexport const up = \"abc\".touppercase();\n"}, "tsc -p .", {"src/main.ts": "export const size = \"abc\".length;\nexport const up = \"abc\".toUpperCase();\n"}, "tsc", "type_check"),
    refuse("tsc-mismatch", {"tsconfig.json": TSCONFIG, "src/main.ts": "export const size: number = \"abc\";\n"}, "tsc -p .", "also reports TS2322", "tsc", **{"class": "type_check"}),
    rule("mypy", {"shop/a.py": "from typing import Dict\n\nNAMES: Dict[str, List[int]] = {}\n\n\ndef reset():\n    NAMES.clear()\n\n\ndef size() -> int:\n    return len(NAMES)  # type: ignore[arg-type]\n\n\ndef up(text: str) -> None:\n    text.uper()\n"}, "mypy --strict shop",
         {"shop/a.py": "from typing import Dict, List\n\nNAMES: Dict[str, List[int]] = {}\n\n\ndef reset() -> None:\n    NAMES.clear()\n\n\ndef size() -> int:\n    return len(NAMES)\n\n\ndef up(text: str) -> None:\n    text.upper()\n"}, "mypy", "type_check"),
    rule("pyright", {"shop/a.py": "import os\n\n\ndef names() -> Optional[str]:\n    return os.environ.get(\"A\")\n", "pyrightconfig.json": '{"reportUnnecessaryTypeIgnoreComment": "error"}\n'}, "pyright shop",
         {"shop/a.py": "import os\nfrom typing import Optional\n\n\ndef names() -> Optional[str]:\n    return os.environ.get(\"A\")\n"}, "pyright", "type_check"),
    rule("mypy-optional", {"shop/a.py": "def size(name: str, most: int = None) -> int:\n    return most or len(name)\n\n\ndef show(name: str):\n    print(name)\n"}, "mypy --strict shop",
         {"shop/a.py": "from typing import Optional\n\n\ndef size(name: str, most: Optional[int] = None) -> int:\n    return most or len(name)\n\n\ndef show(name: str) -> None:\n    print(name)\n"}, "mypy", "type_check"),
    refuse("mypy-assignment", {"a.py": "x: int = 'a'\ny: str = 1  # type: ignore\n\n\ndef f():\n    pass\n"}, "mypy --strict a.py", "also reports assignment", "mypy", **{"class": "type_check"}),
]

COMPILERS = RUST + GO + TYPES
