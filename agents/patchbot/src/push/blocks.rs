//! Hunks of a push: lines that went, and those that came in their place.

/// Runs of changed lines that are looked at, of all files.
pub const MAX_BLOCKS: usize = 2_000;

/// Lines of one run on either side: in longer ones nobody tells which line
/// became which.
const MAX_LINES: usize = 60;

/// Lines that stood together, and those that stand there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub path: String,
    pub removed: Vec<String>,
    pub added: Vec<String>,
}

impl Block {
    /// Pairs of a line that went and one that came: each with its own where
    /// there are as many, else each with each.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let (removed, added) = (&self.removed, &self.added);
        if removed.len() == added.len() {
            let pairs = removed.iter().zip(added);
            return pairs
                .map(|(old, new)| (old.as_str(), new.as_str()))
                .collect();
        }
        if removed.len() > MAX_LINES || added.len() > MAX_LINES {
            return Vec::new();
        }
        let with_all = |old| added.iter().map(move |new: &String| (old, new.as_str()));
        removed
            .iter()
            .map(String::as_str)
            .flat_map(with_all)
            .collect()
    }
}

/// The runs of a unified diff's hunks, with or without lines around them.
pub fn read(path: &str, hunks: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in hunks.lines() {
        let (sign, text) = match line.chars().next() {
            Some(sign @ ('-' | '+')) => (sign, &line[1..]),
            Some('\\') => continue,
            _ => {
                open = false;
                continue;
            }
        };
        // What goes again behind what came is the next run.
        let again = sign == '-' && blocks.last().is_some_and(|last| !last.added.is_empty());
        if !open || again {
            if blocks.len() == MAX_BLOCKS {
                break;
            }
            blocks.push(Block {
                path: path.to_owned(),
                removed: Vec::new(),
                added: Vec::new(),
            });
            open = true;
        }
        if let Some(last) = blocks.last_mut() {
            let side = if sign == '-' {
                &mut last.removed
            } else {
                &mut last.added
            };
            side.push(text.to_owned());
        }
    }
    blocks
}
