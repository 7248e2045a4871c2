//! The words people read on a forge.

/// Everything a publication says. Made from host templates; text of agents
/// and logs is redacted and fenced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeText {
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Subject, blank line, body, trailers.
    pub commit_message: String,
}
