//! Roles and users as IAM shows them.

use std::time::Duration;

use aws_sdk_iam::types::{Role, Tag, User};
use landbridge_core::{Error, ErrorKind, Owner, Result, Tags, TrustRecord, UserRecord};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::document::read_trust;

/// Ownership as tags of IAM.
pub(crate) fn tags(owner: &Owner) -> Result<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    let tags = owner.to_tags().into_iter().map(tag).collect();
    let tags: Result<Vec<Tag>, _> = tags;
    tags.map_err(|error| {
        Error::new(ErrorKind::InvalidInput, "invalid tag: expected a value").with_source(error)
    })
}

pub(super) fn told_by(tags: &[Tag]) -> Option<Owner> {
    let pair = |tag: &Tag| (tag.key().to_owned(), tag.value().to_owned());
    Owner::from_tags(&tags.iter().map(pair).collect::<Tags>())
}

/// A role of the partition named `partition`, without its policies.
pub(crate) fn read_role(partition: &str, role: &Role) -> Result<TrustRecord> {
    let mut record = TrustRecord::new(role.role_name(), role.arn());
    record.owner = told_by(role.tags());
    record.trust = decoded(role.assume_role_policy_document().unwrap_or_default())?;
    let trusted = read_trust(partition, &record.trust);
    record.principals = trusted.principals;
    record.external_id = trusted.external_id;
    record.require_mfa = trusted.require_mfa;
    record.altered = trusted.altered;
    let longest = role.max_session_duration().and_then(|s| s.try_into().ok());
    record.max_session = longest.map_or(record.max_session, Duration::from_secs);
    Ok(record)
}

/// A user without the roles it may assume.
pub(crate) fn read_user(user: &User) -> UserRecord {
    UserRecord::new(user.user_name().to_owned(), user.arn().to_owned())
        .with_owner(told_by(user.tags()))
}

/// A document, which IAM sends as the part of a URL.
pub(crate) fn decoded(text: &str) -> Result<Value> {
    let malformed = || {
        Error::new(
            ErrorKind::Malformed,
            "invalid policy document in the answer: expected JSON",
        )
    };
    let text = percent_decode_str(text)
        .decode_utf8()
        .map_err(|error| malformed().with_source(error))?;
    serde_json::from_str(&text).map_err(|error| malformed().with_source(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_and_what_is_none_is_said() {
        let document = decoded("%7B%22a%22%3A%22b%20c%2B+d%22%7D").expect("decoded");
        assert_eq!(document["a"], "b c++d");
        assert_eq!(decoded("").expect_err("empty").kind(), ErrorKind::Malformed);
    }
}
