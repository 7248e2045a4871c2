//! A feature that a package of the repository does not have, and the one that
//! cargo says it has: `package `hull` does have feature `planks``.

use super::{Mended, between, package, value};
use crate::known_rule::is_slip;
use crate::push::Push;
use crate::workspace::Workspace;

pub(super) fn mend(lines: &[&str], workspace: &dyn Workspace, _: &Push) -> Mended {
    let said = lines
        .iter()
        .find(|line| line.contains(" does not have that feature"))?;
    let by = between(said, "package `", "` depends on")?;
    let name = between(said, "depends on `", "` with feature")?;
    let wrong = between(said, "with feature `", "`")?;
    let offer = format!("package `{name}` does have feature `");
    let right = lines.iter().find_map(|line| between(line, &offer, "`"))?;
    let (own, user) = (package(name, workspace)?, package(by, workspace)?);
    let features = value(&own.table, &["features"])?.as_table()?;
    let number = |one: &str, two: &str| one.strip_suffix('s') == Some(two);
    let meant = is_slip(wrong, right) || number(wrong, right) || number(right, wrong);
    if !meant || !features.contains_key(right) || features.contains_key(wrong) {
        return None;
    }
    let change = user.replaced(name, &format!("\"{wrong}\""), &format!("\"{right}\""))?;
    let why = format!("{name} of this repository has the feature {right}, and no {wrong}.");
    Some((vec![change], why))
}
