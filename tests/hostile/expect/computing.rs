//! Guests that use up what they have: fuel, time, stack, memory, tables.

use super::plays;
use crate::hostile::Guest;
use crate::hostile::stage::Budget::{Fuel, Memory, Stack, Tables};
use crate::hostile::stage::Ending::{Deadline, Exhausted};
use crate::hostile::stage::Phase::{Cleanup, Execute, Initialize};
use crate::hostile::stage::Stage;

plays! {
    fuel_loop_in_initialize on default: ends(Exhausted(Initialize, Fuel));
    fuel_loop_in_execute on default: ends(Exhausted(Execute, Fuel));
    fuel_loop_in_cleanup on default: ends_late(Exhausted(Cleanup, Fuel));
    spin_in_initialize on endless: ends(Deadline(Initialize));
    spin_in_cleanup on endless: ends_late(Deadline(Cleanup));
    bulk_fill on default: ends(Exhausted(Execute, Fuel));
    tail_calls on default: ends(Exhausted(Execute, Fuel));
    recursion on default: ends(Exhausted(Execute, Stack));
    recursion_in_cleanup on default: ends_late(Exhausted(Cleanup, Stack));
    host_call_on_a_full_stack on talkative: ends(Exhausted(Execute, Stack));
    fifty_thousand_locals on default: ends(Exhausted(Execute, Stack));
    // 8 MiB are 128 pages.
    memory_grow_loop on default: says("128");
    memory_grow_at_once on default: says("4294967295");
    memory_grow_then_abort on default: ends(Exhausted(Execute, Memory));
    table_grow_loop on default: says("1000");
    table_grow_then_abort on default: ends(Exhausted(Execute, Tables));
}

/// The clock that ends it is the host's affair: a guest that calls nothing has
/// called nothing, or what it used would differ from run to run.
pub async fn spin_in_execute(guest: Guest) {
    let performance = Stage::endless().play(&guest).await;
    performance.ends(Deadline(Execute));
    assert_eq!(
        performance.report.usage.host_calls, 0,
        "calls it never made"
    );
}

/// The second task finds nothing of the first.
pub async fn leaves_a_mark(guest: Guest) {
    for performance in Stage::default().play_times(&guest, 3).await {
        performance.says("0");
    }
}
