//! Secrets planted anywhere in an exchange are in no byte that is written.

use std::path::Path;

use landbridge_core::backend::{Exchange, ExchangeAnswer, Tap};
use landbridge_record::Recorder;
use proptest::prelude::*;

/// The kinds of secrets that go over the wire: keys of both clouds, session tokens of both, a JSON web token.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9]{30}",
        "[A-Za-z0-9+/]{40}",
        "CAIS[A-Za-z0-9+/]{120,400}",
        "FwoGZXIvYXdz[A-Za-z0-9+/]{120,400}==",
        "eyJhbGciOi[A-Za-z0-9_-]{40}\\.[A-Za-z0-9_-]{80}\\.[A-Za-z0-9_-]{43}",
    ]
    // Random letters can happen to be words. Keys that have no digit, or are in one case, are not made.
    .prop_filter("it looks like a key", |text| {
        let parts = text.split(['+', '/', '_', '-', '.']);
        parts.max_by_key(|part| part.len()).is_some_and(|part| {
            part.len() >= 12
                && part.bytes().filter(u8::is_ascii_digit).count() >= 1
                && part.bytes().any(|byte| byte.is_ascii_lowercase())
                && part.bytes().any(|byte| byte.is_ascii_uppercase())
        })
    })
}

/// Names of members that a backend reads, that hold secrets, and that nobody knows.
const NAMES: [&str; 14] = [
    "VpcId",
    "Message",
    "Code",
    "RequestId",
    "VpcName",
    "Value",
    "NextToken",
    "AccessKeySecret",
    "SecurityToken",
    "SessionToken",
    "SecretAccessKey",
    "Password",
    "Surprise",
    "Description",
];

/// How a place can hold a secret.
#[derive(Clone, Copy, Debug)]
enum Form {
    Plain,
    InASentence,
    Percent,
    Base64,
    Hex,
    JsonText,
    JsonTextTwice,
    Path,
}

fn form() -> impl Strategy<Value = Form> {
    prop::sample::select(vec![
        Form::Plain,
        Form::InASentence,
        Form::Percent,
        Form::Base64,
        Form::Hex,
        Form::JsonText,
        Form::JsonTextTwice,
        Form::Path,
    ])
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Form {
    fn of(self, secret: &str) -> String {
        use base64::Engine as _;
        let json = |text: &str| {
            serde_json::json!({ "AccessKeySecret": text, "Other": [text] }).to_string()
        };
        match self {
            Self::Plain => secret.to_owned(),
            Self::InASentence => {
                format!("The value '{secret}' of the key is not valid; it was {secret}.")
            }
            Self::Percent => percent(secret),
            Self::Base64 => base64::engine::general_purpose::STANDARD.encode(secret),
            Self::Hex => secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
            Self::JsonText => json(secret),
            Self::JsonTextTwice => json(&json(secret)),
            Self::Path => format!("arn:aws:iam::111122223333:role/{secret}/x"),
        }
    }
}

/// How a body is damaged on its way.
#[derive(Clone, Copy, Debug)]
enum Damage {
    None,
    Cut(usize),
    BadByte(usize),
    TextOfJson,
    OtherType,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        3 => Just(Damage::None),
        2 => (0..2000_usize).prop_map(Damage::Cut),
        1 => (0..2000_usize).prop_map(Damage::BadByte),
        1 => Just(Damage::TextOfJson),
        1 => Just(Damage::OtherType),
    ]
}

fn damaged(body: String, damage: Damage) -> Vec<u8> {
    let mut bytes = match damage {
        Damage::TextOfJson => serde_json::json!(body).to_string().into_bytes(),
        _ => body.into_bytes(),
    };
    match damage {
        Damage::Cut(at) => bytes.truncate(at % (bytes.len() + 1)),
        Damage::BadByte(at) => {
            let at = at % (bytes.len() + 1);
            bytes.insert(at, 0xff);
        }
        _ => {}
    }
    bytes
}

fn json_body(fields: &[(&str, String)]) -> String {
    let members = fields
        .iter()
        .map(|(name, text)| ((*name).to_owned(), serde_json::json!(text)));
    let inside: serde_json::Map<String, serde_json::Value> = members.collect();
    serde_json::json!({ "Vpcs": { "Vpc": [inside.clone()] }, "Credentials": inside, "Message": "fine" }).to_string()
}

fn xml_body(fields: &[(&str, String)]) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let members: String = fields
        .iter()
        .map(|(name, text)| format!("<{name}>{}</{name}>", escaped(text)))
        .collect();
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Credentials>{members}</Credentials></AssumeRoleResponse>"
    )
}

