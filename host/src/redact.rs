//! Secrets taken out of text before people or agents read it.
//!
//! Basic by intent: well-known token shapes, private keys, credentials in URLs
//! and headers, and values assigned to names that say they are secret. Line
//! counts are kept, so that line numbers stay true.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex, RegexBuilder};

/// What stands where a secret stood.
pub const MARK: &str = "[REDACTED]";

/// What forges print where they masked a secret.
const FORGE_MARK: &str = "***";

/// Group `keep` (if any) stays; the rest of the match is the secret.
const RULES: &[&str] = &[
    // GitHub: personal, OAuth, user-to-server, server-to-server, refresh; fine-grained.
    r"\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{40,255})\b",
    // GitLab: personal, deploy, runner, trigger, CI job.
    r"\bgl(?:pat|dt|rt|ptt|cbt|ft|soat)-[A-Za-z0-9_\-\.]{20,300}",
    // AWS key ids.
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    // Slack.
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}",
    r"https://hooks\.slack\.com/services/[A-Za-z0-9/+]{20,100}",
    // Google API keys, Stripe, npm, PyPI, crates, SendGrid, Anthropic and OpenAI style.
    r"\bAIza[A-Za-z0-9_\-]{35}\b",
    r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,247}\b",
    r"\bnpm_[A-Za-z0-9]{36}\b",
    r"\bpypi-[A-Za-z0-9_\-]{50,1000}",
    r"\bcio[A-Za-z0-9]{32}\b",
    r"\bSG\.[A-Za-z0-9_\-]{16,64}\.[A-Za-z0-9_\-]{16,64}\b",
    r"\bsk-[A-Za-z0-9_\-]{20,250}",
    r"\bdop_v1_[a-f0-9]{64}\b",
    // JSON Web Tokens.
    r"\beyJ[A-Za-z0-9_\-]{8,4000}\.eyJ[A-Za-z0-9_\-]{8,8000}\.[A-Za-z0-9_\-]{8,2000}",
    // Credentials in a URL.
    r"(?P<keep>\b[a-z][a-z0-9+.\-]{1,20}://[^\s:/@]{0,100}:)[^\s/@]{1,300}(?P<tail>@)",
    // Authorization and cookie headers.
    r"(?P<keep>(?i:authorization|proxy-authorization)['\x22]?\s*[:=]\s*['\x22]?(?i:basic|bearer|token|digest)\s+)[A-Za-z0-9+/=_\-\.~]{8,4000}",
    r"(?P<keep>(?i:\bbearer)\s+)[A-Za-z0-9+/=_\-\.~]{20,4000}",
    r"(?P<keep>(?i:\b(?:set-)?cookie)\s*:\s*)\S[^\r\n]{0,4000}",
    // Values of names that say what they are. The value must not be a
    // reference (`${{ secrets.X }}`, `$TOKEN`), a type or a short word.
    r#"(?P<keep>(?i:\b[a-z0-9_\-\.]{0,40}(?:password|passwd|passphrase|secret|api[_\-]?key|access[_\-]?key|private[_\-]?key|auth[_\-]?token|access[_\-]?token|client[_\-]?secret|token)['"]?)\s{0,4}(?:=|:|=>|:=)\s{0,4}['"]?)[^\s'"$<>{}()\[\],;*]{8,300}"#,
    r"(?P<keep>(?:^|\s)--?(?i:password|passwd|token|secret|api-?key)[ =])[^\s'\x22$<-][^\s'\x22]{5,300}",
];

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let compile = |rule: &&str| {
        RegexBuilder::new(rule)
            .multi_line(true)
            .build()
            .expect("rules are constants under test")
    };
    RULES.iter().map(compile).collect()
});

static KEY_BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    RegexBuilder::new(
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z)",
    )
    .dot_matches_new_line(true)
    .build()
    .expect("the rule is a constant under test")
});

/// The text without what looks like a secret; as many lines as before.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if let Cow::Owned(new) = KEY_BLOCK.replace_all(&text, key_block) {
        text = Cow::Owned(new);
    }
    for rule in COMPILED.iter() {
        if let Cow::Owned(new) = rule.replace_all(&text, mark) {
            text = Cow::Owned(new);
        }
    }
    text
}

fn mark(found: &Captures<'_>) -> String {
    let part = |name| found.name(name).map_or("", |part| part.as_str());
    format!("{}{MARK}{}", part("keep"), part("tail"))
}

fn key_block(found: &Captures<'_>) -> String {
    let lines = found[0].bytes().filter(|byte| *byte == b'\n').count();
    let mut out = MARK.to_owned();
    for _ in 0..lines {
        out.push('\n');
        out += MARK;
    }
    out
}

/// How many redaction marks a file holds. An edit that adds one was made from
/// a text whose real content nobody knows.
pub fn count_marks(bytes: &[u8]) -> usize {
    let count = |mark: &str| {
        let mark = mark.as_bytes();
        let mut rest = bytes;
        let mut found = 0;
        while let Some(at) = rest.windows(mark.len()).position(|window| window == mark) {
            found += 1;
            rest = &rest[at + mark.len()..];
        }
        found
    };
    count(MARK) + count(FORGE_MARK)
}
