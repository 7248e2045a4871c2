//! What WebAssembly does not allow ends the guest and nobody else.

use super::plays;
use crate::hostile::stage::Ending::Trap;
use crate::hostile::stage::Phase::{Cleanup, Execute, Initialize};

plays! {
    abort_in_initialize on default: ends(Trap(Initialize, "unreachable"));
    abort_in_execute on default: ends(Trap(Execute, "unreachable"));
    abort_in_cleanup on default: ends_late(Trap(Cleanup, "unreachable"));
    division_by_zero on default: ends(Trap(Execute, "divide by zero"));
    division_overflow on default: ends(Trap(Execute, "integer overflow"));
    conversion_out_of_range on default: ends(Trap(Execute, "invalid conversion"));
    load_out_of_bounds on default: ends(Trap(Execute, "out of bounds memory access"));
    store_out_of_bounds on default: ends(Trap(Execute, "out of bounds memory access"));
    call_of_nothing on default: ends(Trap(Execute, "uninitialized element"));
    call_beyond_the_table on default: ends(Trap(Execute, "out of bounds table access"));
    call_of_another_type on default: ends(Trap(Execute, "indirect call type mismatch"));
    trap_in_a_function_with_an_endless_name on default: ends(Trap(Execute, "unreachable"));
    trap_far_down on default: ends(Trap(Execute, "unreachable"));
}
