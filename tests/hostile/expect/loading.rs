//! Bytes that are no agent, or that cost the compiler more than they should.

use super::{plays, refused};
use crate::hostile::Guest;
use crate::hostile::stage::{Ending, LoadError, Stage};

refused! {
    core_module_alone: LoadError::CoreModule,
    imports_a_made_up_host: LoadError::UnknownImport { import } if import == "evil:host/root",
    imports_http: LoadError::UnknownImport { import } if import.starts_with("wasi:http/"),
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
    types_that_double: LoadError::NotAComponent { why } if why.contains("type size"),
    // Refused in time; as what, is not the point.
    nested_components: LoadError::NoLifecycle | LoadError::NotAComponent { .. },
}

plays! {
    multi_value on default: says("55");
    br_table_monster on default: says("1");
    nested_blocks on default: says("1");
    two_thousand_functions on default: says("done");
    // A memory with 64-bit addresses is counted like any other.
    memory64 on default: says("18446744073709551615");
}

/// Taken or refused, but soon.
pub async fn function_of_thirty_thousand_calls(guest: Guest) {
    match Stage::default().load_only(&guest) {
        Ok(()) => Stage::default().play(&guest).await.says("30000"),
        Err(error) => assert!(matches!(error, LoadError::NotAComponent { .. }), "{error}"),
    }
}

/// Refused before its instances are written out, or when they are made.
pub async fn instances_that_double(guest: Guest) {
    use crate::hostile::stage::{Budget, Phase};
    match Stage::default().load_only(&guest) {
        Ok(()) => {
            let ending = Ending::Exhausted(Phase::Instantiate, Budget::Instances);
            Stage::default().play(&guest).await.ends(ending);
        }
        Err(error) => assert!(matches!(error, LoadError::NotAComponent { .. }), "{error}"),
    }
}
