//! Frames between the host and the keeper: a length, then so many bytes.

use std::io::{Error, ErrorKind, Read, Result, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest JSON frame, in bytes: a command, or the list of what changed.
pub const MAX_JSON: usize = 8 * 1024 * 1024;

pub fn write(to: &mut impl Write, bytes: &[u8]) -> Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| ErrorKind::FileTooLarge)?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(bytes)
}

pub fn write_json(to: &mut impl Write, value: &impl Serialize) -> Result<()> {
    write(to, &serde_json::to_vec(value)?)
}

/// A frame of at most `limit` bytes. Memory grows with what really comes.
pub fn read(from: &mut impl Read, limit: usize) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > limit {
        let why = format!("a frame of {length} bytes; at most {limit} are taken");
        return Err(Error::new(ErrorKind::InvalidData, why));
    }
    let mut bytes = Vec::new();
    from.take(length as u64).read_to_end(&mut bytes)?;
    match bytes.len() == length {
        true => Ok(bytes),
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}

pub fn read_json<T: DeserializeOwned>(from: &mut impl Read) -> Result<T> {
    Ok(serde_json::from_slice(&read(from, MAX_JSON)?)?)
}
