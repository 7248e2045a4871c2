//! A component ready to run: compiled, or restored from a verified artifact.

use std::sync::Arc;

use super::Sandbox;
use super::bindings::AgentPre;
use super::error::LoadError;
use super::inspect::{Inspection, inspect};
use super::pool::Place;
use super::state::State;
use crate::grant::AgentRef;
use crate::ids::Digest;
use crate::manifest::Manifest;

/// A compiled component, ready to be instantiated for a task. Cheap to clone.
#[derive(Clone)]
pub struct Component {
    inspection: Arc<Inspection>,
    pub(super) pre: AgentPre<State>,
    pub(super) place: Place,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.agent(), self.agent().digest)
    }
}

impl Component {
    pub fn agent(&self) -> &AgentRef {
        &self.inspection.agent
    }

    pub fn manifest(&self) -> &Manifest {
        &self.inspection.manifest
    }

    /// Where its instances live.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What it says of itself.
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }
}

/// Machine code of a component, whose bytes were found to have the digest that
/// was recorded when this host compiled it. Nothing else is ever deserialised.
pub struct Verified(Vec<u8>);

impl Verified {
    /// Takes the bytes if they have the digest.
    pub fn check(artifact: Vec<u8>, digest: &Digest) -> Option<Verified> {
        (Digest::of(&artifact) == *digest).then_some(Verified(artifact))
    }
}

impl Sandbox {
    /// What an artifact of a component is known by: the component, and
    /// everything about engine, compiler and processor that its machine code
    /// depends on.
    pub fn artifact_key(&self, component: &Digest) -> Digest {
        Digest::of_parts(&[
            b"sentinel artifact v1",
            component.as_bytes(),
            self.engines.compatibility().as_bytes(),
        ])
    }

    /// Inspects and compiles. CPU-bound, up to seconds: call it off the
    /// runtime's threads.
    pub fn load(&self, bytes: &[u8]) -> Result<Component, LoadError> {
        let inspection = self.inspect(bytes)?;
        self.compile(inspection, bytes)
    }

    /// What bytes say of themselves; nothing is compiled.
    pub fn inspect(&self, bytes: &[u8]) -> Result<Inspection, LoadError> {
        inspect(bytes, self.limits.component_bytes)
    }

    /// Compiles an inspected component. CPU-bound.
    pub fn compile(&self, inspection: Inspection, bytes: &[u8]) -> Result<Component, LoadError> {
        let not = |error: wasmtime::Error| LoadError::NotAComponent {
            why: format!("{error:#}"),
        };
        let make = |engine: &wasmtime::Engine| {
            // `new` would take the text format too.
            wasmtime::component::Component::from_binary(engine, bytes)
        };
        let (component, place) = self.engines.place(bytes.len(), make).map_err(not)?;
        self.link(inspection, component, place)
    }

    /// Machine code for [`Sandbox::restore`] in a later process.
    pub fn artifact(&self, component: &Component) -> Result<Vec<u8>, LoadError> {
        let component = component.pre.instance_pre().component();
        component.serialize().map_err(|error| LoadError::Contract {
            why: format!("it cannot be serialised: {error:#}"),
        })
    }

    /// Takes a verified artifact instead of compiling.
    pub fn restore(
        &self,
        inspection: Inspection,
        component_bytes: usize,
        artifact: &Verified,
    ) -> Result<Component, LoadError> {
        let make = |engine: &wasmtime::Engine| {
            // SAFETY: `Verified` says that these are the bytes this host wrote
            // when it compiled the component: their digest was recorded in the
            // database then and was compared with these very bytes, in memory,
            // which nobody else can change.
            #[expect(unsafe_code, reason = "wasmtime cannot check machine code")]
            unsafe {
                wasmtime::component::Component::deserialize(engine, &artifact.0)
            }
        };
        let (component, place) = self.engines.place(component_bytes, make).map_err(|error| {
            LoadError::NotAComponent {
                why: format!("{error:#}"),
            }
        })?;
        self.link(inspection, component, place)
    }

    fn link(
        &self,
        inspection: Inspection,
        component: wasmtime::component::Component,
        place: Place,
    ) -> Result<Component, LoadError> {
        let contract = |error: wasmtime::Error| LoadError::Contract {
            why: format!("{error:#}"),
        };
        let linker = self.engines.linker(place);
        let instance = linker.instantiate_pre(&component).map_err(contract)?;
        let pre = AgentPre::new(instance).map_err(contract)?;
        Ok(Component {
            inspection: Arc::new(inspection),
            pre,
            place,
        })
    }
}
