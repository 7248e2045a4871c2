//! Whose output a failed step shows.
//!
//! A test can print anything, also a diff. So a step is believed when what it
//! runs are tools, less when a build target hides what it runs, and not at all
//! when it runs tests.

use memchr::memmem;

use crate::candidate::Refusal;
use crate::command::{Role, commands, role};
use crate::failure::Cause;
use crate::tool::Tool;
use crate::transcript::{Output, Step, Transcript};

mod echo;

/// Which tools a step's output is believed to be from.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Those the step is known to run.
    runs: Vec<Tool>,
    /// Those the failure may be about.
    possible: Vec<Tool>,
    /// Whether the step runs nothing but tools.
    direct: bool,
    /// Whether something before it in the log could have printed a frame like
    /// this step's.
    pub after_tests: bool,
}

impl Trust {
    /// Whether output in this tool's form is taken as its own.
    pub fn believes(&self, tool: Tool) -> bool {
        let known = self.runs.contains(&tool) || !self.direct && recognisable(tool);
        known && self.possible.contains(&tool)
    }

    /// Whether the step is known to run this tool, and the failure may be
    /// about it.
    pub fn runs(&self, tool: Tool) -> bool {
        self.runs.contains(&tool) && self.possible.contains(&tool)
    }

    /// Whether the step runs nothing but tools.
    pub fn is_direct(&self) -> bool {
        self.direct
    }
}

/// Tools whose diff nobody else prints by accident. `git diff` and ruff print
/// what every test does, too.
fn recognisable(tool: Tool) -> bool {
    !matches!(
        tool,
        Tool::GitDiff | Tool::RuffFormat | Tool::RuffCheck | Tool::ClangFormat
    )
}

/// Decides whom to believe in the failed step at `index`.
pub fn trust(transcript: &Transcript, index: usize, cause: &Cause) -> Result<Trust, Refusal> {
    let step = &transcript.steps[index];
    let mut roles = roles(step, cause);
    let opaque = roles.is_empty() || roles.contains(&Role::Wrapper);
    if opaque {
        roles.extend(echo::roles(&step.output));
        roles.extend(stated(cause));
    }
    let output = &step.output;
    roles.iter_mut().for_each(|role| compiled(role, output));
    if roles.contains(&Role::Test) {
        return Err(Refusal::new(
            "the failed step also runs tests or other programs, and those can print anything",
        ));
    }
    let builds = roles.contains(&Role::Tool(Tool::Go));
    if let Some(line) = test_output(&step.output, builds) {
        let text = format!("log line {line} is a test runner's, and a test can print anything");
        return Err(Refusal::new(text));
    }
    let mut runs: Vec<Tool> = roles.iter().filter_map(tool).collect();
    // A hook is called by the tool that it runs.
    if runs.contains(&Tool::PreCommit) {
        runs.extend(crate::hooks::tools(&step.output));
    }
    if runs.is_empty() && !opaque {
        return Err(Refusal::new("the failed step runs no formatter or linter"));
    }
    let possible = possible(&runs, transcript, cause);
    if opaque {
        runs.extend(cause.tools());
    }
    Ok(Trust {
        direct: !opaque,
        possible,
        runs,
        after_tests: earlier(transcript, index),
    })
}

/// The tools the failure may be about. Where the analyser blames one that no
/// failed step runs, it took one for another, and the step knows better.
fn possible(runs: &[Tool], transcript: &Transcript, cause: &Cause) -> Vec<Tool> {
    let possible: Vec<Tool> = Tool::all().filter(|tool| cause.allows(*tool)).collect();
    let blamed = |role: &Role| tool(role).is_some_and(|tool| possible.contains(&tool));
    let mistaken = cause.is_layout()
        && !runs.is_empty()
        && !runs.iter().any(|tool| possible.contains(tool))
        && !transcript
            .failed()
            .any(|(_, step)| roles(step, cause).iter().any(blamed));
    if mistaken { runs.to_vec() } else { possible }
}

/// The tools that the step at `index` is known to run.
pub fn tools_run(transcript: &Transcript, index: usize, cause: &Cause) -> Vec<Tool> {
    let step = &transcript.steps[index];
    let announced = echo::roles(&step.output);
    let roles = roles(step, cause).into_iter().chain(announced);
    roles.filter_map(|role| tool(&role)).collect()
}

