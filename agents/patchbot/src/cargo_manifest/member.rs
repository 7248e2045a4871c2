//! `this may be fixable by adding `crates/rope` to the `workspace.members`
//! array of the manifest located at: Cargo.toml`, of a package that the push
//! made.

use toml::Value;

use super::{Manifest, Mended, between, value};
use crate::push::Push;
use crate::workspace::Workspace;

pub(super) fn mend(lines: &[&str], workspace: &dyn Workspace, push: &Push) -> Mended {
    let mark = "this may be fixable by adding `";
    let said = lines.iter().find(|line| line.contains(mark))?;
    let member = between(said, mark, "` to the `workspace.members` array")?;
    let plain = |c: char| c.is_alphanumeric() || "/_-.".contains(c);
    if !member.chars().all(plain) || member.contains("..") || member.is_empty() {
        return None;
    }
    let listing = workspace.listing();
    let has = |path: &&str| {
        let directory = path.strip_suffix("Cargo.toml").unwrap_or_default();
        listing
            .kind(&format!("{directory}{member}/Cargo.toml"))
            .is_some()
    };
    let manifests = listing.named("Cargo.toml").map(|(path, _)| path);
    let roots = manifests
        .filter(has)
        .filter_map(|path| Manifest::read(path, workspace));
    let mut roots = roots.filter(|root| value(&root.table, &["workspace", "members"]).is_some());
    let (root, None) = (roots.next()?, roots.next()) else {
        return None;
    };
    // One that was there before was left out by somebody.
    if !push
        .changed
        .contains(&format!("{}{member}/Cargo.toml", root.directory()))
    {
        return None;
    }
    let change = root.with(grown(&root, member)?)?;
    let why = format!("Cargo says that {member} is in no workspace, and which list lacks it.");
    Some((vec![change], why))
}

/// The manifest with one more member, in its place and in the manner of the
/// others.
fn grown(root: &Manifest, member: &str) -> Option<String> {
    let members = value(&root.table, &["workspace", "members"])?.as_array()?;
    let names: Vec<&str> = members.iter().filter_map(Value::as_str).collect();
    let at = root.text.find("members")?;
    let open = at + root.text[at..].find('[')?;
    let close = open + root.text[open..].find(']')?;
    let quoted = |name: &str| format!("\"{name}\"");
    let inner = &root.text[open + 1..close];
    let after = names
        .iter()
        .find(|name| names.is_sorted() && **name > member);
    let many = inner.contains('\n');
    let inner = match (after, many) {
        (Some(next), _) => {
            let place = inner.find(&quoted(next))?;
            let line = inner[..place].rfind('\n').map_or(place, |feed| feed);
            let gap = if many { &inner[line..place] } else { " " };
            format!(
                "{}{},{gap}{}",
                &inner[..place],
                quoted(member),
                &inner[place..]
            )
        }
        (None, false) if names.is_empty() => quoted(member),
        (None, false) => format!(
            "{}, {}",
            inner.trim_end().trim_end_matches(','),
            quoted(member)
        ),
        (None, true) => {
            let last = inner.find(&quoted(names.last()?))?;
            let gap = &inner[inner[..last].rfind('\n')?..last];
            let head = inner.trim_end().trim_end_matches(',');
            format!("{head},{gap}{},\n", quoted(member))
        }
    };
    let text = format!("{}{inner}{}", &root.text[..=open], &root.text[close..]);
    let again: toml::Table = text.parse().ok()?;
    let listed = value(&again, &["workspace", "members"])?.as_array()?;
    (listed.len() == names.len() + 1).then_some(text)
}
