//! What must not, or need not, be in a recording.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

const MASK: &str = "***";

/// Headers that say what is asked for; all others are left out.
const KEPT_OF_REQUESTS: &[&str] = &[
    "content-type",
    "x-acs-action",
    "x-acs-version",
    "x-amz-target",
];

/// Headers of answers that a client reads.
const KEPT_OF_ANSWERS: &[&str] = &[
    "content-type",
    "retry-after",
    "x-acs-request-id",
    "x-acs-retry-after",
    "x-amz-request-id",
    "x-amzn-requestid",
];

pub(crate) fn request_headers(headers: &[(String, String)]) -> Vec<(String, String)> {
    kept(headers, KEPT_OF_REQUESTS)
}

pub(crate) fn answer_headers(headers: &[(String, String)]) -> Vec<(String, String)> {
    kept(headers, KEPT_OF_ANSWERS)
}

fn kept(headers: &[(String, String)], names: &[&str]) -> Vec<(String, String)> {
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .filter(|(name, _)| names.contains(&name.as_str()))
        .collect();
    headers.sort();
    headers
}

/// Names of parameters and members whose values are masked: secrets first, then what no two runs have in common.
const MASKED: &str = "AccessKeyId|AccessKeySecret|SecretAccessKey|SecurityToken|SessionToken|OIDCToken|\
                      WebIdentityToken|SAMLAssertion|TokenCode|Password|UserData|PrivateKey|ExternalId|KeyMaterial|\
                      EncodedDiagnosticMessage|Signature|SignatureNonce|Timestamp|ClientToken|X-Amz-[A-Za-z-]+";

fn pattern(text: &str) -> Regex {
    // The patterns are constants, and a test goes through all of them.
    Regex::new(text).unwrap_or_else(|error| unreachable!("{error}"))
}

static IN_FORM: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)(^|[?&])((?:[^=&]*\.)?(?:{MASKED}))=[^&]*")));
static IN_JSON: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r#"(?i)("(?:{MASKED})"\s*:\s*)"(?:[^"\\]|\\.)*""#)));
static IN_XML: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)(<(?:{MASKED})>)[^<]*(</)")));
// An encoded letter such as `%3A` ends a word, although its last two characters look like a part of one.
static WORDS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"%[0-9A-Fa-f]{2}|[0-9A-Za-z_-]*[0-9]{12,16}[0-9A-Za-z_-]*"));
static ENCODED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(encoded authorization failure message: )[0-9A-Za-z_+/=-]+"));

/// Account ids of one recording and what stands for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts(BTreeMap<String, String>);

impl Accounts {
    fn stand_in(&mut self, id: &str) -> String {
        // A recording that is recorded again stays as it is.
        if id.starts_with("1000000000") {
            return id.to_owned();
        }
        if let Some(known) = self.0.get(id) {
            return known.clone();
        }
        let same_length = self.0.keys().filter(|known| known.len() == id.len());
        let number = same_length.count() + 1;
        let stand_in = format!("1{number:0width$}", width = id.len() - 1);
        self.0.insert(id.to_owned(), stand_in.clone());
        stand_in
    }
}

/// A text without secrets and account ids.
pub(crate) fn text(text: &str, accounts: &mut Accounts) -> String {
    let text = IN_FORM.replace_all(text, format!("${{1}}${{2}}={MASK}"));
    let text = IN_JSON.replace_all(&text, format!("${{1}}\"{MASK}\""));
    let text = IN_XML.replace_all(&text, format!("${{1}}{MASK}${{2}}"));
    let text = ENCODED.replace_all(&text, format!("${{1}}{MASK}"));
    // Ids of other things are longer, or have letters around.
    let account = |found: &Captures<'_>| match &found[0] {
        id if matches!(id.len(), 12 | 16) && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            accounts.stand_in(id)
        }
        other => other.to_owned(),
    };
    WORDS.replace_all(&text, account).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(before: &str) -> String {
        text(before, &mut Accounts::default())
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        for (before, after) in [
            (
                "RegionId=r&ClientToken=t-1&VpcId=v",
                "RegionId=r&ClientToken=***&VpcId=v",
            ),
            (
                "not allowed. Encoded authorization failure message: a-B_9</Message>",
                "not allowed. Encoded authorization failure message: ***</Message>",
            ),
            ("Password=p%26q", "Password=***"),
            ("LaunchTemplate.UserData=x", "LaunchTemplate.UserData=***"),
            ("/?Action=X&Signature=s%3D", "/?Action=X&Signature=***"),
            (
                r#"{"AccessKeySecret": "a\"b", "Id": "x"}"#,
                r#"{"AccessKeySecret": "***", "Id": "x"}"#,
            ),
            (
                "<SecretAccessKey>s</SecretAccessKey>",
                "<SecretAccessKey>***</SecretAccessKey>",
            ),
            (
                "<sessionToken>s</sessionToken>",
                "<sessionToken>***</sessionToken>",
            ),
        ] {
            assert_eq!(masked(before), after);
        }
    }

    #[test]
    fn account_ids_become_others_the_same_throughout() {
        let mut accounts = Accounts::default();
        let mut go = |before: &str| text(before, &mut accounts);
        assert_eq!(
            go("acs:ram::1234567890123456:root"),
            "acs:ram::1000000000000001:root"
        );
        assert_eq!(
            go(r#"{"OwnerId":1234567890123457}"#),
            r#"{"OwnerId":1000000000000002}"#
        );
        assert_eq!(go("OwnerId=1234567890123456"), "OwnerId=1000000000000001");
        assert_eq!(
            go("arn:aws:iam::111122223333:root"),
            "arn:aws:iam::100000000001:root"
        );
        assert_eq!(go("x=1000000000000001"), "x=1000000000000001");
        assert_eq!(
            go("RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr"),
            "RoleArn=arn%3Aaws%3Aiam%3A%3A100000000001%3Arole%2Fr"
        );
        for other in [
            "vpc-111122223333",
            "200000000000000001",
            "1767323045999",
            "a1234567890123456",
        ] {
            assert_eq!(go(other), other);
        }
    }

    #[test]
    fn only_headers_that_say_what_is_asked_for_are_kept() {
        let headers = [
            ("Authorization", "ACS3 s"),
            ("x-acs-security-token", "t"),
            ("x-acs-action", "CreateVpc"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let kept = request_headers(&headers);
        assert_eq!(kept, [("x-acs-action".to_owned(), "CreateVpc".to_owned())]);
    }
}
