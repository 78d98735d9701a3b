//! Whatever stands in credential files, answers with keys, and outputs of programs: an error at most.

use super::sections::Sections;
use super::{external, issued, words};
use crate::fuzz_support::fuzz_text;

const SHARED: &str = "# keys\n[default]\ntype = access_key\naccess_key_id = AK\naccess_key_secret = \"CANARY secret\"\n
[role]\ntype=ram_role_arn\naccess_key_id=AK\naccess_key_secret=CANARY\nrole_arn='acs:ram::1:role/x'\nrole_session_name=s\n";
const ISSUED: &str = r#"{"Code":"Success","AccessKeyId":"STS.x","AccessKeySecret":"CANARY","SecurityToken":"t","Expiration":"2026-01-01T01:00:00Z"}"#;
const PRINTED: &str = r#"{"mode":"StsToken","access_key_id":"STS.x","access_key_secret":"CANARY","sts_token":"t","expiration":"2026-01-01T01:00:00Z"}"#;

#[test]
fn shared_files() {
    fuzz_text("aliyun shared credential files", &[SHARED], |text| {
        let sections = Sections::parse(text);
        for name in ["default", "role", ""] {
            if let Ok(Some(section)) = sections.find(name) {
                let _ = (section.get("access_key_id"), section.get("type"));
            }
        }
    });
}

#[test]
fn metadata_and_uri_answers() {
    fuzz_text("aliyun metadata answers", &[ISSUED], |text| {
        let _ = issued::read(text).is_ok();
        let _ = issued::instant(text).is_ok();
    });
}

#[test]
fn outputs_and_commands_of_programs() {
    fuzz_text(
        "aliyun outputs of credential programs",
        &[PRINTED],
        |text| {
            let _ = external::read(&text.to_owned().into()).is_ok();
        },
    );
    let commands = [
        "program --flag 'a b' \"c \\\" d\" e\\ f",
        "C:\\bin\\x.exe \"a b\"",
    ];
    fuzz_text("aliyun commands of profiles", &commands, |text| {
        let _ = words::split(text).is_ok();
    });
}
