//! Signing in as the App.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs1KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::super::server::Reply;
use super::super::state::{APP_ID, Issued, State};
use super::super::{APP_KEY_PKCS1, INSTALLATION};
use super::{Caller, not_found};

/// Whether a bearer is a JSON Web Token that GitHub would take from our App.
pub fn is_signed(bearer: &str) -> bool {
    claims(bearer).is_some_and(|claims| {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a clock")
            .as_secs();
        let number = |name: &str| claims[name].as_u64().unwrap_or_default();
        let ours = claims["iss"].as_str() == Some(&APP_ID.to_string());
        let (issued, expires) = (number("iat"), number("exp"));
        ours && issued <= now && expires > now && expires <= now + 600 && expires - issued <= 600
    })
}

fn claims(bearer: &str) -> Option<Value> {
    let (signed, signature) = bearer.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let header: Value = serde_json::from_slice(&part(header)?).ok()?;
    if header["alg"] != "RS256" {
        return None;
    }
    let der = PrivatePkcs1KeyDer::from_pem_slice(APP_KEY_PKCS1.as_bytes()).ok()?;
    let key = KeyPair::from_der(der.secret_pkcs1_der()).ok()?;
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().as_ref());
    public.verify(signed.as_bytes(), &part(signature)?).ok()?;
    serde_json::from_slice(&part(claims)?).ok()
}

pub fn installation(state: &State, caller: &Caller, name: &str) -> Reply {
    if !matches!(caller, Caller::App) {
        return Reply::message(401, "A JSON web token could not be decoded");
    }
    match state.repositories.get(name) {
        Some(repo) if !repo.app_not_installed => Reply::json(
            200,
            json!({
                "id": INSTALLATION,
                "app_id": APP_ID,
                "permissions": state.granted,
                "suspended_at": state.suspended.then_some("2026-01-01T00:00:00Z"),
            }),
        ),
        _ => not_found(),
    }
}

pub fn access_token(state: &mut State, caller: &Caller, id: &str, body: &Value) -> Reply {
    if !matches!(caller, Caller::App) {
        return Reply::message(401, "A JSON web token could not be decoded");
    }
    if id != INSTALLATION.to_string() {
        return not_found();
    }
    if state.suspended {
        return Reply::message(403, "This installation has been suspended");
    }
    let asked: BTreeMap<String, String> =
        serde_json::from_value(body["permissions"].clone()).unwrap_or_default();
    let beyond = asked.iter().any(|(name, level)| {
        let granted = state.granted.get(name);
        granted.is_none_or(|granted| granted != level && granted != "write")
    });
    if beyond {
        let message = "The permissions requested are not granted to this installation.";
        return Reply::message(422, message);
    }
    let wanted: Vec<String> =
        serde_json::from_value(body["repositories"].clone()).unwrap_or_default();
    let of = |full: &&String| {
        wanted
            .iter()
            .any(|name| full.ends_with(&format!("/{name}")))
    };
    let repositories: Vec<String> = state.repositories.keys().filter(of).cloned().collect();
    issue(state, repositories, asked)
}

fn issue(
    state: &mut State,
    repositories: Vec<String>,
    permissions: BTreeMap<String, String>,
) -> Reply {
    let number = state.next();
    let token = format!("ghs_{number:036}");
    let expires = jiff::Timestamp::now()
        .checked_add(jiff::SignedDuration::from_secs(state.token_life))
        .expect("a time");
    let body = json!({
        "token": token,
        "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "permissions": permissions,
        "repository_selection": "selected",
    });
    let issued = Issued {
        repositories,
        permissions,
        revoked: false,
    };
    state.issued.insert(token, issued);
    Reply::json(201, body)
}
