//! The guest's part in a value's way: where the host may write to, and what
//! happens after it has read.

use super::plays;
use crate::hostile::stage::Budget::Fuel;
use crate::hostile::stage::Ending::{Deadline, Exhausted, Trap};
use crate::hostile::stage::Phase::{Execute, Initialize};

plays! {
    realloc_out_of_bounds on default: ends(Trap(Initialize, "beyond end of memory"));
    realloc_at_the_end_of_memory on default: ends(Trap(Initialize, "beyond end of memory"));
    realloc_misaligned on default: ends(Trap(Initialize, "not aligned"));
    realloc_overlapping on default: says("done");
    realloc_traps on default: ends(Trap(Initialize, "unreachable"));
    realloc_loops on default: ends(Exhausted(Initialize, Fuel));
    realloc_spins on endless: ends(Deadline(Initialize));
    realloc_calls_the_host on default: ends(Trap(Initialize, "cannot leave component instance"));
    realloc_loops_in_a_host_call on default: ends(Exhausted(Execute, Fuel));
    realloc_grows_memory on default: says("1000");
    post_return_traps on default: ends(Trap(Execute, "unreachable"));
    post_return_loops on default: ends(Exhausted(Execute, Fuel));
    post_return_calls_the_host on default: ends(Trap(Execute, "cannot leave component instance"));
    answer_for_the_host_out_of_bounds on default: ends(Trap(Execute, "out of bounds"));
    answer_for_the_host_misaligned on default: ends(Trap(Execute, "not aligned"));
    lists_after_a_path_out_of_bounds on default: ends(Trap(Execute, "out of bounds"));
    polls_beyond_its_memory on default: ends(Trap(Execute, "out of bounds"));
}
