//! What bytes say of themselves, read without compiling and without running
//! them: imports, exports and the manifest.

use std::collections::BTreeSet;

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Instance, Parser, Payload,
};

use super::error::LoadError;
use crate::grant::{AgentRef, Capability};
use crate::ids::Digest;
use crate::manifest::{Manifest, SECTION};

/// A component that may be registered: its manifest is valid and covers its
/// imports.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    pub agent: AgentRef,
    pub manifest: Manifest,
    /// As the binary names them, sorted.
    pub imports: BTreeSet<String>,
    /// What its imports could ever reach.
    pub reach: BTreeSet<Capability>,
}

/// Inspects a component of at most `limit` bytes.
pub fn inspect(bytes: &[u8], limit: usize) -> Result<Inspection, LoadError> {
    if bytes.len() > limit {
        return Err(LoadError::TooLarge {
            bytes: bytes.len(),
            limit,
        });
    }
    check_magic(bytes)?;
    let read = read(bytes)?;
    if let Some(import) = read.imports.iter().find(|import| !is_served(import)) {
        return Err(LoadError::UnknownImport {
            import: import.clone(),
        });
    }
    if !read.exports.iter().any(|export| is_lifecycle(export)) {
        return Err(LoadError::NoLifecycle);
    }
    let manifest = match read.manifests.as_slice() {
        [] => return Err(LoadError::NoManifest),
        [manifest] => Manifest::parse(manifest)?,
        more => return Err(LoadError::Manifests { count: more.len() }),
    };
    let mut reach = BTreeSet::new();
    for import in &read.imports {
        let Some(capability) = capability(import) else {
            continue;
        };
        if !manifest.capabilities.contains_key(&capability) {
            return Err(LoadError::NotRequested {
                import: import.clone(),
                capability,
            });
        }
        reach.insert(capability);
    }
    Ok(Inspection {
        agent: AgentRef {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            digest: Digest::of(bytes),
        },
        manifest,
        imports: read.imports,
        reach,
    })
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

/// Components and modules inside each other. Toolchains make two levels; the
/// compiler's time grows with the square of this.
const MAX_DEPTH: usize = 16;

/// Core instances once every component instance is written out, as the
/// compiler does: components that instantiate each other twice double with
/// every level of a few bytes.
const MAX_INSTANCES: u64 = 512;

#[derive(Default)]
struct Read<'a> {
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
    manifests: Vec<&'a [u8]>,
}

