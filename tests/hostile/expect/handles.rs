//! Handles: hoarded, forged, used after they were given back.

use super::plays;
use crate::hostile::stage::Budget::OpenHandles;
use crate::hostile::stage::Ending::{Exhausted, Trap};
use crate::hostile::stage::Phase::Execute;

plays! {
    open_files_never_closed on default: ends(Exhausted(Execute, OpenHandles));
    streams_never_closed on default: ends(Exhausted(Execute, OpenHandles));
    directory_streams_never_closed on default: ends(Exhausted(Execute, OpenHandles));
    pollables_never_dropped on default: ends(Exhausted(Execute, OpenHandles));
    preopens_asked_for_again on default: ends(Exhausted(Execute, OpenHandles));
    handle_forged on default: ends(Trap(Execute, "unknown handle index 4242"));
    handle_guessed on default: ends(Trap(Execute, "unknown handle index 1"));
    handle_used_after_drop on default: ends(Trap(Execute, "unknown handle index"));
    handle_dropped_twice on default: ends(Trap(Execute, "unknown handle index"));
    handle_of_another_type on default: ends(Trap(Execute, "used with the wrong type"));
    // A pollable of ours needs nothing of its stream.
    parent_dropped_before_its_child on default: says("1");
}
