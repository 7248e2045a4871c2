//! What `wit-bindgen` and `wasm-tools component` do, as far as the sample
//! guests in C and Go need it: the same libraries, in a fraction of the time
//! those programs take to install.
//!
//! ```text
//! componentize bindings c|go WIT WORLD DIRECTORY
//! componentize embed WIT WORLD CORE OUTPUT
//! componentize component CORE OUTPUT
//! ```

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_bindgen_core::{Files, WorldGenerator};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

const USAGE: &str = "usage: componentize bindings c|go WIT WORLD DIRECTORY
       componentize embed WIT WORLD CORE OUTPUT
       componentize component CORE OUTPUT";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["bindings", language, wit, world, directory] => {
            bindings(generator(language)?, wit, world, Path::new(directory))
        }
        ["embed", wit, world, core, output] => embed(wit, world, core, output),
        ["component", core, output] => component(core, output),
        _ => bail!(USAGE),
    }
}

fn generator(language: &str) -> Result<Box<dyn WorldGenerator>> {
    match language {
        "c" => Ok(wit_bindgen_c::Opts::default().build()),
        "go" => Ok(wit_bindgen_go::Opts::default().build()),
        other => bail!("no bindings for {other}\n{USAGE}"),
    }
}

fn read_world(wit: &str, world: &str) -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_path(wit)
        .with_context(|| format!("read {wit}"))?;
    let world = resolve.select_world(&[package], Some(world))?;
    Ok((resolve, world))
}

fn bindings(
    mut generator: Box<dyn WorldGenerator>,
    wit: &str,
    world: &str,
    directory: &Path,
) -> Result<()> {
    let (mut resolve, world) = read_world(wit, world)?;
    let mut files = Files::default();
    generator.generate(&mut resolve, world, &mut files)?;
    for (name, content) in files.iter() {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap_or(directory))?;
        fs::write(&path, content).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// Writes into a module which world it is for. C's bindings bring an object
/// file that says so; Go's linker has no way to.
fn embed(wit: &str, world: &str, core: &str, output: &str) -> Result<()> {
    let (resolve, world) = read_world(wit, world)?;
    let mut module = fs::read(core).with_context(|| format!("read {core}"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    fs::write(output, module).with_context(|| format!("write {output}"))
}

/// Makes a component of a reactor for WASI preview 1.
fn component(core: &str, output: &str) -> Result<()> {
    let module = fs::read(core).with_context(|| format!("read {core}"))?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )?
        .encode()
        .with_context(|| format!("make a component of {core}"))?;
    fs::write(output, component).with_context(|| format!("write {output}"))
}
