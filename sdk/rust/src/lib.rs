//! Write a Sentinel agent in Rust: implement [`Agent`], name it in
//! [`agent!`], build for `wasm32-wasip2`.
//!
//! ```ignore
//! use sentinel_sdk::{Agent, AgentError, Output, Settings, Task};
//!
//! struct Quiet;
//!
//! impl Agent for Quiet {
//!     fn initialize(_: Settings) -> Result<Self, AgentError> {
//!         Ok(Quiet)
//!     }
//!     fn execute(&mut self, _: Task) -> Result<Output, AgentError> {
//!         Ok(Output::Abstained("nothing I know how to do".into()))
//!     }
//! }
//!
//! sentinel_sdk::agent!(Quiet);
//! ```
//!
//! `agent!` embeds the file `manifest.toml` that lies beside the crate's
//! `Cargo.toml`: name, version, kinds of task, and each capability the agent
//! asks for, with its reason. A component whose imports go beyond its manifest
//! is not registered.
//!
//! The types are the contract's own (`wit/`), re-exported; what is added here
//! is the settings look-up and the traits' defaults. Files are read with
//! `std::fs` under [`INPUT`] and [`WORKSPACE`].

#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "agent",
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_component",
        default_bindings_module: "sentinel_sdk::bindings",
        generate_all,
    });
}

pub use bindings::sentinel::agent::types::*;
pub use bindings::sentinel::agent::{
    history, input, log, model, progress, runner, workspace,
};

/// Where the task's input files are; there only for a component that calls
/// [`input::list`].
pub const INPUT: &str = "/input";

/// Where the repository's tree is; there only for a component that calls
/// [`workspace::list`].
pub const WORKSPACE: &str = "/workspace";

/// The operator's settings for this agent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(Vec<Attribute>);

impl Settings {
    /// The value of `key`, the last one where it is given twice.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|setting| setting.key == key)
            .map(|setting| setting.value.as_str())
    }
}

impl From<Vec<Attribute>> for Settings {
    fn from(settings: Vec<Attribute>) -> Self {
        Settings(settings)
    }
}

/// One agent. The host makes a fresh instance for every task, so nothing an
/// implementation keeps survives it.
pub trait Agent: Sized {
    /// Called once, first. Refuse settings you do not understand.
    fn initialize(settings: Settings) -> Result<Self, AgentError>;

    /// Called once. Abstaining is a good answer.
    fn execute(&mut self, task: Task) -> Result<Output, AgentError>;

    /// Called once, last, with a small budget of its own.
    fn cleanup(&mut self) {}
}

/// Every path the workspace lists, with its kind, in the order of its bytes.
pub fn workspace_entries() -> Result<Vec<workspace::Entry>, AccessError> {
    const PAGE: u32 = 4096;
    let mut entries: Vec<workspace::Entry> = Vec::new();
    loop {
        let page = workspace::list(entries.last().map(|entry| entry.path.as_str()), PAGE)?;
        if page.is_empty() {
            return Ok(entries);
        }
        entries.extend(page);
    }
}

/// Exports a type that implements [`Agent`] as this crate's component, and
/// embeds the crate's `manifest.toml` in it.
#[macro_export]
macro_rules! agent {
    ($agent:ty) => {
        // A component's export names are none a native linker takes.
        #[cfg(target_family = "wasm")]
        #[doc(hidden)]
        #[allow(unsafe_code, unused_imports)]
        mod sentinel_component {
            use super::*;
            use ::std::cell::RefCell;
            use $crate::bindings::exports::sentinel::agent::lifecycle::Guest;

            ::std::thread_local! {
                static AGENT: RefCell<Option<$agent>> = const { RefCell::new(None) };
            }

            /// A static in a section of its own is a custom section of the
            /// component: read without running anything.
            #[used]
            #[unsafe(link_section = "sentinel:manifest")]
            static MANIFEST: [u8; BYTES.len()] = *BYTES;
            const BYTES: &[u8; include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/manifest.toml")).len()] =
                include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/manifest.toml"));

            struct Component;

            impl Guest for Component {
                fn initialize(
                    config: ::std::vec::Vec<$crate::Attribute>,
                ) -> ::core::result::Result<(), $crate::AgentError> {
                    let agent = <$agent as $crate::Agent>::initialize(config.into())?;
                    AGENT.set(Some(agent));
                    Ok(())
                }

                fn execute(
                    task: $crate::Task,
                ) -> ::core::result::Result<$crate::Output, $crate::AgentError> {
                    AGENT.with_borrow_mut(|agent| match agent {
                        Some(agent) => $crate::Agent::execute(agent, task),
                        None => Err($crate::AgentError::Failed(
                            "execute was called before initialize".into(),
                        )),
                    })
                }

                fn cleanup() {
                    if let Some(mut agent) = AGENT.take() {
                        $crate::Agent::cleanup(&mut agent);
                    }
                }
            }

            $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        }
    };
}
