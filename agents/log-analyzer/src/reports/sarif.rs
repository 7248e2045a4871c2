//! SARIF 2.1.0: what analysers write for code hosts. Only what says where
//! something is wrong is read; results are looked at one by one and most are
//! dropped at once, so memory does not grow with their number.

use std::fmt;
use std::io::{self, Read};

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Finding, MAX_FINDINGS, cut};

#[derive(Deserialize, Default)]
struct Run {
    #[serde(default)]
    tool: Tool,
    #[serde(default)]
    results: Results,
}

#[derive(Deserialize, Default)]
struct Tool {
    #[serde(default)]
    driver: Driver,
}

#[derive(Deserialize, Default)]
struct Driver {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    rule_id: Option<String>,
    level: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    message: Message,
    #[serde(default)]
    locations: First<Place>,
    #[serde(default)]
    suppressions: First<IgnoredAny>,
}

#[derive(Deserialize, Default)]
struct Message {
    text: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(default)]
    physical_location: Physical,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Physical {
    #[serde(default)]
    artifact_location: Artifact,
    #[serde(default)]
    region: Region,
}

#[derive(Deserialize, Default)]
struct Artifact {
    uri: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: Option<u32>,
    start_column: Option<u32>,
}

/// The first errors and, where there are none, the first warnings.
#[derive(Default)]
struct Results {
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
}

/// The first element of a list; the others are read over.
struct First<T>(Option<T>);

impl<T> Default for First<T> {
    fn default() -> Self {
        First(None)
    }
}

pub(super) fn read(report: impl Read) -> io::Result<Vec<Finding>> {
    let mut runs = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_reader(report);
    let document = Document(&mut runs);
    // serde_json ends nesting deeper than 128; what was read before a break
    // in the text stands.
    match de::DeserializeSeed::deserialize(document, &mut deserializer) {
        Err(error) if error.is_io() => return Err(error.into()),
        _ => {}
    }
    let errors = runs.iter().any(|run| !run.results.errors.is_empty());
    let findings = runs.into_iter().flat_map(|run| {
        let kept = match errors {
            true => run.results.errors,
            false => run.results.warnings,
        };
        let tool = cut(&run.tool.driver.name);
        kept.into_iter().map(move |finding| Finding {
            tool: tool.clone(),
            ..finding
        })
    });
    Ok(findings.take(MAX_FINDINGS).collect())
}

/// The whole: only `runs` is of interest.
struct Document<'a>(&'a mut Vec<Run>);

impl<'de> de::DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a SARIF log")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "runs" {
                map.next_value_seed(Runs(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Runs<'a>(&'a mut Vec<Run>);

/// A log of more runs than this is nobody's.
const MAX_RUNS: usize = 50;

impl<'de> de::DeserializeSeed<'de> for Runs<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Runs<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("runs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut runs: A) -> Result<(), A::Error> {
        while self.0.len() < MAX_RUNS {
            match runs.next_element::<Run>()? {
                Some(run) => self.0.push(run),
                None => return Ok(()),
            }
        }
        while runs.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Results {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Results;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("results")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Results, E> {
                Ok(Results::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Results, A::Error> {
                let mut results = Results::default();
                while let Some(judged) = seq.next_element::<Judged>()? {
                    results.add(judged);
                }
                Ok(results)
            }
        }
        deserializer.deserialize_any(Each)
    }
}

impl Results {
    fn add(&mut self, judged: Judged) {
        let fails = judged.kind.as_deref().is_none_or(|kind| kind == "fail");
        if !fails || judged.suppressions.0.is_some() {
            return;
        }
        // A level that is left out means `warning`.
        let kept = match judged.level.as_deref() {
            Some("error") => &mut self.errors,
            None | Some("warning") => &mut self.warnings,
            Some(_) => return,
        };
        if kept.len() < MAX_FINDINGS {
            kept.push(finding(judged));
        }
    }
}

fn finding(judged: Judged) -> Finding {
    let place = judged.locations.0.unwrap_or_default().physical_location;
    Finding {
        tool: String::new(),
        name: cut(&judged.rule_id.unwrap_or_default()),
        message: cut(&judged.message.text.unwrap_or_default()),
        path: place.artifact_location.uri.map(|uri| path(&uri)),
        line: place.region.start_line,
        column: place.region.start_column,
        // Most writers put the whole report on one line.
        at: 1,
    }
}

fn path(uri: &str) -> String {
    cut(uri.strip_prefix("file://").unwrap_or(uri))
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for One<T> {
            type Value = First<T>;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("a list")
            }

            fn visit_unit<E: de::Error>(self) -> Result<First<T>, E> {
                Ok(First(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<First<T>, A::Error> {
                let first = seq.next_element()?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }
        deserializer.deserialize_any(One(std::marker::PhantomData))
    }
}
