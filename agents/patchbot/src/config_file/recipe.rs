//! Recipes of a Makefile that begin with blanks in the place of a tab.

use crate::named::is_end_of;
use crate::transcript::Step;
use crate::workspace::Workspace;

pub(super) fn mend(path: &str, text: &str, step: &Step, _: &dyn Workspace) -> Option<String> {
    let mut said = super::lines(step).filter_map(|line| {
        let (place, rest) = line.split_once(": *** ")?;
        let (shown, number) = place.rsplit_once(':')?;
        let own = rest.starts_with("missing separator") && is_end_of(shown, path);
        number.parse::<u64>().ok().filter(|_| own)
    });
    let number = said.next()?;
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let first = usize::try_from(number).ok()?.checked_sub(1)?;
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let depth = blanks(lines.get(first)?);
    let above = lines.get(first.checked_sub(1)?)?;
    let rule = above.starts_with('\t') || !above.starts_with([' ', '#']) && above.contains(':');
    if depth == 0 || lines[first].trim().is_empty() || !rule {
        return None;
    }
    // The lines of one recipe are as deep as its first.
    for line in lines[first..]
        .iter_mut()
        .take_while(|line| blanks(line) == depth)
    {
        *line = format!("\t{}", &line[depth..]);
    }
    Some(lines.join("\n"))
}
