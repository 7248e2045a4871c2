//! `history`: what became of this repository's failures before.

use super::{Access, denied, failed, unexpected};
use crate::effect::{Answer, Call, Fate, Past};
use crate::grant::Effect;
use crate::sandbox::bindings::sentinel::agent::history;
use crate::sandbox::convert;
use crate::sandbox::state::State;
use crate::sandbox::trace::{Fact, HostFn};

/// Most entries one call returns.
const MAX_ENTRIES: u32 = 100;

impl history::Host for State {
    async fn list(&mut self, limit: u32) -> Access<Vec<history::Past>> {
        let limit = limit.min(MAX_ENTRIES);
        self.note(HostFn::HistoryList, Fact::new().number(u64::from(limit)));
        let permit = match self.authorise(Effect::History) {
            Ok(permit) => permit,
            Err(refusal) => return Ok(Err(denied(refusal))),
        };
        match self.perform(permit, Call::History { limit }).await {
            Answer::Past(entries) => Ok(Ok(entries.into_iter().map(past).collect())),
            Answer::Failed(reason) => Ok(Err(failed(reason))),
            Answer::Commands(_) | Answer::Ran(_) | Answer::Completed(_) | Answer::Fetched(_) => {
                unexpected()
            }
        }
    }
}

fn past(past: Past) -> history::Past {
    history::Past {
        fingerprint: past.fingerprint,
        class: convert::to_class(past.class),
        summary: past.summary,
        strategy: past.strategy,
        fate: match past.fate {
            Fate::Open => history::Fate::Open,
            Fate::Merged => history::Fate::Merged,
            Fate::Closed => history::Fate::Closed,
            // Cases that this version of the contract has no word for.
            Fate::Reverted => history::Fate::Other("reverted".into()),
            Fate::Disproved => history::Fate::Other("ci-failed".into()),
            Fate::Superseded => history::Fate::Other("superseded".into()),
            Fate::Refused => history::Fate::Refused,
            Fate::Abstained => history::Fate::Abstained,
        },
        paths: past.paths,
        attributes: Vec::new(),
    }
}
