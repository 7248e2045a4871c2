//! A file as lines, and back.

use super::super::diff::Model;

/// The lines of a file whose line ends are all alike.
pub(super) struct Text<'a> {
    /// Without their ends.
    pub lines: Vec<&'a [u8]>,
    /// Whether lines end in `\r\n`. Logs lose the `\r`.
    pub carriage_returns: bool,
    /// Whether the last line has an end; always false in [`Model::Split`],
    /// where an empty last line says it.
    pub terminated: bool,
    pub model: Model,
}

impl<'a> Text<'a> {
    pub fn parse(file: &'a [u8], model: Model) -> Result<Self, String> {
        let feeds = memchr::memchr_iter(b'\n', file).count();
        let pairs = memchr::memmem::find_iter(file, b"\r\n").count();
        if pairs != 0 && pairs != feeds {
            return Err("its line ends are mixed, which a log does not show".into());
        }
        let carriage_returns = pairs > 0;
        let mut lines: Vec<&[u8]> = file.split(|byte| *byte == b'\n').collect();
        if carriage_returns {
            let ended = lines.len() - 1;
            for line in &mut lines[..ended] {
                *line = line.strip_suffix(b"\r").unwrap_or(line);
            }
        }
        let terminated =
            model == Model::Unified && lines.last().is_some_and(|line| line.is_empty());
        if terminated {
            lines.pop();
        }
        Ok(Text {
            lines,
            carriage_returns,
            terminated: terminated && !file.is_empty(),
            model,
        })
    }

    /// Whether there is no line at all.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The bytes of new lines with this file's kind of line ends, or plain
    /// ones.
    pub fn join(&self, lines: &[&[u8]], terminated: bool, plain: bool) -> Vec<u8> {
        let end: &[u8] = if self.carriage_returns && !plain {
            b"\r\n"
        } else {
            b"\n"
        };
        let mut bytes = lines.join(end);
        if terminated && !lines.is_empty() {
            bytes.extend_from_slice(end);
        }
        bytes
    }
}
