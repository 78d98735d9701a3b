//! Whatever a policy document says, it is read.

use super::document::read_trust;
use crate::fuzz_support::fuzz_text;

const TRUST: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1:root","acs:ram::1:user/x"]},
  "Condition":{"StringEquals":{"sts:ExternalId":"e"},"Bool":{"acs:MFAPresent":"true"}}}]}"#;

#[test]
fn trust_policies() {
    fuzz_text("aliyun trust policies", &[TRUST], |text| {
        if let Ok(document) = serde_json::from_str(text) {
            let _ = read_trust(&document);
        }
    });
}
