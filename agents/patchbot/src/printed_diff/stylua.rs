//! `stylua --check`.

use super::diff::FileDiff;
use super::parse::Cursor;

pub(super) fn parse(_cursor: &mut Cursor) -> Option<FileDiff> {
    None
}
