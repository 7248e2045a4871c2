//! Keys and values that a tool does not know, one slip away from one that it
//! does.

use crate::known_rule::is_slip;
use crate::transcript::Step;
use crate::workspace::{Workspace, file_name};

/// How tools call what they do not know.
const UNKNOWN: &[&str] = &[
    "unknown field `",
    "An argument named \"",
    "Blocks of type \"",
    "unknown variant `",
    "Unknown compiler option '",
    "unknown key `",
    "unrecognized key `",
    "unknown configuration key `",
    "Unknown option \"",
    "invalid value: string \"",
];

/// Settings of ruff, which does not print them.
#[rustfmt::skip]
const RUFF: &[&str] = &[
    "builtins", "cache-dir", "exclude", "extend", "extend-exclude", "extend-ignore",
    "extend-include", "extend-per-file-ignores", "extend-select", "fix", "fix-only", "fixable",
    "force-exclude", "format", "ignore", "include", "indent-width", "isort", "line-length", "lint",
    "namespace-packages", "output-format", "per-file-ignores", "preview", "quote-style",
    "required-version", "respect-gitignore", "select", "show-fixes", "src", "target-version",
    "unfixable", "unsafe-fixes",
];

/// Options of TypeScript, for a compiler that names none.
#[rustfmt::skip]
const TYPESCRIPT: &[&str] = &[
    "allowJs", "allowSyntheticDefaultImports", "allowUnreachableCode", "baseUrl", "checkJs",
    "composite", "declaration", "declarationMap", "emitDeclarationOnly", "esModuleInterop",
    "exactOptionalPropertyTypes", "experimentalDecorators", "forceConsistentCasingInFileNames",
    "importHelpers", "incremental", "inlineSources", "isolatedModules", "lib", "module",
    "moduleDetection", "moduleResolution", "noEmit", "noEmitOnError", "noFallthroughCasesInSwitch",
    "noImplicitAny", "noImplicitOverride", "noImplicitReturns", "noImplicitThis",
    "noUncheckedIndexedAccess", "noUnusedLocals", "noUnusedParameters", "outDir", "paths",
    "preserveConstEnums", "removeComments", "resolveJsonModule", "rootDir", "skipLibCheck",
    "sourceMap", "strict", "strictNullChecks", "stripInternal", "target", "typeRoots", "types",
    "useUnknownInCatchVariables", "verbatimModuleSyntax",
];

pub(super) fn mend(path: &str, text: &str, step: &Step, _: &dyn Workspace) -> Option<String> {
    let mut slips: Vec<(String, String)> = Vec::new();
    let said: Vec<&str> = super::lines(step).collect();
    for (at, line) in said.iter().enumerate() {
        let Some(wrong) = unknown(line) else {
            continue;
        };
        let below = said.iter().skip(at + 1).take(1).copied();
        let right = meant(
            path,
            wrong,
            &format!("{line}\n{}", below.collect::<String>()),
        )?;
        let slip = (wrong.to_owned(), right);
        if !slips.contains(&slip) {
            slips.push(slip);
        }
    }
    match &slips[..] {
        [(wrong, right)] => replaced(text, wrong, right),
        _ => None,
    }
}

fn unknown(line: &str) -> Option<&str> {
    let rest = UNKNOWN.iter().find_map(|mark| line.split_once(mark))?.1;
    rest.split(['`', '\'', '"'])
        .next()
        .filter(|name| !name.is_empty())
}

/// The one name that the tool knows and a slip leads to.
fn meant(path: &str, wrong: &str, said: &str) -> Option<String> {
    let listed = said.split(['`', '\'', '"']);
    let table = match file_name(path) {
        name if name.starts_with("tsconfig") => TYPESCRIPT,
        "pyproject.toml" | "ruff.toml" | ".ruff.toml" => RUFF,
        _ => &[],
    };
    let known = listed.chain(table.iter().copied());
    let mut near: Vec<&str> = known.filter(|name| is_slip(wrong, name)).collect();
    near.sort_unstable();
    near.dedup();
    match near[..] {
        [right] => Some(right.to_owned()),
        _ => None,
    }
}

/// The text with the other word, which it has once and as a word of its own.
fn replaced(text: &str, wrong: &str, right: &str) -> Option<String> {
    let part = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
    let mut places = text.match_indices(wrong).map(|(at, _)| at).filter(|at| {
        let after = &text[at + wrong.len()..];
        !text[..*at].ends_with(part) && !after.starts_with(part)
    });
    match (places.next(), places.next()) {
        (Some(at), None) => {
            let (before, after) = (&text[..at], &text[at + wrong.len()..]);
            Some(format!("{before}{right}{after}"))
        }
        _ => None,
    }
}
