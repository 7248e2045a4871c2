//! What an operator says about a GitHub: where it is and who we are there.

pub use crate::forge::web::{Secret, Timeouts};

/// The API of github.com. An Enterprise server's is `https://HOST/api/v3`.
pub const PUBLIC_API: &str = "https://api.github.com";

/// Who we are on GitHub.
#[derive(Debug, Clone)]
pub enum Auth {
    /// A GitHub App. Each repository gets a token of its own, for an hour and
    /// for what Sentinel does there.
    App {
        id: u64,
        /// The key GitHub generated for the App (PKCS#1), or the same as PKCS#8.
        private_key_pem: Secret,
    },
    /// A personal or fine-grained token. It can do all that its owner allowed,
    /// everywhere it is valid, and it cannot make check runs: prefer an App.
    Token(Secret),
}

#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://…`; plain http only on this machine's loopback.
    pub api: String,
    pub auth: Auth,
    pub timeouts: Timeouts,
}

impl Settings {
    /// github.com with the usual time-outs.
    pub fn new(auth: Auth) -> Settings {
        Settings {
            api: PUBLIC_API.to_owned(),
            auth,
            timeouts: Timeouts::default(),
        }
    }

    /// The same on another server.
    pub fn at(self, api: impl Into<String>) -> Settings {
        let api = api.into();
        Settings { api, ..self }
    }
}

/// Settings that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "the GitHub API's address is not usable: {0}; it is `https://api.github.com`, or \
         `https://HOST/api/v3` for GitHub Enterprise (plain http only on loopback)"
    )]
    Api(&'static str),
    #[error(
        "the GitHub App's private key is not usable: {0}; take the .pem file that GitHub made \
         under the App's settings, \"Private keys\""
    )]
    PrivateKey(&'static str),
    #[error("the GitHub token is empty or has characters no token has")]
    Token,
    #[error(
        "no https client can be set up ({0}); are the system's certificates (ca-certificates) there?"
    )]
    Client(String),
}
