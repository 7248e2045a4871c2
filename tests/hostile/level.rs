//! The host's memory returns to its level: what a guest cost is given back
//! when its task ends.

use std::process::Command;

/// How much more memory a later pass over the suite may leave behind than the
/// second, in bytes. With one heap passes differ by some 60 KiB; one leaked
/// memory or instance a guest is over 10 MiB a pass.
const MARGIN: u64 = 4 * 1024 * 1024;

/// Passes until the level is believed to rise: what leaks rises with every one.
const PASSES: usize = 5;

/// The line by which the process below says what it measured.
const SAYS: &str = "resident bytes:";

#[test]
fn memory_returns_to_its_level_after_the_whole_suite() {
    // A process of its own: other tests would be measured with it.
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["hostile::level::again_and_again", "--exact"])
        .args(["--ignored", "--nocapture"])
        // The allocator otherwise makes heaps by thread, and which thread
        // fragments which differs from run to run by tens of megabytes.
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .expect("the process starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let levels: Vec<u64> = text
        .lines()
        .filter_map(|line| line.split_once(SAYS)?.1.trim().parse().ok())
        .collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    // The first pass also fills what is made once: linkers, caches, the heap.
    let levels = levels.get(1..).expect(&errors);
    let (first, later) = levels.split_first().expect(&errors);
    assert!(
        later.iter().any(|level| returned(*first, *level)),
        "{first} bytes after the second pass, then {later:?}"
    );
}

fn returned(first: u64, level: u64) -> bool {
    level <= first + MARGIN
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn again_and_again() {
    let mut first = None;
    for pass in 0..PASSES {
        super::everything().await;
        let level = resident();
        println!("\n{SAYS} {level}");
        if pass == 0 {
            continue;
        }
        if first.is_some_and(|first| returned(first, level)) {
            return;
        }
        first = first.or(Some(level));
    }
}

/// Memory of this process that is in RAM, in bytes (proc(5), `statm`), after
/// the allocator has given back what is free; it would keep hundreds of
/// megabytes below one small block that is not.
fn resident() -> u64 {
    unsafe extern "C" {
        safe fn malloc_trim(pad: usize) -> i32;
    }
    malloc_trim(0);
    let statm = std::fs::read_to_string("/proc/self/statm").expect("proc is mounted");
    let pages: u64 = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .expect("the second number of statm");
    pages * 4096
}
