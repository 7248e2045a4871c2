//! How a repository words its commits.

/// What is taken over from it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manner {
    /// Subjects are `type(scope): …` (Conventional Commits 1.0.0).
    pub conventional: bool,
    /// Commits are signed off, so ours is too: `Name <address>`.
    pub sign_off: Option<String>,
}

/// Fewer commits than this show no manner.
const ENOUGH: usize = 2;

impl Manner {
    /// Commits looked at.
    pub const LOOKED_AT: usize = 30;

    /// Reads the manner of the newest commits' messages. `identity` is who
    /// would sign off.
    pub fn of(messages: &[String], identity: &str) -> Manner {
        let written: Vec<&String> = messages
            .iter()
            .filter(|message| !message.starts_with("Merge "))
            .collect();
        let most = |holds: fn(&str) -> bool| {
            let count = written.iter().filter(|message| holds(message)).count();
            written.len() >= ENOUGH && count * 3 >= written.len() * 2
        };
        Manner {
            conventional: most(is_conventional),
            sign_off: most(is_signed_off).then(|| identity.to_owned()),
        }
    }
}

fn is_conventional(message: &str) -> bool {
    const TYPES: [&str; 11] = [
        "build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style",
        "test",
    ];
    let subject = message.lines().next().unwrap_or_default();
    let Some((head, rest)) = subject.split_once(':') else {
        return false;
    };
    let head = head.strip_suffix('!').unwrap_or(head);
    let kind = head.split_once('(').map_or(head, |(kind, _)| kind);
    TYPES.contains(&kind) && rest.starts_with(' ')
}

fn is_signed_off(message: &str) -> bool {
    message
        .lines()
        .any(|line| line.starts_with("Signed-off-by: "))
}
