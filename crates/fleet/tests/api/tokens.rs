//! Tokens of OpenID Connect, from an issuer that is made here.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::clock::START;
use crate::served::{Answer, Served, served_to, tenants};

/// A key of the issuer.
struct Key {
    id: &'static str,
    algorithm: Algorithm,
    private: EncodingKey,
    public: Value,
}

impl Key {
    fn ec(id: &'static str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        let point = pair.public_key_raw();
        let public = json!({
            "kty": "EC", "crv": "P-256", "kid": id, "use": "sig",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        });
        Self {
            id,
            algorithm: Algorithm::ES256,
            private: EncodingKey::from_ec_der(&pair.serialize_der()),
            public,
        }
    }

    fn ed(id: &'static str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        let public = json!({
            "kty": "OKP", "crv": "Ed25519", "kid": id, "x": URL_SAFE_NO_PAD.encode(pair.public_key_raw()),
        });
        Self {
            id,
            algorithm: Algorithm::EdDSA,
            private: EncodingKey::from_ed_der(&pair.serialize_der()),
            public,
        }
    }

    fn rsa(id: &'static str) -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
        // The key itself, inside of what says that it is one of RSA.
        let private = EncodingKey::from_rsa_der(&pair.serialize_der()[26..]);
        let mut public = json!(Jwk::from_encoding_key(&private, Algorithm::RS256).expect("a key"));
        public["kid"] = json!(id);
        Self {
            id,
            algorithm: Algorithm::RS256,
            private,
            public,
        }
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.to_owned());
        encode(&header, claims, &self.private).expect("a token")
    }
}

struct Issuer {
    server: MockServer,
}

impl Issuer {
    async fn new(keys: &[&Key]) -> Self {
        let issuer = Self {
            server: MockServer::start().await,
        };
        issuer.publish(keys).await;
        issuer
    }

    async fn publish(&self, keys: &[&Key]) {
        let mut published: Vec<&Value> = keys.iter().map(|key| &key.public).collect();
        // Kinds that are not known here do no harm.
        let odd = json!({ "kty": "AKP", "alg": "ML-DSA-44", "kid": "odd", "pub": "AA" });
        published.push(&odd);
        self.answer(ResponseTemplate::new(200).set_body_json(json!({ "keys": published })))
            .await;
    }

