//! The trace of a run: which host functions a guest called, with what and what
//! it got, so that a replay can be held to it call by call.

use twox_hash::XxHash3_64;

/// Calls whose hash is kept one by one: 2.6 MB. Of those after it every
/// [`STRIDE`]th is kept; the running hash covers all of them either way.
pub const EXACT: u64 = 262_144;

/// How many calls one kept hash stands for after [`EXACT`].
pub const STRIDE: u64 = 4_096;

macro_rules! host_functions {
    ($($variant:ident = $name:literal,)*) => {
        /// A function of the host's that a guest can call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u16)]
        pub enum HostFn { $($variant,)* }

        impl HostFn {
            const ALL: &[HostFn] = &[$(HostFn::$variant,)*];

            /// As the interface names it.
            pub fn name(self) -> &'static str {
                match self { $(HostFn::$variant => $name,)* }
            }
        }
    };
}

// Recordings number these: add at the end, never in between.
host_functions! {
    LogEmit = "sentinel:agent/log.emit",
    ProgressReport = "sentinel:agent/progress.report",
    InputList = "sentinel:agent/input.list",
    WorkspaceList = "sentinel:agent/workspace.list",
    RunnerCommands = "sentinel:agent/runner.commands",
    RunnerRun = "sentinel:agent/runner.run",
    ModelComplete = "sentinel:agent/model.complete",
    HistoryList = "sentinel:agent/history.list",
    Environment = "wasi:cli/environment",
    Exit = "wasi:cli/exit.exit",
    Stdio = "wasi:cli/stdio",
    MonotonicNow = "wasi:clocks/monotonic-clock.now",
    MonotonicSubscribe = "wasi:clocks/monotonic-clock.subscribe",
    WallNow = "wasi:clocks/wall-clock.now",
    Preopens = "wasi:filesystem/preopens.get-directories",
    OpenAt = "wasi:filesystem/types.open-at",
    Stat = "wasi:filesystem/types.stat",
    StatAt = "wasi:filesystem/types.stat-at",
    FileRead = "wasi:filesystem/types.read",
    ReadViaStream = "wasi:filesystem/types.read-via-stream",
    ReadDirectory = "wasi:filesystem/types.read-directory",
    DirectoryEntry = "wasi:filesystem/types.read-directory-entry",
    MetadataHash = "wasi:filesystem/types.metadata-hash",
    Readlink = "wasi:filesystem/types.readlink-at",
    Write = "wasi:filesystem/types (writing)",
    StreamRead = "wasi:io/streams.read",
    StreamSkip = "wasi:io/streams.skip",
    StreamWrite = "wasi:io/streams.write",
    Poll = "wasi:io/poll.poll",
    RandomBytes = "wasi:random.get-bytes",
    RandomU64 = "wasi:random.get-u64",
    RandomSeed = "wasi:random/insecure-seed",
    HttpHandle = "wasi:http/outgoing-handler.handle",
    HttpResponse = "wasi:http/types.future-incoming-response.get",
    HttpSend = "wasi:http (sending)",
}

/// Hashes what a call was given and what it answered. Not cryptographic: the
/// inputs are known by their SHA-256; this finds where two runs part.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fact(u64);

impl Fact {
    pub fn new() -> Fact {
        Fact::default()
    }

    pub fn number(self, number: u64) -> Fact {
        Fact(XxHash3_64::oneshot_with_seed(self.0, &number.to_le_bytes()))
    }

    /// Each fact is the seed of the next one's hash, so neither their order
    /// nor where one ends and the next begins can be changed unnoticed.
    pub fn bytes(self, bytes: &[u8]) -> Fact {
        Fact(XxHash3_64::oneshot_with_seed(self.0, bytes))
    }

    pub fn text(self, text: &str) -> Fact {
        self.bytes(text.as_bytes())
    }
}

/// Where a replay stopped doing what the recording did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Divergence {
    /// Counts host calls from 0.
    pub call: u64,
    /// What the replay called.
    pub function: &'static str,
    /// What the recording called there; none where it had ended or the call
    /// was not kept one by one.
    pub recorded: Option<&'static str>,
}

impl std::fmt::Display for Divergence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "host call {} ({})", self.call, self.function)?;
        match self.recorded {
            Some(recorded) if recorded == self.function => {
                f.write_str(": its arguments or its answer are not those recorded")
            }
            Some(recorded) => write!(f, ": the recording called {recorded} there"),
            None => f.write_str(": the recording does not have it"),
        }
    }
}

/// One kept call.
const RECORD: usize = 10;

/// Written while a guest runs; compared where a recording is at hand.
#[derive(Debug, Default)]
pub struct Trace {
    calls: u64,
    /// Running over all calls.
    chain: u64,
    kept: Vec<u8>,
    /// The recording's kept calls.
    expected: Option<Vec<u8>>,
    diverged: Option<Divergence>,
}

impl Trace {
    /// A trace that is held to a recorded one.
    pub fn against(expected: Vec<u8>) -> Trace {
        Trace {
            expected: Some(expected),
            ..Trace::default()
        }
    }

    /// Notes a call. About ten nanoseconds beside the hashing of its bytes.
    pub fn note(&mut self, function: HostFn, fact: Fact) {
        let call = self.calls;
        self.calls += 1;
        let step = Fact(self.chain).number(u64::from(function as u16));
        self.chain = step.number(fact.0).0;
        if call < EXACT || call.is_multiple_of(STRIDE) {
            self.keep(call, function);
        }
    }

    fn keep(&mut self, call: u64, function: HostFn) {
        let at = self.kept.len();
        self.kept
            .extend_from_slice(&(function as u16).to_le_bytes());
        self.kept.extend_from_slice(&self.chain.to_le_bytes());
        let Some(expected) = &self.expected else {
            return;
        };
        let recorded = expected.get(at..at + RECORD);
        if self.diverged.is_none() && recorded != Some(&self.kept[at..]) {
            self.diverged = Some(Divergence {
                call,
                function: function.name(),
                recorded: recorded.and_then(name),
            });
        }
    }

    pub fn diverged(&self) -> Option<&Divergence> {
        self.diverged.as_ref()
    }

    /// What is stored: the kept calls and the hash over all of them.
    pub fn finish(self) -> Traced {
        Traced {
            calls: self.calls,
            chain: self.chain,
            kept: self.kept,
        }
    }
}

fn name(record: &[u8]) -> Option<&'static str> {
    let number = u16::from_le_bytes([*record.first()?, *record.get(1)?]);
    HostFn::ALL
        .get(usize::from(number))
        .map(|function| function.name())
}

/// A finished trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traced {
    pub calls: u64,
    pub chain: u64,
    pub kept: Vec<u8>,
}
