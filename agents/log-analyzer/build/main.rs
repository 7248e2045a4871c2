//! Turns the rules into tables, so that nothing has to be read or built when
//! the component starts. A rule that cannot be understood ends the build.

use std::fmt::Write;
use std::fs;
use std::path::Path;

mod literal;
#[path = "../src/rules/parse.rs"]
mod parse;
mod tables;

/// The families, in the order in which their rules are numbered.
const FAMILIES: [&str; 9] = [
    "format",
    "lint",
    "types",
    "compile",
    "test",
    "dependency",
    "infrastructure",
    "setup",
    "delivery",
];

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/rules/parse.rs");
    println!("cargo::rerun-if-changed=src/literals.rs");
    println!("cargo::rerun-if-changed=src/worth/words.txt");
    let mut tables = Tables::default();
    for family in FAMILIES {
        tables.add(&format!("rules/{family}.rules"));
    }
    write("rules.rs", &tables.source());
    write("worth.rs", &worth());
}

fn write(name: &str, source: &str) {
    let out = std::env::var("OUT_DIR").expect("cargo names it");
    fs::write(Path::new(&out).join(name), source).expect("a writable directory");
}

/// The tables of all rules.
#[derive(Default)]
struct Tables {
    sections: String,
    section_count: usize,
    rules: String,
    rule_count: usize,
    /// Literals that a line must begin with, and that it must hold.
    starts: Vec<tables::Owned>,
    anywhere: Vec<tables::Owned>,
    /// Rules without literals, by the first byte of the lines they may match.
    by_first: Vec<Vec<usize>>,
}

impl Tables {
    fn add(&mut self, path: &str) {
        let text = fs::read_to_string(path).expect(path);
        let parsed = parse::parse(&text)
            .unwrap_or_else(|error| panic!("{path}:{}: {}", error.line, error.message));
        let first = self.section_count;
        for section in &parsed.sections {
            let class = variant(section.class);
            let _ = writeln!(
                self.sections,
                "// {path}:{}\n(&{:?}, FailureClass::{class}),",
                section.at, section.tools
            );
        }
        self.section_count += parsed.sections.len();
        for rule in &parsed.rules {
            self.add_rule(rule, first, path);
        }
    }

    fn add_rule(&mut self, rule: &parse::Line, first: usize, path: &str) {
        let _ = writeln!(
            self.rules,
            "Shipped {{ section: {}, class: FailureClass::{}, role: Role::{}, strength: {}, follow: {}, source: {:?} }},",
            first + rule.section,
            variant(rule.class),
            variant(rule.role),
            rule.strength,
            rule.follow,
            rule.source
        );
        let required = literal::required(rule.source)
            .unwrap_or_else(|error| panic!("{path}:{}: {error}", rule.at));
        let number = self.rule_count;
        self.rule_count += 1;
        self.by_first.resize(256, Vec::new());
        for byte in required
            .first
            .iter()
            .filter(|_| required.literals.is_empty())
        {
            self.by_first[usize::from(*byte)].push(number);
        }
        let kept = match required.at_start {
            true => &mut self.starts,
            false => &mut self.anywhere,
        };
        kept.extend(required.literals.into_iter().map(|text| (text, number)));
    }

    fn source(self) -> String {
        let Tables {
            sections,
            rules,
            by_first,
            ..
        } = &self;
        let mut source = format!(
            "static SECTIONS: &[(&[&str], FailureClass)] = &[\n{sections}];\nstatic SHIPPED: &[Shipped] = &[\n{rules}];\n"
        );
        let _ = writeln!(source, "static BY_FIRST: [&[u16]; 256] = [");
        for rules in by_first {
            let _ = writeln!(source, "&{rules:?},");
        }
        let starts = tables::by_first_bytes(self.starts);
        let anywhere = tables::literals(self.anywhere);
        let _ = writeln!(
            source,
            "];\nstatic STARTS: Literals = {starts};\nstatic ANYWHERE: Literals = {anywhere};"
        );
        source
    }
}

/// `test_failure` as the contract's type has it.
fn variant(name: &str) -> String {
    let words = name.split('_');
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_ascii_uppercase() + rest
    };
    words.map(capital).collect()
}

/// The words of `src/worth/words.txt`: `kind worth word`, one a line.
fn worth() -> String {
    let text = fs::read_to_string("src/worth/words.txt").expect("src/worth/words.txt");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut words = Vec::new();
    let mut meanings = String::new();
    for (number, line) in lines.enumerate() {
        let (meaning, word) = line.split_once(' ').expect("a meaning and a word");
        let _ = match meaning {
            "harmless" => writeln!(meanings, "Meaning::Harmless,"),
            "echo" => writeln!(meanings, "Meaning::Echo,"),
            worth => writeln!(meanings, "Meaning::Worth({worth}),"),
        };
        words.push((word.as_bytes().to_vec(), number));
    }
    let words = tables::literals(words);
    format!("static MEANINGS: &[Meaning] = &[\n{meanings}];\nstatic WORDS: Literals = {words};\n")
}
