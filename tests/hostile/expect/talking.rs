//! Messages, progress and standard streams.

use super::plays;
use crate::hostile::stage::Budget::{AnswerBytes, HostCalls, LogBytes, LogEvents};
use crate::hostile::stage::Ending::{Exhausted, Trap};
use crate::hostile::stage::Phase::{Cleanup, Execute};

plays! {
    log_bytes_flood on default: ends(Exhausted(Execute, LogBytes));
    log_events_flood on default: ends(Exhausted(Execute, LogEvents));
    progress_flood on default: ends(Exhausted(Execute, LogEvents));
    log_flood_in_cleanup on default: ends_late(Exhausted(Cleanup, LogBytes));
    log_message_out_of_bounds on default: ends(Trap(Execute, "out of bounds"));
    log_message_at_the_end_of_addresses on default: ends(Trap(Execute, "out of bounds"));
    log_message_of_32_mebibytes on roomy: ends(Exhausted(Execute, AnswerBytes));
    log_message_that_is_not_text on default: ends(Trap(Execute, "invalid utf-8"));
    log_level_that_does_not_exist on default: ends(Trap(Execute, "discriminant: 77"));
    stdout_flood on default: ends(Exhausted(Execute, LogBytes));
    stderr_flood on default: ends(Trap(Execute, "unreachable"));
    stdout_write_without_asking on default: ends(Exhausted(Execute, LogBytes));
    zeroes_without_end on default: ends(Trap(Execute, "zeroes"));
    host_call_flood on default: ends(Exhausted(Execute, HostCalls));
}