/// Imports and exports of the outermost component; manifests anywhere in it:
/// a linker puts a module's custom section into the module it wraps.
fn read(bytes: &[u8]) -> Result<Read<'_>, LoadError> {
    let mut read = Read::default();
    let mut weights = Weights::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(not_a_component)?;
        weights.take(&payload)?;
        let outermost = weights.depth() == 1;
        match payload {
            Payload::Version { encoding, .. } if outermost && encoding == Encoding::Module => {
                return Err(LoadError::CoreModule);
            }
            Payload::ComponentImportSection(section) if outermost => {
                for import in section {
                    let import = import.map_err(not_a_component)?;
                    read.imports.insert(import.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if outermost => {
                for export in section {
                    let export = export.map_err(not_a_component)?;
                    read.exports.insert(export.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) if section.name() == SECTION => {
                read.manifests.push(section.data());
            }
            _ => {}
        }
    }
    Ok(read)
}

/// What a component costs once it is written out, without writing it out.
#[derive(Default)]
struct Weights {
    /// The components and modules that are open, outermost first.
    open: Vec<Frame>,
    /// The heaviest component so far: what a reference that is not followed
    /// (an alias, an import) is taken for.
    heaviest: u64,
}

#[derive(Default)]
struct Frame {
    /// Core instances of one instance of it.
    weight: u64,
    /// Of each component in its index space.
    components: Vec<u64>,
    is_component: bool,
}

impl Weights {
    fn depth(&self) -> usize {
        self.open.len()
    }

    fn take(&mut self, payload: &Payload<'_>) -> Result<(), LoadError> {
        match payload {
            Payload::Version { encoding, .. } => {
                self.open.push(Frame {
                    is_component: *encoding == Encoding::Component,
                    ..Frame::default()
                });
                if self.open.len() > MAX_DEPTH {
                    let what = format!("nested more than {MAX_DEPTH} levels deep");
                    return Err(LoadError::TooComplex { what });
                }
            }
            Payload::End(_) => self.close(),
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    if let Instance::Instantiate { .. } = instance.map_err(not_a_component)? {
                        self.add(1)?;
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    let instance = instance.map_err(not_a_component)?;
                    if let ComponentInstance::Instantiate {
                        component_index, ..
                    } = instance
                    {
                        let weight = self.of(component_index);
                        self.add(weight)?;
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.alias(&alias.map_err(not_a_component)?);
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    if let ComponentTypeRef::Component(_) = import.map_err(not_a_component)?.ty {
                        self.unknown();
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    // An export is a new name in the index space.
                    if export.map_err(not_a_component)?.kind == ComponentExternalKind::Component {
                        self.unknown();
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) {
        let Some(closed) = self.open.pop() else {
            return;
        };
        if let (true, Some(outer)) = (closed.is_component, self.open.last_mut()) {
            // At least one, so that empty ones cannot be had by the million.
            let weight = closed.weight.max(1);
            self.heaviest = self.heaviest.max(weight);
            outer.components.push(weight);
        }
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) {
        let is_component = match alias {
            ComponentAlias::InstanceExport { kind, .. } => {
                *kind == ComponentExternalKind::Component
            }
            ComponentAlias::Outer { kind, .. } => *kind == ComponentOuterAliasKind::Component,
            ComponentAlias::CoreInstanceExport { .. } => false,
        };
        if is_component {
            self.unknown();
        }
    }

    fn unknown(&mut self) {
        let weight = self.heaviest.max(1);
        if let Some(frame) = self.open.last_mut() {
            frame.components.push(weight);
        }
    }

    fn of(&self, component: u32) -> u64 {
        let known = self
            .open
            .last()
            .and_then(|frame| frame.components.get(component as usize));
        known.copied().unwrap_or(self.heaviest.max(1))
    }

    fn add(&mut self, weight: u64) -> Result<(), LoadError> {
        let Some(frame) = self.open.last_mut() else {
            return Ok(());
        };
        frame.weight = frame.weight.saturating_add(weight);
        match frame.weight > MAX_INSTANCES {
            true => Err(LoadError::TooComplex {
                what: format!("more than {MAX_INSTANCES} core instances when written out"),
            }),
            false => Ok(()),
        }
    }
}

fn not_a_component(error: wasmparser::BinaryReaderError) -> LoadError {
    LoadError::NotAComponent {
        why: error.to_string(),
    }
}

/// An interface without its version.
fn interface(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

/// The capability an import belongs to; none for what is always there.
fn capability(import: &str) -> Option<Capability> {
    match interface(import) {
        "sentinel:agent/input" => Some(Capability::Input),
        "sentinel:agent/workspace" => Some(Capability::Workspace),
        "sentinel:agent/runner" => Some(Capability::Runner),
        "sentinel:agent/model" => Some(Capability::Model),
        "sentinel:agent/history" => Some(Capability::History),
        "wasi:http/outgoing-handler" => Some(Capability::Http),
        _ => None,
    }
}

/// Whether this host has something behind an import's package. Whether the
/// interface itself is there the linker says, with its types.
fn is_served(import: &str) -> bool {
    const PACKAGES: [&str; 7] = [
        "sentinel:agent",
        "wasi:cli",
        "wasi:clocks",
        "wasi:filesystem",
        "wasi:io",
        "wasi:random",
        "wasi:sockets",
    ];
    let package = import.split('/').next().unwrap_or(import);
    PACKAGES.contains(&package)
        || matches!(
            interface(import),
            "wasi:http/types" | "wasi:http/outgoing-handler"
        )
}

fn is_lifecycle(export: &str) -> bool {
    export.starts_with("sentinel:agent/lifecycle@0.1.")
}

/// Appends a manifest to a component, for languages whose toolchain embeds
/// none. The bytes are a custom section (core specification 5.5.3), which may
/// stand at the end of any component.
pub fn embed(component: &[u8], manifest: &[u8]) -> Result<Vec<u8>, LoadError> {
    check_magic(component)?;
    Manifest::parse(manifest)?;
    let present = read(component)?.manifests.len();
    if present > 0 {
        return Err(LoadError::Manifests { count: present + 1 });
    }
    let mut body = Vec::new();
    leb128(SECTION.len(), &mut body);
    body.extend_from_slice(SECTION.as_bytes());
    body.extend_from_slice(manifest);
    let mut out = component.to_vec();
    out.push(0);
    leb128(body.len(), &mut out);
    out.extend_from_slice(&body);
    Ok(out)
}

fn leb128(mut value: usize, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        match value {
            0 => return out.push(byte),
            _ => out.push(byte | 0x80),
        }
    }
}
