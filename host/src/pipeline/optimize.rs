//! Tree → findings about its CI configuration.

use std::path::Path;
use std::sync::Arc;

use super::Agents;
use super::agents::workspace;
use crate::ids::TaskId;
use crate::sandbox::Report;
use crate::tree::Tree;

/// Has ConfigOptimizer look over a checkout.
pub async fn optimize(agents: &Agents, directory: &Path, tree: Tree) -> Report {
    let task = TaskId::derive(&["optimize", &directory.display().to_string()]);
    agents
        .optimize(task, workspace(directory, Arc::new(tree)))
        .await
}
