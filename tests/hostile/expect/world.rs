//! Time, randomness, the process, the network: nothing ambient is there.

use super::plays;
use crate::hostile::stage::Budget::{AnswerBytes, RandomBytes};
use crate::hostile::stage::Ending::{Exhausted, Trap};
use crate::hostile::stage::Phase::{Cleanup, Execute};

plays! {
    sleeps_for_a_century on endless: says("1");
    sleeps_for_ever on endless: says("1");
    waits_for_the_last_moment on endless: says("1");
    sleeps_in_cleanup on endless: says("done");
    polls_nothing on default: ends(Trap(Execute, "polled an empty list"));
    polls_one_thing_twice on default: says("2");
    polls_a_hundred_thousand on default: ends(Exhausted(Execute, AnswerBytes));
    random_without_end on default: ends(Exhausted(Execute, RandomBytes));
    insecure_random_without_end on default: ends(Exhausted(Execute, RandomBytes));
    exits_well on default: ends(Trap(Execute, "exit code 0"));
    exits_badly on default: ends(Trap(Execute, "exit code 1"));
    exits_in_cleanup on default: ends_late(Trap(Cleanup, "exit code 1"));
    environment on default: says("0");
    arguments on default: says("0");
    working_directory on default: says("0");
    // Closed: case 1 of a stream's error.
    reads_standard_input on default: says("1");
    tcp_socket on default: denied_network("access-denied");
    udp_socket on default: denied_network("access-denied");
    name_lookup on default: denied_network("permanent-resolver-failure");
}
