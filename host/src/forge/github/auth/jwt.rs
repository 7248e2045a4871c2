//! The App's own signature: a JSON Web Token, RS256, good for minutes.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::json;

use super::super::settings::{Secret, SettingsError};
use super::super::wire::unexpected;
use crate::forge::Result;

/// GitHub refuses a token "issued in the future"; its advice is a minute.
const CLOCK_DRIFT_SECONDS: u64 = 60;

/// From `iat` to `exp`; GitHub takes ten minutes at most.
const LIFE_SECONDS: u64 = 10 * 60;

pub(super) struct Signer {
    app: u64,
    key: KeyPair,
    random: SystemRandom,
}

impl Signer {
    pub fn new(app: u64, pem: &str) -> std::result::Result<Signer, SettingsError> {
        let bad = SettingsError::PrivateKey;
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| bad("it is no PEM private key"))?;
        let key = match &der {
            PrivateKeyDer::Pkcs1(key) => KeyPair::from_der(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
            _ => return Err(bad("it is no RSA key")),
        };
        Ok(Signer {
            app,
            key: key.map_err(|_| bad("it is no RSA key of 2048 to 4096 bits"))?,
            random: SystemRandom::new(),
        })
    }

    pub fn sign(&self) -> Result<Secret> {
        let broken = |why: &str| unexpected(super::WHAT, why);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|_| broken("this machine's clock is before 1970"))?
            .as_secs();
        let issued = now.saturating_sub(CLOCK_DRIFT_SECONDS);
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let claims =
            json!({"iat": issued, "exp": issued + LIFE_SECONDS, "iss": self.app.to_string()});
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &self.random,
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| broken("the key does not sign"))?;
        let signature = URL_SAFE_NO_PAD.encode(signature);
        Ok(Secret::new(format!("{signed}.{signature}")))
    }
}
