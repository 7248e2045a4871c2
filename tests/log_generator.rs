//! Large CI logs out of a seed, for benchmarks: time stamps, groups, colours,
//! overwritten progress, downloads, test output, compiler warnings, long lines
//! and, near the end, one failure that looks real. Everything is made up here;
//! nothing is a piece of anybody's log.

use std::fmt::Write as _;
use std::io::{self, Read};

/// A log of the given size as a reader. The same seed and size give the same
/// bytes on every machine.
pub struct LogGenerator {
    random: Random,
    /// Bytes still to be made before the failure.
    filling: u64,
    clock: Clock,
    /// Made and not yet read, from `read` on.
    ready: Vec<u8>,
    read: usize,
    ended: bool,
    step: u64,
}

impl LogGenerator {
    /// A log of about `bytes` bytes, never less than its beginning and end.
    pub fn new(seed: u64, bytes: u64) -> Self {
        let mut generator = LogGenerator {
            random: Random(seed),
            filling: bytes.saturating_sub(END_BYTES),
            clock: Clock(0),
            ready: Vec::new(),
            read: 0,
            ended: false,
            step: 0,
        };
        generator.lines(SET_UP);
        generator
    }

    /// Makes the next piece: some lines of one kind.
    fn make(&mut self) {
        if self.filling == 0 {
            self.end();
            return;
        }
        let before = self.ready.len();
        match self.random.below(100) {
            0 => self.next_step(),
            1..=24 => self.tests(),
            25..=49 => self.compiling(),
            50..=64 => self.downloads(),
            65..=74 => self.warning(),
            75..=79 => self.progress(),
            80..=94 => self.service(),
            95..=98 => self.tree(),
            _ => self.long_line(),
        }
        let made = (self.ready.len() - before) as u64;
        self.filling = self.filling.saturating_sub(made);
    }

    fn next_step(&mut self) {
        self.step += 1;
        let name = self.word();
        let step = self.step;
        self.line(&format!("##[group]Run ./ci/{name}.sh --shard {step}"));
        self.line(&format!("\x1b[36;1m./ci/{name}.sh --shard {step}\x1b[0m"));
        self.line("shell: /usr/bin/bash -e {0}");
        self.line("##[endgroup]");
    }

    fn tests(&mut self) {
        for _ in 0..self.random.below(40) + 1 {
            let (module, case) = (self.word(), self.word());
            let micros = self.random.below(90_000);
            match self.random.below(40) {
                0 => self.line(&format!(
                    "test {module}::rejects_{case}_with_an_error ... ok"
                )),
                1 => self.line(&format!("test {module}::{case} ... \x1b[33mignored\x1b[0m")),
                2..=20 => self.line(&format!(
                    "test {module}::tests::{case} ... \x1b[32mok\x1b[0m"
                )),
                _ => self.line(&format!(
                    "    \u{2713} {module} handles {case} ({micros} us)"
                )),
            }
        }
    }

    fn compiling(&mut self) {
        for _ in 0..self.random.below(25) + 1 {
            let (name, major, minor) = (self.word(), self.random.below(4), self.random.below(30));
            match self.random.below(3) {
                0 => self.line(&format!("   Compiling {name}-{name} v{major}.{minor}.0")),
                1 => self.line(&format!("[{minor}%] Building CXX object src/{name}/CMakeFiles/{name}.dir/{name}.cpp.o")),
                _ => self.line(&format!("g++ -O2 -Wall -Iinclude -DNDEBUG -c -o build/{name}.o src/{name}/{name}_{minor}.cpp")),
            }
        }
    }

    fn downloads(&mut self) {
        for _ in 0..self.random.below(30) + 1 {
            let (group, name) = (self.word(), self.word());
            let (minor, size) = (self.random.below(40), self.random.below(9000));
            self.line(&format!("Downloaded from mirror: repo/{group}/{name}/1.{minor}/{name}-1.{minor}.jar ({size} kB at {minor}.5 MB/s)"));
        }
    }

    fn warning(&mut self) {
        let (file, name) = (self.word(), self.word());
        let (line, column) = (self.random.below(900), self.random.below(80));
        self.line(&format!("src/{file}/{name}.cpp:{line}:{column}: warning: unused parameter '{name}' [-Wunused-parameter]"));
        self.line(&format!("  {line} | void {file}(int {name}) {{"));
        self.line("      |           ~~~~^~~~");
    }

