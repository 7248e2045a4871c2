//! The rules by which lines are recognised, as data.
//!
//! `rules/README.md` describes the format, which is also that of the operator's
//! own rules.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::error::Error as _;

use sentinel_sdk::FailureClass;

use crate::expression::Expression;
use crate::literals::{Literal, Literals};
use parse::{Line, Parsed, parse};

pub use parse::RuleError;

mod parse;

/// What a matching line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Names one thing that is wrong.
    Item,
    /// Says more about an item; no evidence of its own.
    Detail,
    /// Sums up: tells the tool, but not what is wrong.
    Summary,
    /// Sums up, and what is wrong follows below: what the tool said above was
    /// said while it ran.
    Opens,
    /// An outer program that repeats that an inner one failed.
    Wrap,
    /// Says that the whole went well.
    Success,
}

/// One kind of line.
pub struct Rule {
    /// Index of the section's tools in [`Rules::tools`].
    pub section: usize,
    pub class: FailureClass,
    pub role: Role,
    /// 0 to 100: how sure such a line shows the cause of a failure.
    pub strength: u8,
    /// How many lines below belong to it.
    pub follow: u8,
    source: Cow<'static, str>,
    compiled: OnceCell<Option<Expression>>,
}

impl Rule {
    /// The expression as it was written.
    #[cfg(not(target_family = "wasm"))]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The expression, compiled when it is first needed: of some thousand
    /// rules a log needs a few.
    pub fn expression(&self) -> Option<&Expression> {
        let compile = || Expression::new(&self.source).ok();
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// A shipped rule, as the build writes it down.
struct Shipped {
    section: u16,
    class: FailureClass,
    role: Role,
    strength: u8,
    follow: u8,
    source: &'static str,
}

// `SECTIONS`, `SHIPPED`, and what must occur in a line for a rule to be tried
// on it: `STARTS`, `ANYWHERE`, `BY_FIRST`. Made by `build/main.rs`.
include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// All rules.
#[derive(Default)]
pub struct Rules {
    pub rules: Vec<Rule>,
    /// The names of each section, the usual one first.
    pub tools: Vec<Vec<Cow<'static, str>>>,
    /// The class of each section.
    pub classes: Vec<FailureClass>,
}

impl Rules {
    /// The shipped rules.
    pub fn shipped() -> Self {
        let names = |(names, _): &(&'static [&'static str], _)| {
            names.iter().map(|name| Cow::Borrowed(*name)).collect()
        };
        let rule = |rule: &Shipped| Rule {
            section: usize::from(rule.section),
            class: rule.class.clone(),
            role: rule.role,
            strength: rule.strength,
            follow: rule.follow,
            source: Cow::Borrowed(rule.source),
            compiled: OnceCell::new(),
        };
        Rules {
            rules: SHIPPED.iter().map(rule).collect(),
            tools: SECTIONS.iter().map(names).collect(),
            classes: SECTIONS.iter().map(|(_, class)| class.clone()).collect(),
        }
    }

    /// Calls `found` with each shipped rule that may recognise a text, some
    /// of them more than once.
    pub fn possible(text: &[u8], mut found: impl FnMut(usize)) {
        let mut owner = |literal: &Literal| found(usize::from(literal.owner));
        STARTS.beginning(text, &mut owner);
        ANYWHERE.each(text, &mut owner);
        let first = text
            .first()
            .map_or(&[][..], |first| BY_FIRST[usize::from(*first)]);
        first.iter().for_each(|rule| found(usize::from(*rule)));
    }

    /// The operator's own rules: few, so any line may be tried on them.
    pub fn own(&self) -> std::ops::Range<usize> {
        SHIPPED.len()..self.rules.len()
    }

    /// Whether a rule is the operator's own.
    pub fn is_own(&self, rule: usize) -> bool {
        self.own().contains(&rule)
    }

    /// Adds rules of the operator's own, in the format of
    /// `rules/README.md`: all of them or none.
    pub fn add_own(&mut self, text: &str) -> Result<(), RuleError> {
        let Parsed { sections, rules } = parse(text)?;
        if let Some(surplus) = rules.get(MAX_OWN) {
            return Err(RuleError {
                line: surplus.at,
                message: format!(
                    "more than {MAX_OWN} rules; write one with alternatives (a|b) for lines alike"
                ),
            });
        }
        let first = self.tools.len();
        let own = rules.iter().map(|line| own_rule(line, first));
        let own: Vec<Rule> = own.collect::<Result<_, _>>()?;
        let classes = sections
            .iter()
            .map(|section| class_at(section.at, section.class));
        let classes: Vec<FailureClass> = classes.collect::<Result<_, _>>()?;
        let names = sections.iter().map(|section| {
            let names = section.tools.iter().map(|name| (*name).to_owned());
            names.map(Cow::Owned).collect()
        });
        self.tools.extend(names);
        self.classes.extend(classes);
        self.rules.extend(own);
        Ok(())
    }
}

/// Rules of the operator's own: each costs a little on every line that is
/// looked at.
const MAX_OWN: usize = 200;

fn own_rule(line: &Line, first: usize) -> Result<Rule, RuleError> {
    let wrong = |message: String| RuleError {
        line: line.at,
        message,
    };
    let expression = Expression::new(line.source).map_err(|error| {
        let why = error
            .source()
            .map_or(error.to_string(), ToString::to_string);
        wrong(format!("no regular expression: {}: {why}", line.source))
    })?;
    let roles = "item, detail, summary, opens, wrap, success";
    let unknown = || format!("no such role: {}; there are {roles}", line.role);
    let role = role_named(line.role).ok_or_else(|| wrong(unknown()))?;
    Ok(Rule {
        section: first + line.section,
        class: class_at(line.at, line.class)?,
        role,
        strength: line.strength,
        follow: line.follow,
        source: Cow::Owned(line.source.to_owned()),
        compiled: OnceCell::from(Some(expression)),
    })
}

fn class_at(line: usize, name: &str) -> Result<FailureClass, RuleError> {
    class_named(name).ok_or_else(|| {
        let known: Vec<&str> = CLASSES.iter().map(|(name, _)| *name).collect();
        let message = format!("no such class: {name}; there are {}", known.join(", "));
        RuleError { line, message }
    })
}

fn role_named(name: &str) -> Option<Role> {
    Some(match name {
        "item" => Role::Item,
        "detail" => Role::Detail,
        "summary" => Role::Summary,
        "opens" => Role::Opens,
        "wrap" => Role::Wrap,
        "success" => Role::Success,
        _ => return None,
    })
}

/// The names of the classes, as users and rule files write them.
pub(crate) const CLASSES: [(&str, FailureClass); 15] = [
    ("format", FailureClass::Format),
    ("lint", FailureClass::Lint),
    ("compile", FailureClass::Compile),
    ("type_check", FailureClass::TypeCheck),
    ("test_failure", FailureClass::TestFailure),
    ("dependency_resolution", FailureClass::DependencyResolution),
    ("lockfile", FailureClass::Lockfile),
    ("flaky_or_infra_network", FailureClass::FlakyOrInfraNetwork),
    ("timeout", FailureClass::Timeout),
    ("oom_or_disk", FailureClass::OomOrDisk),
    ("permission_or_secret", FailureClass::PermissionOrSecret),
    (
        "config_or_workflow_syntax",
        FailureClass::ConfigOrWorkflowSyntax,
    ),
    ("docker_build", FailureClass::DockerBuild),
    ("deployment", FailureClass::Deployment),
    ("unknown", FailureClass::Unknown),
];

pub(crate) fn class_named(name: &str) -> Option<FailureClass> {
    let found = CLASSES.iter().find(|(known, _)| *known == name)?;
    Some(found.1.clone())
}

/// A class by its name in reports: `test_failure`, …
pub fn class_name(class: &FailureClass) -> &str {
    match CLASSES.iter().find(|(_, known)| known == class) {
        Some((name, _)) => name,
        None => match class {
            FailureClass::Other(name) => name,
            _ => "unknown",
        },
    }
}
