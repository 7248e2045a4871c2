//! Jenkins signs nothing by itself: its sender is known by a secret in the
//! address, by basic auth, or, where a job's own step sends, by a signature as
//! GitHub's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Refusal, VerifiedDelivery, check_signature, same};
use crate::ids::Digest;

/// What a request carries beside its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// The last part of the address, where there is one.
    pub path: Option<&'a str>,
    /// `Authorization`
    pub authorization: Option<&'a [u8]>,
    /// `X-Hub-Signature-256`
    pub signature: Option<&'a [u8]>,
}

/// What is configured. All that a request presents has to be right, and one of
/// it configured.
#[derive(Clone, Default)]
pub struct Secrets {
    pub path: Option<Vec<u8>>,
    pub basic: Option<Basic>,
    pub hmac: Option<Vec<u8>>,
}

#[derive(Clone)]
pub struct Basic {
    pub user: String,
    pub password: Vec<u8>,
}

impl Secrets {
    pub fn is_empty(&self) -> bool {
        self.path.is_none() && self.basic.is_none() && self.hmac.is_none()
    }
}

const PATH: &str = "address";
const AUTHORIZATION: &str = "Authorization";

/// Whether any proof is there, before a body is read.
pub fn check_form(headers: Headers<'_>) -> Result<(), Refusal> {
    match (headers.path, headers.authorization, headers.signature) {
        (None, None, None) => Err(Refusal::ProofMissing {
            header: AUTHORIZATION,
        }),
        (Some(_), _, _) | (_, Some(_), _) | (_, _, Some(_)) => Ok(()),
    }
}

/// Checks every proof that a request presents.
pub fn verify(
    secrets: &Secrets,
    headers: Headers<'_>,
    body: Vec<u8>,
) -> Result<VerifiedDelivery, Refusal> {
    let mut proven = false;
    if let Some(given) = headers.path {
        let expected = secrets.path.as_deref();
        check(
            expected.is_some_and(|expected| same(expected, given.as_bytes())),
            PATH,
        )?;
        proven = true;
    }
    if let Some(given) = headers.authorization {
        let right = secrets
            .basic
            .as_ref()
            .is_some_and(|basic| fits(basic, given));
        check(right, AUTHORIZATION)?;
        proven = true;
    }
    if let Some(given) = headers.signature {
        let secret = secrets.hmac.as_deref().ok_or(Refusal::SignatureWrong)?;
        check_signature(secret, given, &body)?;
        proven = true;
    }
    if !proven {
        return check_form(headers).and(Err(Refusal::ProofWrong {
            header: AUTHORIZATION,
        }));
    }
    Ok(VerifiedDelivery {
        // Jenkins names neither event nor delivery; the body is all there is.
        id: Digest::of(&body).hex(),
        event: "notification".to_owned(),
        id_is_signed: false,
        body,
    })
}

fn check(right: bool, header: &'static str) -> Result<(), Refusal> {
    match right {
        true => Ok(()),
        false => Err(Refusal::ProofWrong { header }),
    }
}

/// `Basic` and base64 of `user:password`. Both parts are compared at once, so
/// that a right user is not told from a wrong one.
fn fits(basic: &Basic, given: &[u8]) -> bool {
    let Some((scheme, encoded)) = given.split_at_checked("Basic ".len()) else {
        return false;
    };
    let expected = [basic.user.as_bytes(), b":", &basic.password].concat();
    let decoded = STANDARD.decode(encoded.trim_ascii()).unwrap_or_default();
    scheme.eq_ignore_ascii_case(b"Basic ") && same(&expected, &decoded)
}
