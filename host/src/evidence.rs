//! What is known about a patch beyond what its agent says.

use serde::{Deserialize, Serialize};

/// How well a patch is proven. The decision sees which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Evidence {
    /// The failed command was not run on the patched tree.
    NotRun { reason: String },
}

impl Evidence {
    /// A sentence for a reviewer.
    pub fn sentence(&self) -> String {
        match self {
            Evidence::NotRun { reason } => format!("Not proven: {reason}."),
        }
    }
}
