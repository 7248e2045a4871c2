//! What became of a change.

use serde::{Deserialize, Serialize};

use crate::confidence::Lesson;

/// Declares what can become of a change: the word it is stored and told by,
/// and what it teaches about the strategy that made it.
macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $label:literal, $lesson:expr;)*) => {
        /// What became of a change. Several things may, one after another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Outcome {
            $($(#[$doc])* $name,)*
        }

        impl Outcome {
            pub const ALL: &'static [Outcome] = &[$(Outcome::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Outcome::$name => $label,)* }
            }

            /// What it teaches; nothing where the strategy does not answer for
            /// it.
            pub fn lesson(self) -> Option<Lesson> {
                match self { $(Outcome::$name => $lesson,)* }
            }
        }
    };
}

outcomes! {
    /// The forge's CI is green with it.
    CiPassed = "ci_passed", Some(Lesson::CiPassed);
    /// It is red with it, and was not without.
    CiFailed = "ci_failed", Some(Lesson::CiFailed);
    /// What is red with it was red before.
    CiRedBefore = "ci_red_before", None;
    /// The draft became ready for review.
    Ready = "ready", None;
    /// A person pushed to its branch: it is theirs now.
    TakenOver = "taken_over", None;
    Merged = "merged", Some(Lesson::Merged);
    /// Closed unmerged, and not by us.
    Closed = "closed", Some(Lesson::Closed);
    /// We closed it: CI failed with it.
    Disproved = "disproved", Some(Lesson::CiFailed);
    /// We closed it: the branch moved on, passed by other means, or is gone.
    Superseded = "superseded", None;
    /// We closed it: nobody took it up.
    Expired = "expired", None;
    /// It was merged and taken back.
    Reverted = "reverted", Some(Lesson::Reverted);
}

impl Outcome {
    pub fn parse(text: &str) -> Option<Outcome> {
        let mut all = Outcome::ALL.iter().copied();
        all.find(|outcome| outcome.as_str() == text)
    }

    /// Whether the change is open no longer.
    pub fn is_end(self) -> bool {
        match self {
            Outcome::CiPassed
            | Outcome::CiFailed
            | Outcome::CiRedBefore
            | Outcome::Ready
            | Outcome::TakenOver => false,
            Outcome::Merged
            | Outcome::Closed
            | Outcome::Disproved
            | Outcome::Superseded
            | Outcome::Expired
            | Outcome::Reverted => true,
        }
    }

    /// Whether we closed it ourselves.
    pub fn is_ours(self) -> bool {
        matches!(
            self,
            Outcome::Disproved | Outcome::Superseded | Outcome::Expired
        )
    }
}
