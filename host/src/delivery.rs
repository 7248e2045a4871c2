//! A webhook request and the proof that its sender knows the secret.

pub mod gitlab;
pub mod jenkins;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids::Digest;

/// GitHub sends nothing larger ("payloads are capped at 25 MB"), and what
/// other senders of signed webhooks send is far smaller.
pub const MAX_BODY_BYTES: usize = 25 * 1024 * 1024;

/// Longest delivery id taken; GitHub's are UUIDs (36 characters).
const MAX_DELIVERY_ID_BYTES: usize = 128;

/// What a webhook says about itself beside its body. None of it is covered by
/// the signature: hints only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// `X-Hub-Signature-256`
    pub signature: Option<&'a [u8]>,
    /// `X-GitHub-Event`
    pub event: Option<&'a str>,
    /// `X-GitHub-Delivery`
    pub delivery: Option<&'a str>,
}

/// Bytes that came with a proof that their sender knows the secret. Only this
/// module and those below it make one: [`verify`], [`gitlab::verify`],
/// [`jenkins::verify`].
#[derive(Debug)]
pub struct VerifiedDelivery {
    body: Vec<u8>,
    event: String,
    id: String,
    id_is_signed: bool,
}

/// Why a request is not a delivery. The sender reads this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "the X-Hub-Signature-256 header is missing; set the same secret on the webhook and in \
         sentinel.toml"
    )]
    SignatureMissing,
    #[error("the X-Hub-Signature-256 header is not `sha256=` and 64 hexadecimal digits")]
    SignatureMalformed,
    #[error(
        "the signature does not fit the body; the secret on the webhook and in sentinel.toml \
         differ, or something on the way changed the body"
    )]
    SignatureWrong,
    #[error("the {0} header is missing or not plain text")]
    HeaderMissing(&'static str),
    #[error(
        "the {header} header is missing; set the same secret on the webhook and in sentinel.toml"
    )]
    ProofMissing { header: &'static str },
    #[error("the {header} header does not have the form it should: {form}")]
    ProofMalformed {
        header: &'static str,
        form: &'static str,
    },
    #[error(
        "the {header} header is not right; the secret on the webhook and in sentinel.toml differ"
    )]
    ProofWrong { header: &'static str },
    #[error(
        "the delivery was signed more than {minutes} minutes ago or ahead; deliver it again, and \
         check both machines' clocks"
    )]
    TooOld { minutes: i64 },
}

impl Refusal {
    /// Whether it says that the sender did not prove to know the secret, and
    /// not that the request lacks something.
    pub fn is_unproven(&self) -> bool {
        match self {
            Refusal::HeaderMissing(_) => false,
            Refusal::SignatureMissing
            | Refusal::SignatureMalformed
            | Refusal::SignatureWrong
            | Refusal::ProofMissing { .. }
            | Refusal::ProofMalformed { .. }
            | Refusal::ProofWrong { .. }
            | Refusal::TooOld { .. } => true,
        }
    }
}

/// Checks `X-Hub-Signature-256`: HMAC-SHA256 over the raw bytes, compared in
/// constant time (GitHub, "Validating webhook deliveries").
///
/// The signature is looked at before anything else, so that an unsigned
/// request learns nothing about what we take.
pub fn verify(
    secret: &[u8],
    headers: Headers<'_>,
    body: Vec<u8>,
) -> Result<VerifiedDelivery, Refusal> {
    let signature = headers.signature.ok_or(Refusal::SignatureMissing)?;
    check_signature(secret, signature, &body)?;
    let event = plain(headers.event).ok_or(Refusal::HeaderMissing("X-GitHub-Event"))?;
    let id = plain(headers.delivery).ok_or(Refusal::HeaderMissing("X-GitHub-Delivery"))?;
    Ok(VerifiedDelivery {
        body,
        event,
        id,
        id_is_signed: false,
    })
}

fn check_signature(secret: &[u8], signature: &[u8], body: &[u8]) -> Result<(), Refusal> {
    let expected = parse_signature(signature).ok_or(Refusal::SignatureMalformed)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(body);
    mac.verify_slice(&expected)
        .map_err(|_| Refusal::SignatureWrong)
}

/// Whether two secrets are the same, in a time that tells nothing about either,
/// not even its length.
fn same(expected: &[u8], given: &[u8]) -> bool {
    let of = |bytes: &[u8]| {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(expected).expect("HMAC takes a key of any length");
        mac.update(bytes);
        mac
    };
    let given = of(given).finalize().into_bytes();
    of(expected).verify_slice(&given).is_ok()
}

/// Whether a signature is there and has the right form, before a body is read.
pub fn check_form(signature: Option<&[u8]>) -> Result<(), Refusal> {
    let signature = signature.ok_or(Refusal::SignatureMissing)?;
    parse_signature(signature)
        .map(drop)
        .ok_or(Refusal::SignatureMalformed)
}

fn parse_signature(header: &[u8]) -> Option<[u8; 32]> {
    let digits = header.strip_prefix(b"sha256=")?;
    let mut signature = [0; 32];
    hex::decode_to_slice(digits, &mut signature).ok()?;
    Some(signature)
}

fn plain(header: Option<&str>) -> Option<String> {
    let text = header?;
    let good = !text.is_empty()
        && text.len() <= MAX_DELIVERY_ID_BYTES
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    good.then(|| text.to_owned())
}

/// The `X-Hub-Signature-256` value for a body.
pub fn sign(secret: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

impl VerifiedDelivery {
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The event header: a hint that the body has to bear out.
    pub fn event(&self) -> &str {
        &self.event
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the signature covers the id: then it alone tells a delivery from
    /// another.
    pub fn id_is_signed(&self) -> bool {
        self.id_is_signed
    }

    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    pub fn digest(&self) -> Digest {
        Digest::of(&self.body)
    }
}