    async fn answer(&self, answer: ResponseTemplate) {
        self.server.reset().await;
        Mock::given(path("/keys"))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    async fn fetches(&self) -> usize {
        self.server
            .received_requests()
            .await
            .expect("requests")
            .len()
    }

    fn served(&self) -> Served {
        let issuer = format!(
            "issuers:
- issuer: https://login.example.com/
  audience: landbridge
  jwks-url: {}/keys
- issuer: https://idle.example.com/
  audience: landbridge
  jwks-url: {}/none
",
            self.server.uri(),
            self.server.uri()
        );
        let mapped = tenants("")
            .replace("- name: acme\n", "- name: acme\n  tokens:\n  - { issuer: https://login.example.com/, claim: groups, value: acme-net }\n")
            .replace("- name: other\n", "- name: other\n  tokens:\n  - { issuer: https://login.example.com/, value: robot-7 }\n");
        served_to(&format!("{issuer}{mapped}"))
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://login.example.com/", "aud": ["landbridge", "mail"], "sub": "u-1",
        "groups": ["staff", "acme-net"], "exp": START + 300, "nbf": START,
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[member] = value;
    claims
}

async fn ask(served: &Served, token: &str) -> Answer {
    served
        .ask_as("GET", "/v1/summary", Some(token))
        .send()
        .await
}

async fn refused(served: &Served, token: &str, why: &str) {
    let problem = ask(served, token).await.is(401).json();
    let detail = problem["detail"].as_str().expect("a text");
    assert!(detail.contains(why), "{detail}: not {why}");
    assert!(!problem.to_string().contains(token), "the token is told");
}

#[tokio::test]
async fn tokens_of_three_algorithms_log_in() {
    let keys = [Key::rsa("r"), Key::ec("e"), Key::ed("d")];
    let issuer = Issuer::new(&keys.each_ref()).await;
    let served = issuer.served();
    for key in &keys {
        let summary = ask(&served, &key.sign(&claims())).await.is(200).json();
        assert_eq!(summary["tenant"], "acme");
    }
    let robot = keys[1].sign(&json!({
        "iss": "https://login.example.com/", "aud": "landbridge", "sub": "robot-7", "exp": START + 1,
    }));
    assert_eq!(ask(&served, &robot).await.is(200).json()["tenant"], "other");
    // One fetch for all.
    assert_eq!(issuer.fetches().await, 1);
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused() {
    let (key, rsa, stranger) = (Key::ec("e"), Key::rsa("r"), Key::ec("e"));
    let issuer = Issuer::new(&[&key, &rsa]).await;
    let served = issuer.served();
    for (claims, why) in [
        (with("iss", json!("https://evil.example.com/")), "issuer"),
        (
            with("iss", json!(["https://login.example.com/"])),
            "names no issuer",
        ),
        (with("iss", json!(null)), "names no issuer"),
        (with("aud", json!("mail")), "audience"),
        (with("aud", json!([])), "audience"),
        (with("aud", json!(null)), "`aud`"),
        (with("exp", json!(START - 31)), "expired"),
        (with("exp", json!(null)), "`exp`"),
        (with("exp", json!("soon")), "`exp`"),
        (with("nbf", json!(START + 31)), "not valid yet"),
        (with("nbf", json!("soon")), "not valid yet"),
    ] {
        refused(&served, &key.sign(&claims), why).await;
    }
    // Clocks may differ a little.
    for claims in [
        with("exp", json!(START - 29)),
        with("nbf", json!(START + 30)),
    ] {
        ask(&served, &key.sign(&claims)).await.is(200);
    }
    refused(&served, &stranger.sign(&claims()), "signature").await;
    let token = key.sign(&claims());
    let mut parts: Vec<&str> = token.split('.').collect();
    let other = URL_SAFE_NO_PAD.encode(with("sub", json!("root")).to_string());
    parts[1] = &other;
    refused(&served, &parts.join("."), "signature").await;
    refused(&served, &token.replace('.', " "), "").await;
    refused(
        &served,
        &format!("{token}{}", "x".repeat(20 << 10)),
        "longer than 16 KiB",
    )
    .await;
}

#[tokio::test]
async fn no_token_chooses_how_it_is_checked() {
    let (key, rsa) = (Key::ec("e"), Key::rsa("r"));
    let issuer = Issuer::new(&[&key, &rsa]).await;
    let served = issuer.served();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for name in ["none", "None", "NONE"] {
        let unsigned = format!(
            "{}.{}.",
            part(json!({ "alg": name, "kid": "e" })),
            part(claims())
        );
        ask(&served, &unsigned).await.is(401);
    }
    // The public key as a secret, in each form that somebody might take.
    for (id, public) in [("e", &key.public), ("r", &rsa.public)] {
        for secret in [
            public.to_string(),
            public["x"].to_string(),
            public["n"].to_string(),
        ] {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = Some(id.to_owned());
            let token = encode(
                &header,
                &claims(),
                &EncodingKey::from_secret(secret.as_bytes()),
            );
            refused(&served, &token.expect("a token"), "algorithm").await;
        }
    }
    // Right, but of another kind than its key says, and than is allowed.
    for algorithm in [Algorithm::RS512, Algorithm::PS256] {
        let mut header = Header::new(algorithm);
        header.kid = Some("r".to_owned());
        let token = encode(&header, &claims(), &rsa.private).expect("a token");
        refused(&served, &token, "algorithm").await;
    }
    let nameless = encode(&Header::new(Algorithm::ES256), &claims(), &key.private);
    refused(&served, &nameless.expect("a token"), "`kid`").await;
}

#[tokio::test]
async fn a_token_of_no_tenant_or_of_two_is_denied() {
    let key = Key::ec("e");
    let issuer = Issuer::new(&[&key]).await;
    let served = issuer.served();
    for claims in [
        with("groups", json!(["staff"])),
        with("groups", json!({ "acme-net": true })),
        with("sub", json!("robot-7")),
    ] {
        ask(&served, &key.sign(&claims)).await.is(403);
    }
    // As another issuer says it, the same is nothing.
    let idle = with("iss", json!("https://idle.example.com/"));
    ask(&served, &key.sign(&idle)).await.is(503);
}

#[tokio::test]
async fn keys_are_fetched_again_when_one_is_missing_and_not_too_often() {
    let (old, new) = (Key::ec("old"), Key::ec("new"));
    let issuer = Issuer::new(&[&old]).await;
    let served = issuer.served();
    ask(&served, &old.sign(&claims())).await.is(200);
    issuer.publish(&[&new]).await;
    // Whatever tokens name, there is one fetch a minute.
    for _ in 0..5 {
        refused(&served, &new.sign(&claims()), "`kid`").await;
    }
    assert_eq!(issuer.fetches().await, 0);
    served.clock.advance(Duration::from_secs(60));
    ask(&served, &new.sign(&claims())).await.is(200);
    assert_eq!(issuer.fetches().await, 1);
    refused(&served, &old.sign(&claims()), "`kid`").await;

    // A key that is taken back is not used for longer than an hour; keys that cannot be fetched are, for a day.
    issuer.answer(ResponseTemplate::new(500)).await;
    served.clock.advance(Duration::from_secs(60 * 60));
    let late = with("exp", json!(START + 1_000_000));
    ask(&served, &new.sign(&late)).await.is(200);
    assert_eq!(issuer.fetches().await, 1);
    served.clock.advance(Duration::from_secs(24 * 60 * 60));
    let unavailable = ask(&served, &new.sign(&late)).await.is(503);
    assert_eq!(unavailable.header("retry-after"), "5");
    issuer.publish(&[&old]).await;
    served.clock.advance(Duration::from_secs(5));
    ask(&served, &old.sign(&late)).await.is(200);
    refused(&served, &new.sign(&late), "`kid`").await;
}

#[tokio::test]
async fn what_is_no_set_of_keys_is_not_used() {
    let key = Key::ec("e");
    let issuer = Issuer::new(&[&key]).await;
    for answer in [
        ResponseTemplate::new(302).insert_header("location", "/keys2"),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_string(format!(
            "{{\"keys\":[],\"x\":\"{}\"}}",
            "x".repeat(256 << 10)
        )),
        ResponseTemplate::new(404),
    ] {
        issuer.answer(answer).await;
        let served = issuer.served();
        ask(&served, &key.sign(&claims())).await.is(503);
    }
    let mut encrypts = Key::ec("e");
    encrypts.public["use"] = json!("enc");
    issuer.publish(&[&encrypts]).await;
    refused(&issuer.served(), &encrypts.sign(&claims()), "`kid`").await;
}
