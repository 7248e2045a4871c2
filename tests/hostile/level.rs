//! The host's memory returns to its level: what a guest cost is given back
//! when its task ends.

use std::process::Command;

/// How much more memory the second pass over the suite may leave behind than
/// the first. An allocator keeps what was free; a leak of a kilobyte a guest
/// would be less than this, a leaked memory or instance is more.
const MARGIN: u64 = 16 * 1024 * 1024;

/// The line by which the process below says what it measured.
const SAYS: &str = "resident bytes:";

#[test]
fn memory_returns_to_its_level_after_the_whole_suite() {
    // A process of its own: other tests would be measured with it.
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "hostile::level::twice",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .output()
        .expect("the process starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let levels: Vec<u64> = text
        .lines()
        .filter_map(|line| line.split_once(SAYS)?.1.trim().parse().ok())
        .collect();
    let [first, second] = levels[..] else {
        panic!("two measurements: {text}");
    };
    assert!(
        second <= first + MARGIN,
        "{first} bytes after the first pass, {second} after the second"
    );
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn twice() {
    for _ in 0..2 {
        super::everything().await;
        println!("\n{SAYS} {}", resident());
    }
}

/// Memory of this process that is in RAM, in bytes (proc(5), `statm`).
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("proc is mounted");
    let pages: u64 = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .expect("the second number of statm");
    pages * 4096
}
