//! Randomness that is the same in every run of a task.

use sha2::{Digest as _, Sha256};
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

use crate::ids::TaskId;
use crate::sandbox::error::{Budget, Exhausted};
use crate::sandbox::state::State;
use crate::sandbox::trace::{Fact, HostFn};

/// Random bytes one call may ask for: the host makes them in one go.
pub const MAX_RANDOM_BYTES: u64 = 64 * 1024;

/// SHA-256 in counter mode over the task's id. Guests must not use it for
/// secrets; they have none, and nothing they make leaves the host unread.
#[derive(Debug, Clone)]
pub struct Seeded {
    seed: [u8; 32],
    counter: u64,
}

impl Seeded {
    pub fn by(task: &TaskId) -> Seeded {
        let mut hasher = Sha256::new();
        hasher.update(b"sentinel randomness v1");
        hasher.update(task.as_str());
        Seeded {
            seed: hasher.finalize().into(),
            counter: 0,
        }
    }

    fn block(&mut self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.seed);
        hasher.update(self.counter.to_be_bytes());
        self.counter += 1;
        hasher.finalize().into()
    }

    fn number(&mut self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.block();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length.next_multiple_of(32));
        while bytes.len() < length {
            bytes.extend_from_slice(&self.block());
        }
        bytes.truncate(length);
        bytes
    }
}

impl State {
    fn random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        if length > MAX_RANDOM_BYTES {
            return Err(Exhausted(Budget::RandomBytes).into());
        }
        // Which bytes follows from the task's id; that they were taken is the
        // fact.
        self.note(HostFn::RandomBytes, Fact::new().number(length));
        Ok(self.random.bytes(length as usize))
    }

    fn random_number(&mut self) -> u64 {
        self.note(HostFn::RandomU64, Fact::new());
        self.random.number()
    }
}

impl random::Host for State {
    fn get_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(length)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random_number())
    }
}

impl insecure::Host for State {
    fn get_insecure_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(length)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.random_number())
    }
}

impl insecure_seed::Host for State {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        self.note(HostFn::RandomSeed, Fact::new());
        Ok((self.random.number(), self.random.number()))
    }
}