fn written(directory: &Path) -> String {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    // The names of the files count.
    paths
        .map(|path| {
            let text = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
            format!("{}\n{text}\n", path.display())
        })
        .collect()
}

/// What must not be found: the secret, as it is and re-encoded, and any good part of it.
fn assert_absent(text: &str, secret: &str) -> Result<(), TestCaseError> {
    for form in [Form::Plain, Form::Percent, Form::Base64, Form::Hex] {
        let form = form.of(secret);
        prop_assert!(!text.contains(form.as_str()), "{form} is in\n{text}");
    }
    let bytes = secret.as_bytes();
    for part in bytes.windows(16) {
        let part = std::str::from_utf8(part).expect("ASCII");
        prop_assert!(!text.contains(part), "{part} of {secret} is in\n{text}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_an_answer(
        secret in secret(),
        form in form(),
        damage in damage(),
        places in prop::collection::vec(0..NAMES.len(), 1..4),
        is_xml in any::<bool>(),
        header in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("a directory");
        let directory = folder.path().join("recording");
        let recorder = Recorder::create(&directory).expect("it is new");
        let fields: Vec<(&str, String)> = places.iter().map(|at| (NAMES[*at], form.of(&secret))).collect();
        let body = if is_xml { xml_body(&fields) } else { json_body(&fields) };
        let body = damaged(body, damage);
        let kind = match damage {
            Damage::OtherType => "text/plain",
            _ if is_xml => "text/xml",
            _ => "application/json;charset=utf-8",
        };
        let mut headers = vec![("content-type".to_owned(), kind.to_owned())];
        if header {
            headers.push(("x-acs-request-id".to_owned(), form.of(&secret)));
            headers.push(("x-other".to_owned(), secret.clone()));
        }
        let asked = Exchange::new("POST", "https://sts.example/", &[], b"Action=AssumeRole&RoleSessionName=x");
        recorder.take(asked.with_answer(ExchangeAnswer::new(200, &headers, &body)));
        prop_assert_eq!(recorder.finish().expect("written"), 1);
        assert_absent(&written(&directory), &secret)?;
    }

    #[test]
    fn in_a_request(
        secret in secret(),
        form in form(),
        place in 0..NAMES.len(),
        in_query in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("a directory");
        let directory = folder.path().join("recording");
        let recorder = Recorder::create(&directory).expect("it is new");
        let pairs = format!(
            "{}={}&VpcId.1={}&Signature={secret}",
            NAMES[place], percent(&form.of(&secret)), percent(&secret)
        );
        let (url, body) = match in_query {
            true => (format!("https://vpc.example/?{pairs}"), String::new()),
            false => ("https://vpc.example/".to_owned(), pairs),
        };
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-acs-action", secret.as_str()),
            ("authorization", secret.as_str()),
            ("x-acs-security-token", secret.as_str()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answered = [("content-type".to_owned(), "application/json".to_owned())];
        let echo = json_body(&[("Message", form.of(&secret))]);
        let asked = Exchange::new("POST", &url, &headers, body.as_bytes());
        recorder.take(asked.with_answer(ExchangeAnswer::new(400, &answered, echo.as_bytes())));
        prop_assert_eq!(recorder.finish().expect("written"), 1);
        assert_absent(&written(&directory), &secret)?;
    }

    /// A password can be any text. The request tells it, so no answer repeats it.
    #[test]
    fn a_password_that_a_server_repeats(password in "[ -~]{8,30}", form in form(), name in 0..NAMES.len()) {
        prop_assume!(password.bytes().any(|byte| !byte.is_ascii_alphabetic()) && !password.contains("***"));
        let folder = tempfile::tempdir().expect("a directory");
        let directory = folder.path().join("recording");
        let recorder = Recorder::create(&directory).expect("it is new");
        let headers = [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        let body = format!("ImageId=i&Password={}", percent(&password));
        let answered = [("content-type".to_owned(), "application/json".to_owned())];
        let echo = json_body(&[(NAMES[name], form.of(&password))]);
        let asked = Exchange::new("POST", "https://ecs.example/", &headers, body.as_bytes());
        recorder.take(asked.with_answer(ExchangeAnswer::new(400, &answered, echo.as_bytes())));
        recorder.finish().expect("written");
        let text = written(&directory);
        prop_assert!(!text.contains(&password), "{password} is in\n{text}");
        prop_assert!(!text.contains(&Form::Base64.of(&password)), "{password} is in\n{text}");
    }
}
