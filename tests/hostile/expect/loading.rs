//! Bytes that are no agent, or that cost the compiler more than they should.

use super::{plays, refused};
use crate::hostile::Guest;
use crate::hostile::stage::{LoadError, Stage};

refused! {
    core_module_alone: LoadError::CoreModule,
    imports_a_made_up_host: LoadError::UnknownImport { import } if import == "evil:host/root",
    imports_http: LoadError::NoLifecycle,
    imports_what_wasi_does_not_have: LoadError::Contract { why } if why.contains("wasi:cli/root"),
    imports_a_clock_of_another_type: LoadError::Contract { why } if why.contains("type mismatch"),
    imports_the_contract_of_tomorrow:
        LoadError::Contract { why } if why.contains("workspace@0.9.0"),
    without_a_lifecycle: LoadError::NoLifecycle,
    lifecycle_of_another_version: LoadError::NoLifecycle,
    lifecycle_of_another_shape: LoadError::Contract { why } if why.contains("initialize"),
    lifecycle_that_is_a_function: LoadError::NoLifecycle,
    larger_than_a_component_may_be: LoadError::TooLarge { limit: 4_194_304, .. },
    shared_memory: LoadError::NotAComponent { why } if why.contains("threads"),
    atomics_on_shared_memory: LoadError::NotAComponent { why } if why.contains("threads"),
    exceptions: LoadError::NotAComponent { why } if why.contains("exceptions"),
    garbage_collection: LoadError::NotAComponent { why } if why.contains("gc"),
    asynchronous_lift: LoadError::NotAComponent { why } if why.contains("async"),
    types_that_double: LoadError::UnknownImport { import } if import == "grow",
    nested_components: LoadError::TooComplex { .. },
}

plays! {
    multi_value on default: says("55");
    br_table_monster on default: says("1");
    nested_blocks on default: says("1");
    two_thousand_functions on default: says("done");
    // A memory with 64-bit addresses is counted like any other.
    memory64 on default: says("18446744073709551615");
}

/// The compiler's time for one function grows with its square, and nothing
/// about its bytes tells an honest one: a host compiles in a process of its
/// own, and ends that.
pub async fn function_of_thirty_thousand_calls(guest: Guest) {
    let error = Stage::default().compiled_elsewhere(&guest).await;
    assert!(matches!(error, LoadError::TooSlow { .. }), "{error}");
}

/// Refused before its instances are written out.
pub async fn instances_that_double(guest: Guest) {
    let error = Stage::default().refusal(&guest);
    assert!(matches!(error, LoadError::TooComplex { .. }), "{error}");
}
