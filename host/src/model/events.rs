//! Server-sent events (WHATWG HTML, 9.2) as far as models use them: the data of
//! each. Linear, whatever the cuts; how long all of it may be is the caller's.

use memchr::memchr2;

use super::ModelError;

/// Reads a stream piece by piece.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// The line so far.
    line: Vec<u8>,
    /// The data of the event so far.
    data: Option<Vec<u8>>,
    /// The last byte was a carriage return: a line feed after it ends nothing.
    returned: bool,
    /// A byte order mark is one only at the beginning.
    begun: bool,
}

impl Events {
    /// The data of the events that end in these bytes.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<String>, ModelError> {
        let mut events = Vec::new();
        while let Some((&first, rest)) = bytes.split_first() {
            if std::mem::take(&mut self.returned) && first == b'\n' {
                bytes = rest;
                continue;
            }
            let Some(end) = memchr2(b'\n', b'\r', bytes) else {
                self.line.extend_from_slice(bytes);
                break;
            };
            self.line.extend_from_slice(&bytes[..end]);
            self.returned = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            events.extend(self.end_line()?);
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Result<Option<String>, ModelError> {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            let unread = |_| ModelError::Protocol("events that are no UTF-8");
            let event = self.data.take().map(String::from_utf8);
            return event.transpose().map_err(unread);
        }
        let field = line.strip_prefix(b"data");
        let value = field.and_then(|rest| match rest {
            [] => Some(rest),
            [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
            // `database: x` is another field.
            _ => None,
        });
        match (value, &mut self.data) {
            (Some(value), Some(data)) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
            (Some(value), none) => *none = Some(value.to_vec()),
            // Comments, names of events, ids: nothing that is read here.
            (None, _) => {}
        }
        Ok(None)
    }
}
