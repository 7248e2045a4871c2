//! Which permission or secret a message asks for.

/// What is missing, and where it is given.
pub(super) struct Missing {
    pub title: String,
    pub advice: String,
}

/// A message and all that its line has to hold.
struct Row {
    says: &'static [&'static str],
    title: &'static str,
    advice: &'static str,
}

const fn row(says: &'static [&'static str], title: &'static str, advice: &'static str) -> Row {
    Row {
        says,
        title,
        advice,
    }
}

/// The first that fits. Texts are lower case.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(&["without `workflows` permission"], "`workflows: write` is missing", "The token may not change files below `.github/workflows`. `GITHUB_TOKEN` never may; use a GitHub App or a token with the `workflow` scope."),
    row(&["not permitted to create or approve pull requests"], "Actions may not open pull requests here", "A repository setting forbids it: Settings → Actions → General → Workflow permissions → \"Allow GitHub Actions to create and approve pull requests\"."),
    row(&["write_package"], "`packages: write` is missing", "Add `packages: write` to the job's `permissions:`, and grant the repository access in the package's settings."),
    row(&["installation not allowed to create organization package"], "`packages: write` is missing", "Add `packages: write` to the job's `permissions:`; the organisation has to allow packages, too."),
    row(&["actions_id_token_request_url"], "`id-token: write` is missing", "Add `id-token: write` to the job's `permissions:`; without it no OIDC token is issued. Runs of forks never get one."),
    row(&["id-token: write"], "`id-token: write` is missing", "Add `id-token: write` to the job's `permissions:`."),
    row(&["resource not accessible by integration", "/check-runs"], "`checks: write` is missing", "Add `checks: write` to the job's `permissions:`."),
    row(&["resource not accessible by integration", "/statuses"], "`statuses: write` is missing", "Add `statuses: write` to the job's `permissions:`."),
    row(&["resource not accessible by integration", "/releases"], "`contents: write` is missing", "Add `contents: write` to the job's `permissions:`."),
    row(&["resource not accessible by integration", "/deployments"], "`deployments: write` is missing", "Add `deployments: write` to the job's `permissions:`."),
    row(&["resource not accessible by integration", "/pages"], "`pages: write` is missing", "Add `pages: write` and `id-token: write` to the job's `permissions:`."),
    row(&["resource not accessible by integration", "comments"], "`pull-requests: write` or `issues: write` is missing", "Add the one that the comment is made on to the job's `permissions:`; runs of forks get a read-only token whatever is written there."),
    row(&["resource not accessible by integration", "/pulls"], "`pull-requests: write` is missing", "Add `pull-requests: write` to the job's `permissions:`."),
    row(&["resource not accessible by integration", "/issues"], "`issues: write` is missing", "Add `issues: write` to the job's `permissions:`."),
    row(&["resource not accessible by integration", "code-scanning"], "`security-events: write` is missing", "Add `security-events: write` to the job's `permissions:`."),
    row(&["resource not accessible by integration"], "the job's token lacks a permission", "Add the permission that the failed call needs to the job's `permissions:`; the log does not name it. Runs of forks get a read-only token."),
    row(&["denied to github-actions[bot]"], "`contents: write` is missing", "The job pushes with a token that may only read. Add `contents: write` to its `permissions:`."),
    row(&["permission to ", " denied to "], "the pushing account may not write to this repository", "Give the account or the token write access to the repository (`contents: write`)."),
    row(&["could not read username for"], "no credential for a repository over HTTPS", "A checkout or a submodule is private, or the token is empty: pass `token:` to the checkout, or make the dependency readable."),
    row(&["permission denied (publickey"], "no SSH key that the server accepts", "Add a deploy key, or pass `ssh-key:` to the checkout; runs of forks get no secrets."),
    row(&["is not authorized to perform: "], "an AWS permission is missing", "Add the action that the message names to the role's policy."),
    row(&["could not be loaded", "credentials"], "no cloud credential could be loaded", "Add `id-token: write` to the job's `permissions:` if the role is assumed by OIDC; otherwise the secret is empty here."),
    row(&["permission '", "' denied"], "a Google Cloud permission is missing", "Grant the service account a role that holds the permission which the message names."),
    row(&["eneedauth"], "no npm token", "Set `NODE_AUTH_TOKEN` from a secret with the right to publish."),
    row(&["npm", "e401"], "the npm token is missing or expired", "Set `NODE_AUTH_TOKEN` from a valid secret."),
    row(&["403 forbidden - put", "npm"], "the npm token may not publish this package", "Use a token with publish rights for the package's scope."),
    row(&["upload.pypi.org", "403"], "PyPI refuses the upload's credential", "Register this workflow as a trusted publisher (`id-token: write`), or use a token for the project."),
    row(&["please provide a non-empty token"], "`CARGO_REGISTRY_TOKEN` is missing", "Set it from a secret with the scope `publish-update`."),
    row(&["no token found, please run `cargo login`"], "`CARGO_REGISTRY_TOKEN` is missing", "Set it from a secret with the scope `publish-update`."),
    row(&["username and password required"], "the registry login's secrets are empty here", "Secrets are not handed to runs of forks or of dependabot; give them there or skip the step."),
    row(&["username required"], "the registry login's secrets are empty here", "Secrets are not handed to runs of forks or of dependabot; give them there or skip the step."),
    row(&["input required and not supplied: "], "an action's input is empty", "Mostly a secret that is not set, or that runs of forks do not get. The message names the input."),
    row(&["requested access to the resource is denied"], "the image registry refuses the push", "Log in before the push with an account that may write to this repository of images."),
    row(&["unauthorized: authentication required"], "no login to the image registry", "Log in before pulling or pushing."),
    row(&["permission denied", "./"], "a script is not executable", "Set its executable bit: `git update-index --chmod=+x PATH`. Modes are not changed by an agent."),
];

/// What the first line that tells asks for.
pub(super) fn missing<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Missing> {
    let lines: Vec<(&str, String)> = lines.map(|line| (line, line.to_lowercase())).collect();
    ROWS.iter().find_map(|row| {
        let says = |line: &&(&str, String)| row.says.iter().all(|part| line.1.contains(part));
        let (line, _) = lines.iter().find(says)?;
        Some(Missing {
            title: row.title.to_owned(),
            advice: format!("{} ({})", row.advice, line.trim()),
        })
    })
}
