//! What each call of a guest's costs the host: counters and a look-up of the
//! handle, and nothing is allocated for it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use sentinel::effect::{Answer, Call};
use sentinel::grant::{Effect, Limits, Permit};
use sentinel::sandbox::{Effects, Sandbox, Size};

use super::{INSIDE, Web, said};
use crate::http_guest::GUEST;

/// The allocator of the tests: counts on threads that ask for it.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// Allocations of this thread, while they are counted.
    static COUNTED: Cell<Option<u64>> = const { Cell::new(None) };
}

fn count() {
    // A thread that ends has no such cell any more.
    let _ = COUNTED.try_with(|counted| counted.set(counted.get().map(|count| count + 1)));
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Counts from a guest's first look at the history to its second.
struct Stopwatch(Arc<AtomicU64>);

#[async_trait]
impl Effects for Stopwatch {
    async fn perform(&mut self, _: &Permit, _: &Call) -> Answer {
        match COUNTED.take() {
            None => COUNTED.set(Some(0)),
            Some(count) => self.0.store(count, Ordering::SeqCst),
        }
        Answer::Past(Vec::new())
    }
}

/// Allocations on the guest's thread while it calls into the host so often.
async fn allocations(order: &str, calls: u64) -> u64 {
    let web = Web::granting(INSIDE);
    let size = Size {
        tasks: 1,
        threads: 1,
    };
    let sandbox = Sandbox::sized(&Limits::default(), size).unwrap();
    let component = sandbox.load(&GUEST).unwrap();
    let counted = Arc::new(AtomicU64::new(u64::MAX));
    let orders = format!("history 1\n{order} {calls}\nhistory 1");
    let mut job = super::job(web.grant(), &orders, Box::new(Stopwatch(counted.clone())));
    job.component = component;
    let report = sandbox.run(job).await;
    assert!(report.usage.host_calls > calls, "{:?}", report.usage);
    let told = said(&report);
    assert!(
        told.starts_with("Ok([])\n") && told.ends_with("\nOk([])"),
        "{told}"
    );
    counted.load(Ordering::SeqCst)
}

/// Beside what a run with one call allocates, for each of many more.
async fn each(order: &str) -> f64 {
    const MORE: u64 = 100_000;
    let (few, many) = (
        allocations(order, 1).await,
        allocations(order, 1 + MORE).await,
    );
    assert!(few < 1_000, "{few}");
    many.saturating_sub(few) as f64 / MORE as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_allocates_nothing() {
    // An epoch's yield may allocate, a hundred times a second.
    let counters = each("looks").await;
    assert!(counters < 0.001, "{counters} for a call");
    // One is wasmtime's: it keeps a list of what a call has borrowed. Ours
    // would be a second.
    let handle = each("checks").await;
    assert!(handle < 1.001, "{handle} for a call with a handle");
}

#[test]
fn a_decision_that_allows_allocates_nothing() {
    let granted = r#"{ hosts = ["api.example.com", "*.wild.example.com"] }"#;
    let mut grant = Web::granting(granted).grant();
    grant.permissions = Web::granting(granted).given().permissions();
    let request = |host| Effect::Request {
        host,
        port: 443,
        tls: true,
    };
    let connect = Effect::Connect {
        address: [93, 184, 216, 34].into(),
        inside: false,
    };
    let effects = [
        request("api.example.com"),
        request("a.wild.example.com"),
        connect,
    ];
    COUNTED.set(Some(0));
    let allowed = effects.map(|effect| grant.authorise(effect).is_ok());
    let count = COUNTED.take();
    assert_eq!((allowed, count), ([true; 3], Some(0)));
}
