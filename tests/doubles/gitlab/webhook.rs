//! The hooks that GitLab sends, after the shape its documentation shows.

use sentinel::delivery::gitlab::SigningKey;
use serde_json::{Value, json};

use super::{GitLab, Pipeline, ProjectHandle, SIGNING_TOKEN, WEBHOOK_TOKEN};

/// A hook as it arrives.
#[derive(Debug, Clone)]
pub struct Hook {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Hook {
    /// With the plain token, as every GitLab sends it.
    pub fn with_token(event: &str, key: &str, body: &Value) -> Hook {
        let headers = [
            ("x-gitlab-token", WEBHOOK_TOKEN),
            ("x-gitlab-event", event),
            ("idempotency-key", key),
        ];
        Hook {
            headers: headers
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            body: body.to_string().into_bytes(),
        }
    }

    /// Signed with the signing token, at a time in seconds.
    pub fn signed(event: &str, id: &str, seconds: i64, body: &Value) -> Hook {
        let body = body.to_string().into_bytes();
        let seconds = seconds.to_string();
        let key = SigningKey::parse(SIGNING_TOKEN).unwrap();
        let signature = key.sign(id, &seconds, &body);
        let headers = [
            ("webhook-signature", signature.as_str()),
            ("webhook-id", id),
            ("webhook-timestamp", &seconds),
            ("idempotency-key", id),
            ("x-gitlab-event", event),
        ];
        Hook {
            headers: headers
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            body,
        }
    }

    pub fn without(mut self, header: &str) -> Hook {
        self.headers.retain(|(name, _)| name != header);
        self
    }

    pub fn with(self, header: &str, value: &str) -> Hook {
        let mut hook = self.without(header);
        hook.headers.push((header.into(), value.into()));
        hook
    }
}

impl GitLab {
    /// The body of a pipeline hook.
    pub fn pipeline_body(&self, project: &ProjectHandle<'_>, pipeline: &Pipeline) -> Value {
        let id = project.with(|project| project.id);
        let builds: Vec<Value> = pipeline
            .jobs
            .iter()
            .map(|job| {
                json!({"id": job.id, "stage": "test", "name": job.name, "status": job.status,
                       "allow_failure": job.allow_failure, "failure_reason": job.failure_reason})
            })
            .collect();
        let request = pipeline.merge_request.map(|(iid, source)| {
            json!({"id": iid + 1000, "iid": iid, "source_branch": pipeline.branch,
                   "source_project_id": source, "target_branch": "main",
                   "target_project_id": id, "state": "opened"})
        });
        json!({
            "object_kind": "pipeline",
            "object_attributes": {
                "id": pipeline.id, "iid": 3, "ref": pipeline.branch, "tag": pipeline.tag,
                "sha": pipeline.commit, "source": pipeline.source, "status": pipeline.status,
                "detailed_status": pipeline.status, "stages": ["test"],
            },
            "merge_request": request,
            "user": {"id": 1, "name": "Dana", "username": "dana"},
            "project": {"id": id, "name": "Widget", "path_with_namespace": project.path,
                        "web_url": format!("{}/{}", self.url(), project.path),
                        "default_branch": "main"},
            "commit": {"id": pipeline.commit, "message": "a change\n"},
            "builds": builds,
        })
    }
}
