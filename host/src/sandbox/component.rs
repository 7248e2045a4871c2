//! Bytes taken as an agent: compiled, its imports read, nothing run.

use wasmtime::component::types::ComponentItem;

use super::Sandbox;
use super::bindings::AgentPre;
use super::error::LoadError;
use super::state::State;
use crate::grant::{AgentRef, Capabilities};
use crate::ids::Digest;

/// A compiled component, ready to be instantiated for a task.
#[derive(Clone)]
pub struct Component {
    agent: AgentRef,
    capabilities: Capabilities,
    pub(super) pre: AgentPre<State>,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.agent, self.agent.digest)
    }
}

impl Component {
    pub fn agent(&self) -> &AgentRef {
        &self.agent
    }

    /// What it could ever reach, read off its imports.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }
}

impl Sandbox {
    /// Compiles a component and checks that it fits the contract. CPU-bound:
    /// call it off the workers.
    pub fn load(&self, name: &str, version: &str, bytes: &[u8]) -> Result<Component, LoadError> {
        let limit = self.limits.component_bytes;
        if bytes.len() > limit {
            return Err(LoadError::TooLarge {
                bytes: bytes.len(),
                limit,
            });
        }
        check_magic(bytes)?;
        let not = |error: wasmtime::Error| LoadError::NotAComponent {
            why: format!("{error:#}"),
        };
        // `new` would take the text format too, and files that begin otherwise.
        let component =
            wasmtime::component::Component::from_binary(&self.engine, bytes).map_err(not)?;
        self.check_imports(&component)?;
        let instance =
            self.linker
                .instantiate_pre(&component)
                .map_err(|error| LoadError::Contract {
                    why: format!("{error:#}"),
                })?;
        let pre = AgentPre::new(instance).map_err(|error| self.explain(&component, &error))?;
        Ok(Component {
            agent: AgentRef {
                name: name.to_owned(),
                version: version.to_owned(),
                digest: Digest::of(bytes),
            },
            capabilities: self.capabilities(&component),
            pre,
        })
    }

    fn imports<'a>(
        &'a self,
        component: &'a wasmtime::component::Component,
    ) -> impl Iterator<Item = String> + 'a {
        let kind = component.component_type();
        let names: Vec<String> = kind
            .imports(&self.engine)
            .map(|(name, _)| name.to_owned())
            .collect();
        names.into_iter()
    }

    fn capabilities(&self, component: &wasmtime::component::Component) -> Capabilities {
        let mut found = Capabilities {
            input: false,
            workspace: false,
        };
        for import in self.imports(component) {
            match import.split('@').next() {
                Some("sentinel:agent/input") => found.input = true,
                Some("sentinel:agent/workspace") => found.workspace = true,
                _ => {}
            }
        }
        found
    }

    /// Names the first import nothing is linked to, in words rather than the
    /// linker's.
    fn check_imports(&self, component: &wasmtime::component::Component) -> Result<(), LoadError> {
        let served = |import: &str| {
            const SERVED: [&str; 7] = [
                "sentinel:agent",
                "wasi:cli",
                "wasi:clocks",
                "wasi:filesystem",
                "wasi:io",
                "wasi:random",
                "wasi:sockets",
            ];
            import
                .split('/')
                .next()
                .is_some_and(|package| SERVED.contains(&package))
        };
        match self.imports(component).find(|import| !served(import)) {
            Some(import) => Err(LoadError::UnknownImport { import }),
            None => Ok(()),
        }
    }

    fn explain(
        &self,
        component: &wasmtime::component::Component,
        error: &wasmtime::Error,
    ) -> LoadError {
        let lifecycle = component
            .component_type()
            .exports(&self.engine)
            .any(|(name, item)| {
                name.starts_with("sentinel:agent/lifecycle@0.1.")
                    && matches!(item.ty, ComponentItem::ComponentInstance(_))
            });
        match lifecycle {
            true => LoadError::Contract {
                why: format!("{error:#}"),
            },
            false => LoadError::NoLifecycle,
        }
    }
}

/// A WebAssembly binary says in its first eight bytes what it is (component
/// model, `Binary.md`: layer 1 is a component, layer 0 a core module).
fn check_magic(bytes: &[u8]) -> Result<(), LoadError> {
    let not = |why: &str| Err(LoadError::NotAComponent { why: why.into() });
    match bytes {
        [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] => Ok(()),
        [b'\0', b'a', b's', b'm', _, _, 0, 0, ..] => Err(LoadError::CoreModule),
        [b'\0', b'a', b's', b'm', ..] => not("its layer is unknown"),
        _ => not("it does not begin with `\\0asm`"),
    }
}
