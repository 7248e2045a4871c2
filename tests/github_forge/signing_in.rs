//! Who the adapter says it is, and what it is then allowed.

use sentinel::forge::github::{Auth, GitHub as Adapter, Secret, Settings, SettingsError};
use sentinel::forge::{Ci as _, Forge, ForgeError};
use serde_json::json;

use super::{branch, widget};
use crate::doubles::github::{APP_ID, APP_KEY_PKCS8, Fault, GitHub, PERSONAL_TOKEN};

const SIGN_IN: &str = "POST /app/installations/*/access_tokens";

#[tokio::test]
async fn an_apps_token_is_for_one_repository_and_five_permissions() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    github.repository("acme/other").file("a", "b").commit("c");
    let forge = github.forge();
    let head = forge
        .branch_head(&repository.id(), &branch("main"))
        .await
        .expect("a head");
    assert_eq!(head, repository.head("main"));
    assert_eq!(
        github.issued_permissions(),
        [json!({
            "repositories": ["acme/widget"],
            "permissions": {"metadata": "read", "actions": "read", "contents": "write",
                            "pull_requests": "write", "checks": "write"},
        })]
    );
}

#[tokio::test]
async fn many_requests_at_once_sign_in_once() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let forge = github.forge();
    let (id, main) = (repository.id(), branch("main"));
    let all = (0..20).map(|_| forge.branch_head(&id, &main));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.expect("a head"), repository.head("main"));
    }
    assert_eq!(github.count(SIGN_IN), 1);
}

#[tokio::test]
async fn a_pkcs8_key_is_as_good() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let settings = github.settings(Auth::App {
        id: APP_ID,
        private_key_pem: Secret::new(APP_KEY_PKCS8),
    });
    let forge = Adapter::new(settings).expect("settings");
    forge.check_access(&repository.id()).await.expect("access");
}

#[tokio::test]
async fn a_token_is_replaced_before_it_expires() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    // Less than what is kept in reserve: good for one request each.
    github.token_life(240);
    let forge = github.forge();
    for _ in 0..2 {
        forge.check_access(&repository.id()).await.expect("access");
    }
    assert_eq!(github.count(SIGN_IN), 2);
    github.token_life(3600);
    for _ in 0..3 {
        forge.check_access(&repository.id()).await.expect("access");
    }
    assert_eq!(github.count(SIGN_IN), 3);
}

#[tokio::test]
async fn a_revoked_token_is_replaced_once() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let forge = github.forge();
    forge.check_access(&repository.id()).await.expect("access");
    github.revoke_tokens();
    forge
        .check_access(&repository.id())
        .await
        .expect("access again");
    assert_eq!(github.count(SIGN_IN), 2);

    github.fault("GET /repos/acme/widget", 9, Fault::status(401));
    let error = forge
        .check_access(&repository.id())
        .await
        .expect_err("refused");
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    assert_eq!(github.count(SIGN_IN), 3, "one more try, not a loop");
}

#[tokio::test]
async fn what_is_missing_is_named_with_where_to_grant_it() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    github.grant("actions", None);
    let run = repository.failed_run("main").job("lint", "bad\n").finish();
    let forge = github.forge();
    let error = forge
        .failed_jobs(&github.event(&run))
        .await
        .expect_err("not granted");
    let said = error.to_string();
    assert!(matches!(error, ForgeError::Denied { .. }), "{said}");
    assert!(
        said.contains("`actions: read`") && said.contains("acme/widget"),
        "{said}"
    );
    assert!(said.contains("Permissions & events"), "{said}");
    // What needs other permissions goes on working.
    forge
        .branch_head(&repository.id(), &branch("main"))
        .await
        .expect("contents");
    // And a grant bites at once, not when the token ends.
    github.grant("actions", Some("read"));
    assert_eq!(
        forge
            .failed_jobs(&github.event(&run))
            .await
            .expect("jobs")
            .len(),
        1
    );
}

#[tokio::test]
async fn an_app_that_is_not_there_is_told_where_to_install_it() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    repository.configure(|repo| repo.app_not_installed = true);
    let error = github
        .forge()
        .check_access(&repository.id())
        .await
        .expect_err("refused");
    assert!(error.to_string().contains("not installed"), "{error}");

    repository.configure(|repo| repo.app_not_installed = false);
    github.suspend();
    let error = github
        .forge()
        .check_access(&repository.id())
        .await
        .expect_err("refused");
    assert!(error.to_string().contains("suspended"), "{error}");
}