    fn progress(&mut self) {
        let mut text = String::new();
        for percent in 0..self.random.below(80) {
            let _ = write!(
                text,
                "Receiving objects: {percent:3}% ({}/9000)\r",
                percent * 90
            );
        }
        text.push_str("Receiving objects: 100% (9000/9000), done.");
        self.line(&text);
    }

    fn service(&mut self) {
        for _ in 0..self.random.below(20) + 1 {
            let (component, action, id) = (self.word(), self.word(), self.random.next());
            let level = match self.random.below(60) {
                0 => "WARN  retrying after a failed attempt",
                1..=20 => "DEBUG",
                _ => "INFO ",
            };
            self.line(&format!(
                "  {level} [worker-{}] {component}.{action} request={id:016x} took={}ms",
                id % 16,
                id % 977
            ));
        }
    }

    fn tree(&mut self) {
        for depth in 0..self.random.below(30) {
            let name = self.word();
            self.line(&format!(
                "{}+-- {name}@2.{depth}.0",
                "|  ".repeat((depth % 6) as usize)
            ));
        }
    }

    fn long_line(&mut self) {
        let mut text = String::from("bundle: ");
        for _ in 0..self.random.below(1500) {
            let word = self.word();
            let _ = write!(text, "{word}={:x};", self.random.below(65_536));
        }
        self.line(&text);
    }

    fn end(&mut self) {
        self.ended = true;
        self.lines(FAILURE);
    }

    fn lines(&mut self, text: &str) {
        for line in text.lines() {
            self.line(line);
        }
    }

    fn line(&mut self, text: &str) {
        self.clock.0 += self.random.below(400_000);
        self.clock.stamp(&mut self.ready);
        self.ready.extend_from_slice(text.as_bytes());
        self.ready.push(b'\n');
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.random.below(WORDS.len() as u64) as usize]
    }
}

impl Read for LogGenerator {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.ready.len() && !self.ended {
            self.ready.clear();
            self.read = 0;
            self.make();
        }
        let count = buffer.len().min(self.ready.len() - self.read);
        buffer[..count].copy_from_slice(&self.ready[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}

/// Time since the job began, in units of 100 ns.
struct Clock(u64);

impl Clock {
    /// Writes `2030-01-02T03:04:05.1234567Z `; days run on within the month.
    fn stamp(&self, out: &mut Vec<u8>) {
        let seconds = self.0 / 10_000_000;
        let (hour, minute) = (seconds / 3600 % 24, seconds / 60 % 60);
        let day = 2 + seconds / 86_400 % 26;
        let (second, fraction) = (seconds % 60, self.0 % 10_000_000);
        let stamp = format!("2030-01-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:07}Z ");
        out.extend_from_slice(stamp.as_bytes());
    }
}

/// What the end takes, time stamps included, in bytes.
const END_BYTES: u64 = 2048;

const SET_UP: &str = "\
Current runner version: '2.999.0'
##[group]Runner Image
Image: example-linux
##[endgroup]
Complete job name: build (example)
##[group]Run example/checkout@v9
with:
  fetch-depth: 1
##[endgroup]
";

const FAILURE: &str = "\
##[group]Run cargo fmt --all --check
\x1b[36;1mcargo fmt --all --check\x1b[0m
shell: /usr/bin/bash -e {0}
##[endgroup]
Diff in /home/runner/work/example/example/src/harbour.rs:41:
 fn moor(ship: &Ship, berth: usize) -> Mooring {
\x1b[31m-    Mooring { ship:ship.id,berth }
\x1b[m\x1b[32m+    Mooring {
\x1b[m\x1b[32m+        ship: ship.id,
\x1b[m\x1b[32m+        berth,
\x1b[m\x1b[32m+    }
\x1b[m }
##[error]Process completed with exit code 1.
##[group]Run example/upload@v9
with:
  name: reports
##[endgroup]
Uploaded 3 files
Post job cleanup.
Cleaning up orphan processes
";

const WORDS: [&str; 24] = [
    "anchor", "ballast", "beacon", "berth", "cargo", "chart", "crane", "davit", "fathom", "ferry",
    "galley", "harbour", "hatch", "helm", "jetty", "keel", "lantern", "mast", "pier", "quay",
    "rudder", "sextant", "tide", "winch",
];
