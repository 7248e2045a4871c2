//! An answer as it comes, piece by piece, within its limits.

use super::ModelError;
use crate::spending::Tokens;

/// What one event of a stream says; both protocols come to these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// Why it ended, in our words.
    Stop(&'static str),
    /// Tokens as counted so far; what is not said stays as it was.
    Counted {
        input: Option<u64>,
        output: Option<u64>,
    },
    /// Nothing comes after it.
    End,
}

/// How long an answer may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    /// Bytes of its text.
    pub bytes: u64,
    /// Tokens it was asked for at most.
    pub tokens: u32,
}

/// Pieces of text beyond the tokens asked for: a server may send an empty
/// first one, or cut a letter in two.
const SPARE_PIECES: u64 = 16;

/// An answer so far.
#[derive(Debug)]
pub(super) struct Reading {
    most: Most,
    text: String,
    pieces: u64,
    stop: Option<&'static str>,
    input: Option<u64>,
    output: Option<u64>,
    ended: bool,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whole {
    pub text: String,
    pub stop: &'static str,
    /// None where the server did not count.
    pub tokens: Option<Tokens>,
}

impl Reading {
    pub fn new(most: Most) -> Reading {
        Reading {
            most,
            text: String::new(),
            pieces: 0,
            stop: None,
            input: None,
            output: None,
            ended: false,
        }
    }

    pub fn take(&mut self, piece: Piece) -> Result<(), ModelError> {
        match piece {
            Piece::Text(text) => return self.text(&text),
            Piece::Stop(why) => self.stop = Some(why),
            Piece::Counted { input, output } => {
                self.input = input.or(self.input);
                self.output = output.or(self.output);
            }
            Piece::End => self.ended = true,
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ModelError> {
        let long = |limit, unit| Err(ModelError::TooLong { limit, unit });
        if text.is_empty() {
            return Ok(());
        }
        self.pieces += 1;
        // A piece is a token or more: a server that goes on ignores the limit.
        if self.pieces > u64::from(self.most.tokens) + SPARE_PIECES {
            return long(u64::from(self.most.tokens), "tokens");
        }
        if (self.text.len() + text.len()) as u64 > self.most.bytes {
            return long(self.most.bytes, "bytes");
        }
        self.text.push_str(text);
        Ok(())
    }

    /// Whether its end was announced.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The answer, if it is whole: one without its end may lack a half.
    pub fn finish(self) -> Result<Whole, ModelError> {
        let stop = self.stop.ok_or(ModelError::Incomplete)?;
        let tokens = self.input.zip(self.output);
        Ok(Whole {
            text: self.text,
            stop,
            tokens: tokens.map(|(input, output)| Tokens { input, output }),
        })
    }
}
