//! From a guest's text to a component.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use super::contract::Contract;
use super::{forms, sections};

/// What raw guests share; its beginning says how it joins them.
const PRELUDE: &str = include_str!("prelude.wat");

/// The exports a guest calls by a short name.
const LIFECYCLE: [&str; 3] = ["initialize", "execute", "cleanup"];

/// Makes of a guest's text what its header says: an agent, where a core module
/// has no header, and else what stands there.
pub fn assemble(source: &str, contract: &Contract) -> Result<Vec<u8>> {
    let manner = forms::header(source, "as");
    let text = forms::bare(&forms::expand(source));
    let text = text.trim();
    match (manner, text.starts_with("(module")) {
        (None, true) => agent(text, contract),
        (Some("core"), true) => binary(text, contract),
        (None, false) => binary(text, contract),
        (Some("beside an agent"), false) => {
            let mut component = agent("(module)", contract)?;
            sections::append_neighbour(&mut component, &binary(text, contract)?);
            Ok(component)
        }
        (Some(manner), _) => match manner.strip_prefix("nested ") {
            Some(depth) => Ok(sections::nest(binary(text, contract)?, depth.parse()?)),
            None => bail!("`as: {manner}` is not known here"),
        },
    }
}

/// An agent that does nothing and says so.
pub fn honest(contract: &Contract) -> Vec<u8> {
    agent("(module)", contract).expect("the honest agent")
}

fn binary(text: &str, contract: &Contract) -> Result<Vec<u8>> {
    let text = text.replace("@VERSION", &format!("@{}", contract.version));
    Ok(wat::parse_str(text)?)
}

/// Completes a core module and makes it a component of the hostile world.
fn agent(text: &str, contract: &Contract) -> Result<Vec<u8>> {
    let mut module = binary(&complete(text), contract)?;
    embed_component_metadata(
        &mut module,
        &contract.resolve,
        contract.hostile,
        StringEncoding::UTF8,
    )?;
    ComponentEncoder::default()
        .module(&module)
        .context("reading the module")?
        .encode()
        .context("making a component of it")
}

/// Adds what the prelude has and the guest lacks. Imports come first in a
/// module, and the prelude's memory is the first one.
fn complete(text: &str) -> String {
    let body = text
        .strip_prefix("(module")
        .and_then(|text| text.strip_suffix(')'))
        .expect("a guest is one module");
    let own = forms::split(body);
    let shared = forms::bare(PRELUDE);
    let added = needed(body, &forms::split(&shared));
    let import = |form: &&str| form.starts_with("(import");
    let (shared_imports, shared_rest): (Vec<&str>, Vec<&str>) = added.into_iter().partition(import);
    let (own_imports, own_rest): (Vec<&str>, Vec<&str>) = own.into_iter().partition(import);
    let forms = [shared_imports, own_imports, shared_rest, own_rest].concat();
    name_exports(&format!("(module\n{}\n)", forms.join("\n")))
}

/// The forms of the prelude that stand for a missing export, and those that
/// something in the guest names, directly or by way of others.
fn needed<'a>(guest: &str, prelude: &[&'a str]) -> Vec<&'a str> {
    let exported: BTreeSet<&str> = forms::exports(guest).collect();
    let mut named: BTreeSet<&str> = forms::names(guest).collect();
    let mut added = BTreeSet::new();
    loop {
        let before = added.len();
        for (place, form) in prelude.iter().enumerate() {
            let id = forms::names(form).next().expect("a shared form has a name");
            let replaced = forms::exports(form).any(|export| exported.contains(export));
            let missing = forms::exports(form).next().is_some();
            if !replaced && (missing || named.contains(id)) && added.insert(place) {
                named.extend(forms::names(form));
            }
        }
        if added.len() == before {
            return added.into_iter().map(|place| prelude[place]).collect();
        }
    }
}

/// Gives the lifecycle's functions the names a component's are looked up by.
fn name_exports(text: &str) -> String {
    let mut text = text.to_owned();
    for function in LIFECYCLE {
        let full = format!("sentinel:agent/lifecycle@VERSION#{function}");
        for prefix in ["", "cabi_post_"] {
            let short = format!("(export \"{prefix}{function}\")");
            text = text.replace(&short, &format!("(export \"{prefix}{full}\")"));
        }
    }
    text
}
