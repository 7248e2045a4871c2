//! How much of everything: each with its unit and its reason. Together they
//! keep a task below 128 MB, whatever the log and the tree.

/// Bytes of output kept of one step, lines weighed with [`LINE_COST`]. A
/// formatter's diff of a whole repository is a few MB; who prints more is not
/// read.
pub const MAX_STEP_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of output kept of all failed steps, weighed likewise.
pub const MAX_KEPT_BYTES: usize = 32 * 1024 * 1024;

/// What a line costs in memory beside its text, in bytes: its place in the
/// output, and its entry in a hunk.
pub const LINE_COST: usize = 80;

/// Lines of a step's script that are read; workflows have a few dozen.
pub const MAX_SCRIPT_LINES: usize = 400;

/// Bytes of one line of a script; longer ones hold data, not commands.
pub const MAX_SCRIPT_LINE: usize = 4 * 1024;

/// Bytes of all scripts: they are parsed again for each failed step.
pub const MAX_SCRIPT_BYTES: usize = 1024 * 1024;

/// Failed steps that are looked into. A job stops at the first, unless the
/// workflow says otherwise.
pub const MAX_FAILED_STEPS: usize = 32;

/// Steps of which the script is remembered; GitHub allows 1,000 in a job.
pub const MAX_STEPS: usize = 2_000;

/// Entries of the workspace's listing: the largest public repositories have
/// about half a million files.
pub const MAX_ENTRIES: usize = 600_000;

/// Files one proposal changes. A reviewer reads no more, and rivals stop at
/// the same number.
pub const MAX_FILES: usize = 100;

/// Bytes of one file that is edited; formatters skip larger ones.
pub const MAX_FILE_BYTES: usize = 2 * 1024 * 1024;

/// Bytes of all new contents of one proposal. They are in memory up to four
/// times: before, after, once more where paths are ambiguous, and on the way
/// to the host.
pub const MAX_CHANGE_BYTES: usize = 8 * 1024 * 1024;

/// Directories a command may have run in, as far as its paths tell. Each is
/// tried; where a name as common as `mod.rs` leaves more, nobody is to guess.
pub const MAX_BASES: usize = 512;

/// Hunks read from one log.
pub const MAX_HUNKS: usize = 20_000;

/// Lines compared in search of a hunk's place, for one file, so that a file
/// of equal lines costs no quadratic time.
pub const MAX_COMPARISONS: usize = 4_000_000;

/// Lines of other programs skipped inside one hunk: standard error woven into
/// standard output comes in ones and twos.
pub const MAX_FOREIGN_LINES: usize = 8;

/// Findings of rules, or errors of a compiler, mended at once: a reviewer reads
/// no more, and each may look through its whole file.
pub const MAX_MENDED: usize = 1_000;

/// Commands run for one failure: each takes seconds to minutes, and the host
/// has a budget of its own.
pub const MAX_RUNS: usize = 24;

/// Candidates that are tried, each on its own.
pub const MAX_CANDIDATES: usize = 4;

/// How often what a candidate leaves is mended. A script of several checks
/// stops at the first, and each that is mended uncovers the next.
pub const MAX_ROUNDS: usize = 6;

/// Findings of white space read from one log.
pub const MAX_FINDINGS: usize = 20_000;

/// Answers asked of a language model for one failure. What three hints do not
/// bring about, a tenth does not either, and each costs money.
pub const MAX_MODEL_ROUNDS: usize = 4;

/// Tokens of one answer of a model: a few dozen lines of replacements.
pub const MAX_ANSWER_TOKENS: u32 = 4096;

/// Bytes of one answer of a model, and replacements in it.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;
pub const MAX_ANSWER_EDITS: usize = 16;

/// Characters of a model's explanation that people are shown.
pub const MAX_EXPLANATION_CHARS: usize = 600;

/// Files a model is shown, bytes of one and of all: what costs some ten
/// thousand tokens. A file that does not fit is not shown in part, because
/// nothing exact can be said of a part.
pub const MAX_SHOWN_FILES: usize = 6;
pub const MAX_SHOWN_FILE_BYTES: usize = 24 * 1024;
pub const MAX_SHOWN_BYTES: usize = 40 * 1024;

/// Bytes of a command's output that a model is shown.
pub const MAX_SHOWN_OUTPUT: usize = 8 * 1024;

/// Lines of output looked through for names of files, and words looked up.
pub const MAX_SHOWN_LINES: usize = 5_000;
pub const MAX_NAMED: usize = 500;

/// Earlier repairs a model is told of, and characters of each.
pub const MAX_PAST: u32 = 5;
pub const MAX_SHOWN_PAST_CHARS: usize = 160;
