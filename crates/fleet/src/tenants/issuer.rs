//! Tokens of OpenID Connect.

use std::time::SystemTime;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use landbridge_core::{Clock, Error, ErrorKind, Result};
use reqwest::Url;
use serde_json::{Map, Value};

use super::file::IssuerEntry;
use super::keys::Keys;

/// How far the issuer's clock may be from ours, in seconds.
const LEEWAY: u64 = 30;
/// The longest token that is looked at.
const LONGEST: usize = 16 << 10;

/// One who issues tokens.
#[derive(Debug)]
pub(super) struct Issuer {
    entry: IssuerEntry,
    keys: Keys,
}

impl Issuer {
    pub(super) fn new(entry: IssuerEntry) -> Result<Self> {
        let keys = Keys::new(&entry.jwks_url)?;
        Ok(Self { entry, keys })
    }

    pub(super) fn url(&self) -> &str {
        &self.entry.issuer
    }

    /// The claims of a token that holds.
    pub(super) async fn claims(
        &self,
        token: &str,
        clock: &dyn Clock,
    ) -> Result<Map<String, Value>> {
        let header = decode_header(token).map_err(|_| refused("it is not a signed JWT"))?;
        let kid = header
            .kid
            .ok_or_else(|| refused("it names no key (`kid`)"))?;
        let key = self.keys.find(&kid, clock).await?;
        let key = key.ok_or_else(|| refused("its key (`kid`) is not one of its issuer"))?;
        // The key says which algorithm it is for, never the token: else a public key would do as a secret.
        let algorithm = algorithm_of(&key).filter(|algorithm| *algorithm == header.alg);
        let algorithm = algorithm.ok_or_else(|| {
            refused("its algorithm is not RS256, ES256 or EdDSA, or not that of its key")
        })?;
        let key = DecodingKey::from_jwk(&key).map_err(|_| refused("its key is not readable"))?;
        let mut rules = Validation::new(algorithm);
        rules.set_issuer(&[&self.entry.issuer]);
        rules.set_audience(&[&self.entry.audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud"]);
        // By the machine's clock; the injected one is asked below.
        rules.validate_exp = false;
        let token = decode::<Map<String, Value>>(token, &key, &rules).map_err(|error| {
            use jsonwebtoken::errors::ErrorKind as Kind;
            refused(match error.kind() {
                Kind::InvalidAudience => "it is for another audience",
                Kind::InvalidIssuer => "its issuer is not known",
                Kind::MissingRequiredClaim(_) => "it has not all of `exp`, `iss` and `aud`",
                _ => "its signature does not hold",
            })
        })?;
        in_time(&token.claims, clock)?;
        Ok(token.claims)
    }
}

fn algorithm_of(key: &Jwk) -> Option<Algorithm> {
    match &key.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Some(Algorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Some(Algorithm::EdDSA)
        }
        _ => None,
    }
}

fn in_time(claims: &Map<String, Value>, clock: &dyn Clock) -> Result<()> {
    let now = clock.now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_or(0.0, |now| now.as_secs_f64());
    let leeway = LEEWAY as f64;
    let expires = claims.get("exp").and_then(Value::as_f64);
    if !expires.is_some_and(|expires| now < expires + leeway) {
        return Err(refused("it has expired").with_code("expired"));
    }
    match claims.get("nbf") {
        None => Ok(()),
        Some(begins) if begins.as_f64().is_some_and(|begins| begins <= now + leeway) => Ok(()),
        Some(_) => Err(refused("it is not valid yet")),
    }
}

/// The issuer that a token names, before anything of it is believed.
pub(super) fn named_by(token: &str) -> Result<String> {
    if token.len() > LONGEST {
        return Err(refused("it is longer than 16 KiB"));
    }
    let claims = jsonwebtoken::dangerous::insecure_decode::<Map<String, Value>>(token);
    let claims = claims
        .map_err(|_| refused("it is neither an API key nor a signed JWT"))?
        .claims;
    match claims.get("iss") {
        Some(Value::String(issuer)) => Ok(issuer.clone()),
        _ => Err(refused("it names no issuer")),
    }
}

/// Keys are fetched over HTTPS only, but for issuers on this machine.
pub(super) fn is_allowed(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let is_plain_name = url.username().is_empty() && url.password().is_none();
    let is_loopback = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let host = host.trim_matches(['[', ']']);
            host.parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    };
    is_plain_name && (url.scheme() == "https" || url.scheme() == "http" && is_loopback)
}

pub(super) fn refused(why: &str) -> Error {
    Error::new(ErrorKind::Unauthenticated, format!("invalid token: {why}"))
        .with_remedy("log in again, and use a token of a known issuer for this service")
}
