//! What ends a guest while it is being made.

use super::plays;
use crate::hostile::stage::Budget::{Fuel, HostCalls, Instances, Memory, Tables};
use crate::hostile::stage::Ending::{Deadline, Exhausted, Trap};
use crate::hostile::stage::Phase::Instantiate;

plays! {
    start_function_loops on default: ends(Exhausted(Instantiate, Fuel));
    start_function_of_a_neighbour_loops on default: ends(Exhausted(Instantiate, Fuel));
    start_function_spins on endless: ends(Deadline(Instantiate));
    start_function_traps on default: ends(Trap(Instantiate, "unreachable"));
    start_function_floods_the_host on default: ends(Exhausted(Instantiate, HostCalls));
    start_function_logs on default: ends(Trap(Instantiate, "uninitialized element"));
    memory_minimum_over_the_limit on default: ends(Exhausted(Instantiate, Memory));
    memory_minimum_of_four_gibibytes on default: ends(Exhausted(Instantiate, Memory));
    two_memories_summed on default: ends(Exhausted(Instantiate, Memory));
    memories_of_many_instances on default: ends(Exhausted(Instantiate, Memory));
    too_many_memories on default: ends(Exhausted(Instantiate, Instances));
    table_minimum_over_the_limit on default: ends(Exhausted(Instantiate, Tables));
    two_tables_summed on default: ends(Exhausted(Instantiate, Tables));
    too_many_tables on default: ends(Exhausted(Instantiate, Instances));
    sixty_five_core_instances on default: ends(Exhausted(Instantiate, Instances));
    data_segment_out_of_bounds on default: ends(Trap(Instantiate, "out of bounds memory access"));
    element_segment_out_of_bounds on default: ends(Trap(Instantiate, "out of bounds table access"));
}
