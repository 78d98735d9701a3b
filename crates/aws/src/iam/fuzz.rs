//! Whatever a policy document says, it is read.

use super::document::read_trust;
use super::record::decoded;
use crate::fuzz_support::fuzz_text;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["arn:aws:iam::111122223333:root"]},
  "Condition":{"StringEquals":{"sts:ExternalId":"e"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"#;

#[test]
fn trust_policies() {
    fuzz_text(
        "aws trust policies",
        &[TRUST, "%7B%22Version%22%3A%222012%22%7D"],
        |text| {
            if let Ok(document) = decoded(text) {
                let _ = read_trust("aws", &document);
            }
        },
    );
}
