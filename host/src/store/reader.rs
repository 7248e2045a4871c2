//! Connections that only read.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::Result;

/// Connections kept open; more readers than that wait for none, they open
/// one and close it again.
const KEPT: usize = 4;

pub(super) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub fn new(file: PathBuf) -> Readers {
        Readers {
            file,
            idle: Mutex::new(Vec::new()),
        }
    }

    pub fn with<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let connection = match kept {
            Some(connection) => connection,
            None => self.open()?,
        };
        let result = query(&connection);
        let mut idle = idle();
        if idle.len() < KEPT {
            idle.push(connection);
        }
        result
    }

    fn open(&self) -> Result<Connection> {
        let connection = super::connect(&self.file)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}
