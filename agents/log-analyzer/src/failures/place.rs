//! Where in the repository a failure is.

use sentinel_sdk::Location;

use super::{Reading, key_lines};
use crate::groups::Group;
use crate::scan::Hit;

/// The place that is named nearest to the first key line, or where that is
/// none of the group's own to the first failing item: with a line if there is
/// one; linters print the file above its lines.
pub(super) fn of(reading: &Reading, group: &Group, first: Option<usize>) -> Option<Location> {
    let own = first.filter(|line| group.hits.iter().any(|hit| hit.line == *line));
    let anchor = own.unwrap_or_else(|| key_lines::anchor(reading, group));
    let distance = |hit: &&Hit| (hit.line.abs_diff(anchor), hit.line < anchor);
    let near = |hit: &&Hit| hit.line.abs_diff(anchor) <= key_lines::ITEM_LINES;
    let hits = || group.hits.iter().filter(near);
    let whole = hits().filter(|hit| hit.path.is_some() && hit.line_number.is_some());
    if let Some(hit) = whole.min_by_key(distance) {
        return place(hit.path.clone(), hit);
    }
    let lined = hits()
        .filter(|hit| hit.line_number.is_some())
        .min_by_key(distance);
    let Some(lined) = lined else {
        let hit = hits()
            .filter(|hit| hit.path.is_some())
            .min_by_key(distance)?;
        return place(hit.path.clone(), hit);
    };
    let above = group.hits.iter().rev().filter(|hit| hit.line <= lined.line);
    place(above.filter_map(|hit| hit.path.clone()).next(), lined)
}

fn place(path: Option<String>, hit: &Hit) -> Option<Location> {
    Some(Location {
        path: path?,
        line: hit.line_number,
        column: hit.column,
    })
}
