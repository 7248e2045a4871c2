//! Raw guests, one misbehaviour each: `guests/<behaviour>.wat`. Every one is
//! assembled and run for every released version of the contract and for the
//! one in `wit/`, and each has a test in [`expect`] that says exactly how it
//! ends; without one the tests do not compile.

mod assemble;
mod contract;
mod expect;
mod forms;
mod level;
mod released;
mod sections;
mod stage;

use std::panic::AssertUnwindSafe;
use std::path::Path;

use futures_util::FutureExt;

use contract::Contract;

/// A guest, assembled for one version of the contract.
pub struct Guest {
    /// Its name, and what it was built for.
    label: String,
    contract: &'static Contract,
    bytes: Vec<u8>,
}

/// Runs an expectation for every version a guest can be built for.
async fn matrix(name: &str, expectation: impl AsyncFn(Guest)) {
    // Read when the test runs: a guest's text is no part of the binary.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/guests/{name}.wat"));
    let source = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut played = 0;
    for contract in contract::all() {
        if !contract.has(forms::since(&source)) {
            continue;
        }
        let label = format!("{name} for {}", contract.name);
        let bytes = assemble::assemble(&source, contract)
            .unwrap_or_else(|error| panic!("{label}: {error:#}"));
        expectation(Guest {
            label,
            contract,
            bytes,
        })
        .await;
        played += 1;
    }
    assert!(played > 0, "{name}: no version has what it imports");
}

macro_rules! tests {
    ($($function:ident = $name:literal,)*) => {
        mod guests {
            $(#[tokio::test]
            async fn $function() {
                super::matrix($name, super::expect::$function).await;
            })*
        }

        /// The whole suite, one guest after the other. What fails is told by
        /// the guest's own test; the next one has its turn all the same.
        async fn everything() {
            $(let played = AssertUnwindSafe(matrix($name, expect::$function));
            let _ = played.catch_unwind().await;)*
        }
    };
}

hostile_guests::every_guest!(tests);
