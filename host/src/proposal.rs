//! What an agent proposes, before anything is checked.

use serde::{Deserialize, Serialize};

use crate::failure::{Attribute, Location, Severity};

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditContent {
    /// The whole new content.
    Write(#[serde(with = "base64_bytes")] Vec<u8>),
    Delete,
}

/// One file's change as the agent words it; nothing in it is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub path: String,
    /// SHA-256 (hexadecimal) of the bytes this replaces; none for a new file.
    pub base: Option<String>,
    pub content: EditContent,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Change {
        edits: Vec<Edit>,
    },
    Rerun {
        reason: String,
    },
    Report {
        title: String,
        body: String,
        severity: Severity,
        location: Option<Location>,
    },
}

/// What a proposal rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    LogLines {
        first: u64,
        last: u64,
    },
    File {
        path: String,
    },
    /// A language model wrote it, or had a part in it.
    Model,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub strategy: String,
    pub title: String,
    pub rationale: String,
    /// From 0 to 1, finite.
    pub confidence: f64,
    pub actions: Vec<Action>,
    pub provenance: Vec<Provenance>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

impl Proposal {
    /// Whether its bytes come from a log, as far as it says. What says nothing
    /// may come from anywhere.
    pub fn is_from_log(&self) -> bool {
        let of_log = |provenance: &Provenance| match provenance {
            Provenance::LogLines { .. } => true,
            Provenance::File { .. } | Provenance::Model => false,
        };
        self.provenance.is_empty() || self.provenance.iter().any(of_log)
    }

    /// Whether a language model had a part in it.
    pub fn is_from_model(&self) -> bool {
        self.provenance.contains(&Provenance::Model)
    }

    /// Notes that it was made in a run in which a language model answered,
    /// whatever its agent says of it.
    pub fn mark_model(&mut self) {
        if !self.is_from_model() {
            self.provenance.push(Provenance::Model);
        }
    }

    /// Whether it asks for a person, by the attribute `needs-approval`,
    /// whatever its value. Nothing that an agent says makes less of one.
    pub fn asks_for_approval(&self) -> bool {
        self.attributes
            .iter()
            .any(|attribute| attribute.key == "needs-approval")
    }

    /// The edits of all its changes, in order.
    pub fn edits(&self) -> impl Iterator<Item = &Edit> {
        self.actions.iter().flat_map(|action| match action {
            Action::Change { edits } => edits.as_slice(),
            Action::Rerun { .. } | Action::Report { .. } => &[],
        })
    }
}

/// Proposals taken from one answer; an agent that floods loses the rest.
pub const MAX_PROPOSALS: usize = 16;

/// Actions taken from one proposal.
pub const MAX_ACTIONS: usize = 64;

/// Longest title, in characters: a heading, not a story.
pub const MAX_TITLE_CHARS: usize = 120;

/// Longest rationale or report body, in characters.
pub const MAX_RATIONALE_CHARS: usize = 8_000;

/// Bytes in JSON, as base64: content is not always UTF-8.
pub(crate) mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map_err(de::Error::custom)
    }
}
