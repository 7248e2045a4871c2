//! GitLab's word for why a job failed, as far as it matters whether its log is
//! read.

/// What a person should look at where the reason says that the repository's
/// code is not the cause; none where the log is to be read. Reasons that a
/// later GitLab invents are read too: an agent that finds nothing abstains.
pub fn not_the_code(reason: &str) -> Option<&'static str> {
    match reason {
        "runner_system_failure" | "runner_unsupported" | "runner_provider_failure" => {
            Some("the runner failed, not the job; run it again")
        }
        "stuck_or_timeout_failure"
        | "stuck_pending"
        | "no_matching_runner"
        | "scheduler_failure"
        | "stale_schedule" => {
            Some("no runner took the job or kept it; look at the project's runners")
        }
        "job_execution_timeout" => {
            Some("the job ran out of time; look at what it waited for, or raise its timeout")
        }
        "api_failure" | "data_integrity_failure" | "trace_size_exceeded" => {
            Some("GitLab failed, not the job; run it again")
        }
        "ci_quota_exceeded"
        | "builds_disabled"
        | "user_blocked"
        | "project_deleted"
        | "ip_restriction_failure"
        | "archived_failure" => {
            Some("GitLab does not let the project run jobs; look at its settings and quota")
        }
        "missing_dependency_failure" => {
            Some("an artifact the job needs is gone; run the earlier jobs again")
        }
        "unmet_prerequisites"
        | "environment_creation_failure"
        | "deployment_rejected"
        | "forward_deployment_failure"
        | "failed_outdated_deployment_job"
        | "protected_environment_failure" => {
            Some("a deployment was refused; that is not repaired by a patch")
        }
        "secrets_provider_not_found" | "insufficient_bridge_permissions" => {
            Some("a credential or a permission is missing; no patch may supply one")
        }
        _ => None,
    }
}
