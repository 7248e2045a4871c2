//! The lines of a CI log, made plain: what a person would have read, without
//! the time stamps, colours, section markers and overwritten progress that
//! the CI system wove into it.
//!
//! Numbers are always those of the file as given: 1-based, counting `\n`.
//! What a line *means* is not decided here.

mod clean;
mod lines;
mod marker;
mod prefix;

pub use clean::clean;
pub use lines::{Line, Lines, MAX_LINE_BYTES};
pub use marker::{Marker, split_marker};
pub use prefix::{Step, step};
