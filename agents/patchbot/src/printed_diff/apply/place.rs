//! Where in a file a hunk belongs.

use super::super::diff::{FileDiff, Form, Hunk, HunkLine, Model};
use super::text::Text;
use crate::limits::MAX_COMPARISONS;

/// rustfmt's context on each side, in lines. Fewer only at an end of the file
/// or next to another hunk.
const RUSTFMT_CONTEXT: usize = 3;

/// Places hunks one after the other.
pub(super) struct Search<'a> {
    text: &'a Text<'a>,
    /// The first line that no hunk has taken yet.
    done: usize,
    /// How many lines the hunks so far added (or, negative, removed).
    grown: i64,
    comparisons: usize,
}

/// Lines `start..end` of the file, and where the hunk before ended.
pub(super) struct Place {
    pub copied: usize,
    pub start: usize,
    pub end: usize,
    pub shifted: bool,
}

impl<'a> Search<'a> {
    pub fn new(text: &'a Text<'a>) -> Self {
        Search {
            text,
            done: 0,
            grown: 0,
            comparisons: 0,
        }
    }

    pub fn done(&self) -> usize {
        self.done
    }

    pub fn place(
        &mut self,
        hunk: &Hunk,
        diff: &FileDiff,
        next: Option<&Hunk>,
    ) -> Result<Place, String> {
        let old: Vec<&HunkLine> = hunk.old_side().collect();
        let (start, shifted) = self.find(hunk, &old, diff)?;
        let place = Place {
            copied: self.done,
            start,
            end: start + old.len(),
            shifted,
        };
        if diff.model == Model::Split {
            self.check_context(hunk, &place, next)?;
        }
        self.done = place.end;
        self.grown += hunk.new_side().count() as i64 - old.len() as i64;
        Ok(place)
    }

    /// At the stated line, or at the only other one.
    fn find(
        &mut self,
        hunk: &Hunk,
        old: &[&HunkLine],
        diff: &FileDiff,
    ) -> Result<(usize, bool), String> {
        let stated = usize::try_from(hunk.start).unwrap_or(usize::MAX);
        // Unified diffs name the line before an insertion, rustfmt the one
        // behind it.
        let insertion = old.is_empty() && diff.model == Model::Unified;
        let stated = if insertion {
            stated
        } else {
            stated.saturating_sub(1)
        };
        let mut places = vec![stated];
        // Some versions of rustfmt counted the lines of the formatted file.
        let formatted = usize::try_from(stated as i64 - self.grown).ok();
        places.extend(formatted.filter(|place| diff.form == Form::OldRustfmt && *place != stated));
        places.retain(|place| self.fits(*place, old));
        match places[..] {
            [place] => return Ok((place, false)),
            [] => {}
            _ => return Err(format!("the hunk at log line {} fits twice", hunk.log_line)),
        }
        let mut found = None;
        for place in self.done..self.text.lines.len() {
            if self.comparisons > MAX_COMPARISONS {
                return Err(self.mismatch(hunk, old, stated));
            }
            if self.fits(place, old) && found.replace(place).is_some() {
                let at = hunk.log_line;
                return Err(format!("the hunk at log line {at} fits at several places"));
            }
        }
        found
            .map(|place| (place, true))
            .ok_or_else(|| self.mismatch(hunk, old, stated))
    }

    fn fits(&mut self, place: usize, old: &[&HunkLine]) -> bool {
        let Some(end) = place.checked_add(old.len()) else {
            return false;
        };
        if place < self.done || end > self.text.lines.len() {
            return false;
        }
        let lines = &self.text.lines[place..end];
        let same = lines
            .iter()
            .zip(old)
            .take_while(|(have, want)| **have == want.text);
        let same = same.count();
        self.comparisons += same + 1;
        same == old.len()
    }

    /// Names the first line that differs at the stated place.
    fn mismatch(&self, hunk: &Hunk, old: &[&HunkLine], stated: usize) -> String {
        let at = |index: usize| self.text.lines.get(stated.saturating_add(index));
        let differs = |index: &usize| at(*index) != Some(&old[*index].text.as_slice());
        let index = (0..old.len()).find(differs).unwrap_or(0);
        let want = old.get(index).map_or(&b""[..], |line| &line.text);
        let line = stated.saturating_add(index).saturating_add(1);
        let why = if crate::redaction::marks(want) > 0 {
            "; the log masks something there"
        } else {
            ""
        };
        format!(
            "line {line} is not what the hunk at log line {} expects{why}",
            hunk.log_line
        )
    }

    /// Without counts, other output that looks like part of a hunk can only be
    /// told by the context rustfmt always prints.
    fn check_context(&self, hunk: &Hunk, place: &Place, next: Option<&Hunk>) -> Result<(), String> {
        use super::super::diff::Change::Context;
        let before = hunk
            .lines
            .iter()
            .take_while(|line| line.change == Context)
            .count();
        let after = hunk
            .lines
            .iter()
            .rev()
            .take_while(|line| line.change == Context)
            .count();
        let adjoins = next.is_some_and(|next| {
            let end = place.end as i64 + 1;
            let formatted =
                end + self.grown + hunk.new_side().count() as i64 - hunk.old_side().count() as i64;
            [end, formatted].contains(&(next.start as i64))
        });
        let begins = before == RUSTFMT_CONTEXT || place.start == 0 || place.start == place.copied;
        let ends = after == RUSTFMT_CONTEXT || place.end == self.text.lines.len() || adjoins;
        if before > RUSTFMT_CONTEXT || after > RUSTFMT_CONTEXT || !begins || !ends {
            let at = hunk.log_line;
            return Err(format!(
                "the hunk at log line {at} does not end where rustfmt ends one"
            ));
        }
        Ok(())
    }
}
