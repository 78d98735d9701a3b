//! How an error of a cloud reads as text: what it is, what was tried, where and as whom, what the cloud called it, whether
//! trying again helps, and what to do. At most five lines.

use std::collections::BTreeMap;
use std::error::Error as _;

use landbridge_core::topology::{CredentialSource, Topology};
use landbridge_core::{AccountId, CloudName, Error, ErrorKind, Place};

use crate::clean;

/// The accounts of the topology that a command is about.
#[derive(Debug, Default)]
pub(crate) struct Who(BTreeMap<(CloudName, AccountId), Named>);

#[derive(Debug)]
struct Named {
    /// Its name in the topology.
    name: String,
    /// Where its keys come from, in words; empty for the cloud's own chain.
    keys: String,
}

impl Who {
    pub(crate) fn of(topology: &Topology) -> Self {
        let accounts = topology.accounts.iter().map(|account| {
            let named = Named {
                name: account.name.clone(),
                keys: keys(&account.credentials),
            };
            ((account.cloud.clone(), account.id.clone()), named)
        });
        Self(accounts.collect())
    }

    /// The name of the account that a place belongs to.
    pub(crate) fn name_at(&self, place: &Place) -> Option<&str> {
        self.at(place).map(|named| named.name.as_str())
    }

    fn at(&self, place: &Place) -> Option<&Named> {
        let key = (place.cloud.clone(), place.account.clone());
        self.0.get(&key)
    }
}

fn keys(source: &CredentialSource) -> String {
    match source {
        CredentialSource::Env(prefix) => format!(" (keys of the variables {prefix}_*)"),
        CredentialSource::Profile(name) => format!(" (keys of profile `{name}`)"),
        CredentialSource::Secret(name) => format!(" (keys of secret `{name}`)"),
        CredentialSource::AssumeRole { role, .. } => format!(" (session of {role})"),
        _ => String::new(),
    }
}

/// The error in lines, each of them clean. One that no cloud told of has one line.
pub(crate) fn lines(error: &Error, who: &Who) -> Vec<String> {
    if error.operation().is_none() && error.code().is_none() {
        return vec![with_causes(error.to_string(), error)];
    }
    let kind = error.kind();
    let message = clean::line(error.message());
    let mut lines = vec![with_causes(format!("{}: {message}", kind.as_str()), error)];
    lines.push(tried(error, who));
    lines.extend(named(error));
    lines.extend(again(kind).map(str::to_owned));
    lines.extend(error.remedy().map(|remedy| format!("  -> {remedy}")));
    lines
}

fn with_causes(mut text: String, error: &Error) -> String {
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&clean::line(&cause.to_string()));
        source = cause.source();
    }
    text
}

fn tried(error: &Error, who: &Who) -> String {
    let mut text = format!("  tried {}", error.operation().unwrap_or("a call"));
    if let Some(place) = error.place() {
        text.push_str(&format!(" in {place}"));
        if let Some(Named { name, keys }) = who.at(place) {
            text.push_str(&format!(" as account `{name}`{keys}"));
        }
    }
    text
}

// What the cloud's support asks for.
fn named(error: &Error) -> Option<String> {
    let code = error
        .code()
        .map(|code| format!("code {}", clean::line(code)));
    let request = error.request_id();
    let request = request.map(|id| format!("request {}", clean::line(id)));
    let parts: Vec<String> = code.into_iter().chain(request).collect();
    (!parts.is_empty()).then(|| format!("  the cloud answered with {}", parts.join(", ")))
}

fn again(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        // The user ended it.
        ErrorKind::Cancelled => None,
        kind if kind.may_pass() => Some("  trying again may help"),
        _ => Some("  trying again helps only after a change"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::topology::Account;

    fn who() -> Who {
        let cloud = CloudName::from_static("aliyun");
        let source = CredentialSource::Env("SHOP".to_owned());
        let account = Account::new("shop", cloud, "1234567890123456").with_credentials(source);
        Who::of(&Topology::new("t").with_account(account))
    }

    fn place() -> Place {
        let cloud = CloudName::from_static("aliyun");
        Place::new(cloud, "1234567890123456", "cn-hangzhou")
    }

    #[test]
    fn an_error_of_a_cloud_has_at_most_five_lines() {
        let error = Error::new(ErrorKind::PermissionDenied, "not\nallowed")
            .with_operation("CreateVpc")
            .with_place(place())
            .with_code("Forbidden.RAM")
            .with_request_id("R-1")
            .with_remedy("allow it");
        assert_eq!(
            lines(&error, &who()),
            [
                "permission denied: not\\u{a}allowed",
                "  tried CreateVpc in aliyun:1234567890123456:cn-hangzhou as account `shop` (keys of the variables SHOP_*)",
                "  the cloud answered with code Forbidden.RAM, request R-1",
                "  trying again helps only after a change",
                "  -> allow it",
            ]
        );
    }

    #[test]
    fn what_passes_by_itself_says_so_and_what_is_unknown_is_left_out() {
        let error = Error::new(ErrorKind::Unavailable, "no answer").with_operation("DescribeVpcs");
        assert_eq!(
            lines(&error, &Who::default()),
            [
                "unavailable: no answer",
                "  tried DescribeVpcs",
                "  trying again may help"
            ]
        );
    }

    #[test]
    fn what_no_cloud_told_has_one_line() {
        let error = Error::new(ErrorKind::InvalidInput, "invalid name `x`").with_remedy("write y");
        let lines = lines(&error, &who());
        assert_eq!(lines, ["invalid input: invalid name `x`; write y"]);
    }
}
