//! The agents that come with Sentinel, embedded as components.

/// A component and the name it is registered under.
#[derive(Debug, Clone, Copy)]
pub struct Embedded {
    pub name: &'static str,
    pub version: &'static str,
    pub bytes: &'static [u8],
}

const VERSION: &str = env!("SENTINEL_AGENTS_VERSION");

macro_rules! embedded {
    ($name:literal, $file:literal) => {
        Embedded {
            name: $name,
            version: VERSION,
            bytes: include_bytes!(concat!(env!("OUT_DIR"), "/", $file)),
        }
    };
}

/// Turns a log into failures.
pub const LOG_ANALYZER: Embedded = embedded!("log-analyzer", "log_analyzer.wasm");

/// Turns a failure and a workspace into edits.
pub const PATCHBOT: Embedded = embedded!("patchbot", "patchbot.wasm");

/// Looks over CI configuration.
pub const CONFIG_OPTIMIZER: Embedded = embedded!("config-optimizer", "config_optimizer.wasm");

/// All of them.
pub const ALL: [Embedded; 3] = [LOG_ANALYZER, PATCHBOT, CONFIG_OPTIMIZER];
