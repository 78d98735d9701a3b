//! Whatever stands in the vendor's shared files: profiles, or faults that name a line.

use super::head::{Head, Kind};
use super::ini::Ini;
use crate::fuzz_support::fuzz_text;

const CONFIG: &str = "# remark\n[default]\nregion = us-east-1\n\n[profile \"two words\"]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = default\ns3 =\n  max_concurrent_requests = 20\n
[sso-session s]\nsso_start_url = https://x\n[profile p]\ncredential_process = program \\\n  --flag\n";
const CREDENTIALS: &str = "[default]\naws_access_key_id = AK\naws_secret_access_key = CANARY ; no remark\n[a b]\naws_session_token=t\n";

#[test]
fn shared_files() {
    fuzz_text("aws shared files", &[CONFIG, CREDENTIALS], |text| {
        let _ = Ini::parse(text);
    });
    let heads = [
        "default",
        "profile p",
        "profile \"two words\"",
        "sso-session s",
        "profile 'x",
    ];
    fuzz_text("aws heads of sections", &heads, |text| {
        let _ = Head::read(Kind::Config, text);
        let _ = Head::read(Kind::Credentials, text);
    });
}
