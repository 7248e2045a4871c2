//! What goes wrong, by configuration: for one route, a number of times.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

/// What happens to a request instead of, or beside, its answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Answered as usual, later.
    Slow(Duration),
    /// This answer and no effect.
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// The effect happens, the answer is a 502.
    LostAnswer,
    /// The connection is cut; no effect.
    Reset,
    /// The effect happens, then the connection is cut.
    ResetAfter,
    /// The effect happens and half of the answer arrives.
    Truncated,
    /// The effect happens, half of the answer arrives, and then nothing.
    Stalled,
    /// See [`Held`].
    Hold(Arc<Hold>),
}

impl Fault {
    pub fn status(status: u16) -> Fault {
        Fault::Answer {
            status,
            headers: Vec::new(),
            body: r#"{"message":"a fault"}"#.into(),
        }
    }

    /// A secondary rate limit, as GitHub answers it.
    pub fn secondary_limit(status: u16, retry_after: Option<u64>) -> Fault {
        let headers = retry_after.map(|seconds| ("retry-after", seconds.to_string()));
        Fault::Answer {
            status,
            headers: headers.into_iter().collect(),
            body: r#"{"message":"You have exceeded a secondary rate limit."}"#.into(),
        }
    }

    /// The primary limit, exhausted until then (seconds since 1970).
    pub fn primary_limit(reset: u64) -> Fault {
        Fault::Answer {
            status: 403,
            headers: vec![
                ("x-ratelimit-remaining", "0".into()),
                ("x-ratelimit-reset", reset.to_string()),
            ],
            body: r#"{"message":"API rate limit exceeded for installation."}"#.into(),
        }
    }
}

/// When the effect of a held request happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Before the test is told: it is done when `arrived` returns.
    First,
    /// Only if the request is released.
    OnRelease,
}

/// How a held request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Answer,
    Cut,
}

#[derive(Debug)]
pub struct Hold {
    pub effect: Effect,
    pub arrived: Mutex<Option<oneshot::Sender<()>>>,
    pub verdict: Mutex<Option<oneshot::Receiver<Verdict>>>,
}

/// The test's end of a held request. Dropped, it cuts the connection.
pub struct Held {
    arrived: Option<oneshot::Receiver<()>>,
    verdict: Option<oneshot::Sender<Verdict>>,
}

impl Held {
    pub fn new(effect: Effect) -> (Held, Fault) {
        let (tell, arrived) = oneshot::channel();
        let (verdict, wait) = oneshot::channel();
        let hold = Hold {
            effect,
            arrived: Mutex::new(Some(tell)),
            verdict: Mutex::new(Some(wait)),
        };
        let held = Held {
            arrived: Some(arrived),
            verdict: Some(verdict),
        };
        (held, Fault::Hold(Arc::new(hold)))
    }

    /// Waits until the request is there (half a minute at most).
    pub async fn arrived(&mut self) {
        let arrived = self.arrived.take().expect("asked once");
        tokio::time::timeout(Duration::from_secs(30), arrived)
            .await
            .expect("the held request never came")
            .expect("the double ended");
    }

    pub fn release(mut self) {
        let _ = self.verdict.take().expect("held").send(Verdict::Answer);
    }

    pub fn cut(mut self) {
        let _ = self.verdict.take().expect("held").send(Verdict::Cut);
    }
}

/// A fault and the requests it is for: `POST /repos/acme/widget/git/refs`,
/// where `*` stands for one segment, a last `**` for the rest.
pub struct Planned {
    pub route: String,
    /// Requests of the route that pass before it bites.
    pub skip: u32,
    pub times: u32,
    pub fault: Fault,
}

#[derive(Default)]
pub struct Faults(Mutex<Vec<Planned>>);

impl Faults {
    pub fn plan(&self, planned: Planned) {
        self.0.lock().expect("faults").push(planned);
    }

    /// The fault for this request, if one is due.
    pub fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut all = self.0.lock().expect("faults");
        let planned = all
            .iter_mut()
            .find(|planned| planned.times > 0 && matches(&planned.route, method, path))?;
        if planned.skip > 0 {
            planned.skip -= 1;
            return None;
        }
        planned.times -= 1;
        Some(planned.fault.clone())
    }
}

pub fn matches(route: &str, method: &str, path: &str) -> bool {
    let (wanted, pattern) = route.split_once(' ').expect("`METHOD /path`");
    if wanted != "*" && wanted != method {
        return false;
    }
    let mut parts = path.split('/');
    for wanted in pattern.split('/') {
        match (wanted, parts.next()) {
            ("**", _) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}
