//! GitLab's two proofs: the secret itself in `X-Gitlab-Token`, and the newer
//! signing token after the Standard Webhooks specification.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Refusal, VerifiedDelivery, plain, same};
use crate::ids::Digest;
use crate::time::Timestamp;

/// What a webhook says about itself beside its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// `X-Gitlab-Token`
    pub token: Option<&'a [u8]>,
    /// `webhook-signature`
    pub signature: Option<&'a str>,
    /// `webhook-timestamp`, in seconds
    pub timestamp: Option<&'a str>,
    /// `webhook-id`
    pub webhook_id: Option<&'a str>,
    /// `Idempotency-Key`
    pub idempotency_key: Option<&'a str>,
    /// `X-Gitlab-Event`
    pub event: Option<&'a str>,
}

/// What is configured; a delivery needs one of them to be right.
#[derive(Clone, Default)]
pub struct Secrets {
    pub token: Option<Vec<u8>>,
    pub signing: Option<SigningKey>,
}

impl Secrets {
    pub fn is_empty(&self) -> bool {
        self.token.is_none() && self.signing.is_none()
    }
}

/// The key of a signing token.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

/// A signing token that has no key in it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signing token is `whsec_` and base64, as GitLab shows it")]
pub struct NotASigningToken;

impl SigningKey {
    /// From the token as it is shown: `whsec_` and the key in base64.
    pub fn parse(token: &str) -> Result<SigningKey, NotASigningToken> {
        let text = token.strip_prefix("whsec_").unwrap_or(token);
        match STANDARD.decode(text) {
            Ok(key) if !key.is_empty() => Ok(SigningKey(key)),
            Ok(_) | Err(_) => Err(NotASigningToken),
        }
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(id.as_bytes());
        mac.update(b".");
        mac.update(timestamp.as_bytes());
        mac.update(b".");
        mac.update(body);
        mac
    }

    /// The `webhook-signature` value for a delivery.
    pub fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let signature = self.mac(id, timestamp, body).finalize().into_bytes();
        format!("{VERSION}{}", STANDARD.encode(signature))
    }
}

/// The version of a symmetric signature; others (`v1a,` is asymmetric) may
/// stand beside it.
const VERSION: &str = "v1,";

/// How far a delivery's time may lie from ours, in minutes: what the
/// specification's libraries allow. Older ones are replays.
const TOLERANCE_MINUTES: i64 = 5;

/// Signatures of one header that are tried: one for each key while keys are
/// changed. Each costs a comparison, not another pass over the body.
const MAX_SIGNATURES: usize = 8;

const TOKEN: &str = "X-Gitlab-Token";
const SIGNATURE: &str = "webhook-signature";

/// Whether a proof is there at all, before a body is read.
pub fn check_form(headers: Headers<'_>) -> Result<(), Refusal> {
    match (headers.signature, headers.token) {
        (None, None) => Err(Refusal::ProofMissing { header: TOKEN }),
        (Some(_), _) | (None, Some(_)) => Ok(()),
    }
}

/// Checks the signature where there is one and a signing token is configured,
/// else the plain token. A wrong signature is not saved by a right token.
pub fn verify(
    secrets: &Secrets,
    headers: Headers<'_>,
    body: Vec<u8>,
    now: Timestamp,
) -> Result<VerifiedDelivery, Refusal> {
    let signed = match (&secrets.signing, headers.signature, &secrets.token) {
        (Some(key), Some(signature), _) => {
            check_signature(key, headers, signature, &body, now)?;
            true
        }
        (_, _, Some(token)) => {
            check_token(token, headers.token)?;
            false
        }
        (Some(_), None, None) => return Err(Refusal::ProofMissing { header: SIGNATURE }),
        (None, _, None) => return Err(Refusal::ProofMissing { header: TOKEN }),
    };
    let event = event(headers.event).ok_or(Refusal::HeaderMissing("X-Gitlab-Event"))?;
    let id = match signed {
        true => headers.webhook_id,
        false => headers.idempotency_key.or(headers.webhook_id),
    };
    Ok(VerifiedDelivery {
        // Servers before 17 name no delivery: its body does.
        id: plain(id).unwrap_or_else(|| Digest::of(&body).hex()),
        id_is_signed: signed,
        event,
        body,
    })
}

/// Event names hold spaces, as other names do not.
fn event(header: Option<&str>) -> Option<String> {
    let text = header?;
    plain(Some(&text.replace(' ', "-"))).map(|_| text.to_owned())
}

fn check_token(expected: &[u8], given: Option<&[u8]>) -> Result<(), Refusal> {
    let given = given.ok_or(Refusal::ProofMissing { header: TOKEN })?;
    match same(expected, given) {
        true => Ok(()),
        false => Err(Refusal::ProofWrong { header: TOKEN }),
    }
}

fn check_signature(
    key: &SigningKey,
    headers: Headers<'_>,
    signatures: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Refusal> {
    let id = headers
        .webhook_id
        .filter(|id| plain(Some(id)).is_some())
        .ok_or(Refusal::ProofMissing {
            header: "webhook-id",
        })?;
    let timestamp = headers.timestamp.ok_or(Refusal::ProofMissing {
        header: "webhook-timestamp",
    })?;
    let seconds: i64 = timestamp.parse().map_err(|_| Refusal::ProofMalformed {
        header: "webhook-timestamp",
        form: "seconds since 1970",
    })?;
    let mac = key.mac(id, timestamp, body);
    let right = signatures
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|signature| signature.strip_prefix(VERSION))
        .filter_map(|signature| STANDARD.decode(signature).ok())
        .any(|signature| mac.clone().verify_slice(&signature).is_ok());
    if !right {
        return Err(Refusal::ProofWrong { header: SIGNATURE });
    }
    // Only now: who does not know the key does not learn our clock.
    let age = now.0.saturating_sub(seconds.saturating_mul(1000));
    match age.unsigned_abs() <= TOLERANCE_MINUTES.unsigned_abs() * 60_000 {
        true => Ok(()),
        false => Err(Refusal::TooOld {
            minutes: TOLERANCE_MINUTES,
        }),
    }
}
