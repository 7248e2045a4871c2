//! A workflow of GitHub Actions with what is needed to advise on it.

use crate::yaml::{At, Document};

/// A workflow that could be read.
#[derive(Debug)]
pub struct WorkflowFile<'a> {
    /// Relative to the root of the repository.
    pub path: &'a str,
    pub text: &'a str,
    document: Document,
}

/// A job of a workflow.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    pub key: &'a str,
    /// The line of its key.
    pub line: u32,
    pub body: At<'a>,
}

impl<'a> WorkflowFile<'a> {
    /// None where it is no YAML that GitHub takes.
    pub fn read(path: &'a str, text: &'a str) -> Option<WorkflowFile<'a>> {
        let document = Document::parse(text).ok()?;
        document.root()?;
        Some(WorkflowFile {
            path,
            text,
            document,
        })
    }

    pub fn root(&self) -> Option<At<'_>> {
        self.document.root()
    }

    /// A key at the top, and its line.
    pub fn key(&self, name: &str) -> Option<(u32, At<'_>)> {
        let mut pairs = self.root()?.pairs();
        let (key, value) = pairs.find(|(key, _)| key.text() == Some(name))?;
        Some((key.line(), value))
    }

    /// Jobs with steps of their own.
    pub fn jobs(&self) -> Vec<Job<'_>> {
        let jobs = self.key("jobs").map(|(_, jobs)| jobs);
        jobs.into_iter()
            .flat_map(At::pairs)
            .filter_map(|(key, body)| {
                body.get("steps")?;
                Some(Job {
                    key: key.text()?,
                    line: key.line(),
                    body,
                })
            })
            .collect()
    }

    /// What starts it: the keys or items of `on`.
    pub fn starts_on(&self, event: &str) -> bool {
        // `on` is read as it stands; nobody here takes it for a truth value.
        let Some((_, on)) = self.key("on") else {
            return false;
        };
        on.text() == Some(event)
            || on.items().any(|item| item.text() == Some(event))
            || on.get(event).is_some()
    }

    /// Whether some job hands its work to another workflow.
    pub fn calls_others(&self) -> bool {
        let jobs = self.key("jobs").map(|(_, jobs)| jobs);
        let mut bodies = jobs.into_iter().flat_map(At::pairs);
        bodies.any(|(_, body)| body.get("uses").is_some())
    }
}

impl<'a> Job<'a> {
    /// Whether a job of a run, by the name it is shown with, is this one. A
    /// name with an expression in it is known by what stands before.
    pub fn is_shown_as(&self, shown: &str) -> bool {
        let name = self.body.get("name").and_then(At::text).unwrap_or(self.key);
        match name.split_once("${{") {
            None => {
                shown == name
                    || shown
                        .strip_prefix(name)
                        .is_some_and(|rest| rest.starts_with(" (") && rest.ends_with(')'))
            }
            Some((before, _)) => before.trim().len() > 2 && shown.starts_with(before),
        }
    }

    pub fn steps(&self) -> impl Iterator<Item = At<'a>> {
        self.body.get("steps").into_iter().flat_map(At::items)
    }

    /// The commands of its steps.
    pub fn commands(&self) -> impl Iterator<Item = &'a str> {
        self.steps().filter_map(|step| step.get("run")?.text())
    }

    /// The actions of its steps: `owner/name`, what stands behind the `@`, and
    /// the step.
    pub fn actions(&self) -> impl Iterator<Item = (&'a str, &'a str, At<'a>)> {
        self.steps().filter_map(|step| {
            let (name, reference) = step.get("uses")?.text()?.split_once('@')?;
            Some((name, reference, step))
        })
    }
}
