//! Tree → findings about its CI configuration.

use super::Agents;
use crate::ids::TaskId;
use crate::sandbox::{Report, Workspace};

/// Has ConfigOptimizer look over a tree.
pub async fn optimize(agents: &Agents, workspace: Workspace) -> Report {
    let tree = workspace.tree.id();
    let tree = tree.map(|id| id.to_string()).unwrap_or_default();
    let task = TaskId::derive(&["optimize", &tree]);
    agents.optimize(task, workspace).await
}
