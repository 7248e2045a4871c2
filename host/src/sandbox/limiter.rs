//! Memory and tables, summed over the whole task.

use wasmtime::{Error, ResourceLimiter};

use super::error::Budget;
use crate::grant::Limits;

/// Wasmtime asks before anything grows. Its own limits are per memory; a
/// component may have many, so this one sums.
#[derive(Debug)]
pub(super) struct Limiter {
    memory_limit: usize,
    table_limit: usize,
    /// Of core instances, memories and tables each.
    count_limit: usize,
    memory: usize,
    elements: usize,
    /// What was refused. A refusal shows up in the guest as a trap or an
    /// error of its own: what really happened is known only here.
    refused: Option<Budget>,
}

impl Limiter {
    pub fn new(limits: &Limits) -> Limiter {
        Limiter {
            memory_limit: limits.memory_bytes,
            table_limit: limits.table_elements,
            count_limit: limits.instances,
            memory: 0,
            elements: 0,
            refused: None,
        }
    }

    pub fn refused(&self) -> Option<Budget> {
        self.refused
    }

    /// Linear memory in bytes. Memories never shrink, so this is the peak.
    pub fn memory(&self) -> usize {
        self.memory
    }
}

/// Adds a growth to a sum unless that passes the limit.
fn admit(sum: &mut usize, limit: usize, current: usize, desired: usize) -> bool {
    let grown = sum.saturating_add(desired.saturating_sub(current));
    if grown > limit {
        return false;
    }
    *sum = grown;
    true
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        // Over its own declared maximum a memory never grows; that is the
        // guest's affair and no budget. A slot of the pool has a maximum too:
        // the limit.
        if maximum.is_some_and(|maximum| desired > maximum && maximum < self.memory_limit) {
            return Ok(false);
        }
        let admitted = admit(&mut self.memory, self.memory_limit, current, desired);
        if !admitted {
            self.refused = Some(Budget::Memory);
        }
        Ok(admitted)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        if maximum.is_some_and(|maximum| desired > maximum && maximum < self.table_limit) {
            return Ok(false);
        }
        let admitted = admit(&mut self.elements, self.table_limit, current, desired);
        if !admitted {
            self.refused = Some(Budget::Tables);
        }
        Ok(admitted)
    }

    fn instances(&self) -> usize {
        self.count_limit
    }

    fn tables(&self) -> usize {
        self.count_limit
    }

    fn memories(&self) -> usize {
        self.count_limit
    }
}