#[tokio::test]
async fn another_apps_signature_is_refused_with_what_to_check() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let settings = github.settings(Auth::App {
        id: APP_ID + 1,
        private_key_pem: Secret::new(APP_KEY_PKCS8),
    });
    let forge = Adapter::new(settings).expect("settings");
    let error = forge
        .check_access(&repository.id())
        .await
        .expect_err("refused");
    assert!(
        error
            .to_string()
            .contains("private key and this machine's clock"),
        "{error}"
    );
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_said_so_and_not_shown() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let settings = github.settings(Auth::Token(Secret::new("ghp_wrongwrongwrong")));
    let forge = Adapter::new(settings).expect("settings");
    let error = forge
        .check_access(&repository.id())
        .await
        .expect_err("refused");
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    assert!(
        error.to_string().contains("does not accept the credential"),
        "{error}"
    );
    assert_eq!(github.requests().len(), 1, "a token is not tried twice");
    assert!(!format!("{error} {error:?}").contains("ghp_wrong"));
}

#[tokio::test]
async fn a_repository_out_of_sight_is_not_a_branch_that_is_gone() {
    let github = GitHub::start().await;
    widget(&github);
    let hidden = github.forge();
    let unknown = sentinel::ids::Repository::new(
        sentinel::ids::ForgeKind::GitHub,
        "acme/unknown".parse().expect("a name"),
    );
    assert!(hidden.branch_head(&unknown, &branch("main")).await.is_err());
    let person = Adapter::new(github.token()).expect("settings");
    let error = person
        .branch_head(&unknown, &branch("main"))
        .await
        .expect_err("unseen");
    assert!(matches!(error, ForgeError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let token = || Auth::Token(Secret::new(PERSONAL_TOKEN));
    let refused = |settings: Settings| Adapter::new(settings).expect_err("refused");
    for api in [
        "http://api.github.com",
        "http://127.0.0.1.example.com",
        "https://user:password@ghe.example.com/api/v3",
        "https://ghe.example.com/api/v3?x=1",
        "not an address",
        "/api/v3",
        "ftp://127.0.0.1",
    ] {
        let error = refused(Settings::new(token()).at(api));
        assert!(matches!(error, SettingsError::Api(_)), "{api}: {error}");
    }
    for key in [
        "",
        "no key",
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    ] {
        let error = refused(Settings::new(Auth::App {
            id: 1,
            private_key_pem: Secret::new(key),
        }));
        assert!(matches!(error, SettingsError::PrivateKey(_)), "{error}");
    }
    for text in ["", "  ", "with\nnewline", "with space"] {
        let error = refused(Settings::new(Auth::Token(Secret::new(text))));
        assert_eq!(error, SettingsError::Token);
    }
    Adapter::new(Settings::new(token()).at("https://ghe.example.com/api/v3/"))
        .expect("an Enterprise server");
    Adapter::new(Settings::new(Auth::Token(Secret::new(format!(
        "{PERSONAL_TOKEN}\n"
    )))))
    .expect("a token from a file");
}

#[tokio::test]
async fn no_secret_is_ever_shown() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let app = github.app();
    let shown = format!("{app:?} {:?}", github.token());
    let forge = github.forge();
    forge.check_access(&repository.id()).await.expect("access");
    let mut shown = format!("{shown} {forge:?}");
    for status in [401, 403, 404, 422, 500] {
        github.fault("GET /repos/acme/widget", 2, Fault::status(status));
        let error = forge
            .check_access(&repository.id())
            .await
            .expect_err("a fault");
        shown += &format!("{error} {error:?}");
    }
    // A token's JSON cut short must not be quoted.
    let fresh = github.forge();
    github.fault(
        SIGN_IN,
        1,
        Fault::Answer {
            status: 201,
            headers: Vec::new(),
            body: r#"{"token":"ghs_secretsecretsecret","expires_at":7}"#.into(),
        },
    );
    let error = fresh
        .check_access(&repository.id())
        .await
        .expect_err("nonsense");
    shown += &format!("{error} {error:?}");
    let mut secrets = github.issued_tokens();
    secrets.extend([
        PERSONAL_TOKEN.to_owned(),
        "ghs_secret".into(),
        "PRIVATE KEY".into(),
        "eyJ".into(),
    ]);
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret} is shown in {shown}");
    }
}