/// What a command is that compiles tests and runs them: the compiler, where
/// its output is all there is.
fn compiled(role: &mut Role, output: &Output) {
    let Role::Compiled(tool) = *role else {
        return;
    };
    let mut lines = output.lines();
    let ran = |text: &[u8]| match tool {
        // Cargo says so before anything that it built can print.
        Tool::Rustc => text.starts_with(b"     Running ") || text.starts_with(b"   Doc-tests "),
        // A package that did not build runs nothing; one that did may print.
        _ => {
            let failed = text.starts_with(b"FAIL") && text.len() > b"FAIL".len();
            failed && !text.ends_with(b"[build failed]") && !text.ends_with(b"[setup failed]")
        }
    };
    let ran = lines.any(|line| ran(line.text)) || output.overflowed();
    *role = if ran { Role::Test } else { Role::Tool(tool) };
}

fn tool(role: &Role) -> Option<Tool> {
    match role {
        Role::Tool(tool) => Some(*tool),
        _ => None,
    }
}

fn roles(step: &Step, cause: &Cause) -> Vec<Role> {
    if step.action {
        let action = step.script.first().map_or("", String::as_str);
        return action_roles(action);
    }
    if step.script.is_empty() {
        return stated(cause);
    }
    commands(&step.script).iter().map(role).collect()
}

/// What the task says that failed.
fn stated(cause: &Cause) -> Vec<Role> {
    let command: Vec<String> = cause.command.iter().cloned().collect();
    commands(&command).iter().map(role).collect()
}

/// An action is named after what it runs: `psf/black@stable`.
fn action_roles(action: &str) -> Vec<Role> {
    let name = action.split('@').next().unwrap_or(action).to_lowercase();
    let parts: Vec<&str> = name.split(['/', '-', '_']).collect();
    let named = |tool: &Tool| {
        let own = tool.name().to_lowercase();
        let own: Vec<&str> = own.split(['-', ' ']).collect();
        parts.windows(own.len()).any(|window| window == own)
    };
    let tools: Vec<Role> = Tool::all().filter(named).map(Role::Tool).collect();
    if tools.is_empty() {
        vec![Role::Wrapper]
    } else {
        tools
    }
}

/// Whether tests or unknown programs ran before this step.
fn earlier(transcript: &Transcript, index: usize) -> bool {
    let before = transcript.steps[..index].iter().filter(|step| !step.action);
    let mut roles = before
        .flat_map(|step| commands(&step.script))
        .map(|command| role(&command));
    roles.any(|role| matches!(role, Role::Test | Role::Compiled(_) | Role::Wrapper))
}

/// The first line that only a test runner prints.
fn test_output(output: &Output, go_builds: bool) -> Option<u64> {
    let found = output.lines().find(|line| {
        let text = line.text;
        // `go test` reports what it could not build, and what it did not have
        // to look into, which prints nothing.
        let unbuilt = text.starts_with(b"FAIL\t") && text.ends_with(b"[build failed]");
        if go_builds && (unbuilt || text.starts_with(b"ok  \t")) {
            return false;
        }
        // A line of a diff may hold the same words.
        let signed = matches!(text.first(), Some(b' ' | b'+' | b'-'));
        let has = |part: &&[u8]| !signed && memmem::find(text, part).is_some();
        STARTS.iter().any(|start| text.starts_with(start)) || PARTS.iter().any(has)
    });
    found.map(|line| line.number)
}

const STARTS: &[&[u8]] = &[
    b"test result: ",
    b"--- FAIL: ",
    b"--- PASS: ",
    b"=== RUN ",
    b"ok  \t",
    b"FAIL\t",
    b"[ RUN      ]",
    b"FAIL src/",
    b"FAIL test",
    b"PASS src/",
    b"PASS test",
    b"Test Suites: ",
    b"FAILURES!",
    b"TAP version ",
    b"Ran 1 test in ",
    b"[INFO] Tests run: ",
    b"1) ",
    b"E       assert",
    b"AssertionError",
    b"     Running unittests ",
    b"     Running tests/",
];

const PARTS: &[&[u8]] = &[
    b" test session starts ==",
    b" short test summary info ==",
    b" examples, ",
    b"= FAILURES =",
];
