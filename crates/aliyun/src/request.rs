//! Requests as values: built without a server, sent by the transport.

use std::borrow::Cow;

use landbridge_core::backend::Intent;
use landbridge_core::{Region, Token};

use crate::params::Params;

/// A product of Alibaba Cloud that this crate speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Product {
    /// Cloud Enterprise Network: CEN instances and transit routers.
    Cbn,
    /// Virtual Private Cloud: networks, vSwitches, route tables.
    Vpc,
    /// Elastic Compute Service: security groups, instances, Cloud Assistant.
    Ecs,
    /// Security Token Service: identities and role sessions.
    Sts,
    /// Cloud Data Transfer: the payment for traffic between regions.
    Cdt,
    /// Resource Access Management: roles, policies, the account's alias.
    Ram,
    /// Express Connect Router: routers at the edge of private lines.
    ExpressConnectRouter,
    /// VPC peering connections.
    VpcPeer,
    /// Network Intelligence Service: analyses of paths.
    Nis,
}

impl Product {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Cbn,
        Self::Vpc,
        Self::Ecs,
        Self::Sts,
        Self::Cdt,
        Self::Ram,
        Self::ExpressConnectRouter,
        Self::VpcPeer,
        Self::Nis,
    ];

    /// The version of its API, as `x-acs-version` carries it.
    pub fn version(self) -> &'static str {
        match self {
            Self::Cbn => "2017-09-12",
            Self::Vpc => "2016-04-28",
            Self::Ecs => "2014-05-26",
            Self::Sts => "2015-04-01",
            Self::Cdt => "2021-08-13",
            Self::Ram => "2015-05-01",
            Self::ExpressConnectRouter => "2023-09-01",
            Self::VpcPeer => "2022-01-01",
            Self::Nis => "2021-12-16",
        }
    }

    /// Its name in lower case, as in host names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cbn => "cbn",
            Self::Vpc => "vpc",
            Self::Ecs => "ecs",
            Self::Sts => "sts",
            Self::Cdt => "cdt",
            Self::Ram => "ram",
            Self::ExpressConnectRouter => "expressconnectrouter",
            Self::VpcPeer => "vpcpeer",
            Self::Nis => "nis",
        }
    }
}

/// What may be done when the answer to a call of `action` is lost.
fn intent_of(action: &str, params: &Params) -> Intent {
    let reads = ["Describe", "List", "Get", "Check"];
    if reads.iter().any(|verb| action.starts_with(verb)) {
        Intent::Read
    } else if params.get("ClientToken").is_some_and(|t| !t.is_empty()) {
        Intent::Repeatable
    } else {
        Intent::Once
    }
}

/// One call of an operation. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    product: Product,
    action: Cow<'static, str>,
    params: Params,
    intent: Intent,
    sensitive: bool,
    list: Option<AskedList>,
}

/// The list that an answer must have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AskedList {
    /// Where it is.
    pub(crate) path: &'static [&'static str],
    /// Whether the answer tells with `TotalCount` how many items all pages have.
    pub(crate) is_counted: bool,
    /// The number of the page, where the answer repeats it.
    pub(crate) page: Option<usize>,
}

impl Request {
    /// A call of `action`; its [`Intent`] follows from the verb and from whether it carries a `ClientToken`.
    pub(crate) fn new(
        product: Product,
        action: impl Into<Cow<'static, str>>,
        params: Params,
    ) -> Self {
        let action = action.into();
        Self {
            intent: intent_of(&action, &params),
            sensitive: false,
            list: None,
            product,
            action,
            params,
        }
    }

    /// Declares that repeating the call does no harm although it carries no token.
    #[must_use]
    pub(crate) fn repeatable(mut self) -> Self {
        self.intent = Intent::Read;
        self
    }

    /// Declares that the answer holds secrets, so no part of it may be quoted.
    #[must_use]
    pub(crate) fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Declares that the answer has a list here, in one page. An answer without it is asked for again, then an error.
    #[must_use]
    pub(crate) fn listing(self, path: &'static [&'static str]) -> Self {
        self.paged(AskedList {
            path,
            is_counted: false,
            page: None,
        })
    }

    /// Declares that the answer has this list.
    #[must_use]
    pub(crate) fn paged(mut self, list: AskedList) -> Self {
        self.ask_for(list);
        self
    }

    /// Sets the list that the answer must have.
    pub(crate) fn ask_for(&mut self, list: AskedList) {
        self.list = Some(list);
    }

    /// The list that the answer must have.
    pub(crate) fn list(&self) -> Option<&AskedList> {
        self.list.as_ref()
    }

    /// The product.
    pub(crate) fn product(&self) -> Product {
        self.product
    }

    /// The operation.
    pub(crate) fn action(&self) -> &str {
        &self.action
    }

    /// The parameters.
    pub(crate) fn params(&self) -> &Params {
        &self.params
    }

    /// What may be done when the answer is lost.
    pub(crate) fn intent(&self) -> Intent {
        self.intent
    }

    /// Whether the answer holds secrets.
    pub(crate) fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    pub(crate) fn set(&mut self, key: &'static str, value: impl std::fmt::Display) {
        self.params.set(key, value);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.params.remove(key);
    }
}

/// Parameters that start with the region, as nearly every operation needs.
pub(crate) fn in_region(region: &Region) -> Params {
    Params::new().with("RegionId", region)
}

/// Adds the idempotency token, which must come last.
///
/// What is sent is derived from the caller's token and all parameters: the cloud refuses a token that comes back with
/// other parameters (`IdempotentParameterMismatch`), and a step that is taken again after its surroundings were
/// recreated under new ids is another request. Secrets do not enter the token.
pub(crate) fn with_token(params: Params, token: &Token) -> Params {
    let bound = Token::derive(&[token.as_str(), &params.shown()]);
    params.with("ClientToken", bound.as_str())
}

/// The name itself, or one that begins with ours: names of security groups, instances and peering connections have two
/// characters at least, the first one a letter, and are no addresses.
pub(crate) fn lettered(name: &str) -> String {
    let is_address = name.starts_with("http://") || name.starts_with("https://");
    let fits = name.chars().count() >= 2 && name.starts_with(char::is_alphabetic) && !is_address;
    match fits {
        true => name.to_owned(),
        false => format!("landbridge-{name}"),
    }
}

/// A token for one call of a verb that is found again by its natural key (deletes, learning, rules).
///
/// The transport repeats the call with the same token; a later call gets another one, so that the cloud does not answer
/// from memory what it did for an object of an earlier life.
pub(crate) fn fresh_token() -> Token {
    Token::derive(&[&uuid::Uuid::new_v4().simple().to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_too_short_or_without_a_letter_first_are_given_ours() {
        for (name, sent) in [
            ("web", "web"),
            ("ab", "ab"),
            ("w", "landbridge-w"),
            ("1st", "landbridge-1st"),
            ("https://a", "landbridge-https://a"),
        ] {
            assert_eq!(lettered(name), sent);
        }
    }

    #[test]
    fn the_same_token_with_other_parameters_is_another_one() {
        let sent = |token: &Token, cidr: &str| {
            let params = with_token(Params::new().with("CidrBlock", cidr), token);
            params.get("ClientToken").map(str::to_owned)
        };
        let token = fresh_token();
        assert_eq!(sent(&token, "a"), sent(&token, "a"));
        assert_ne!(sent(&token, "a"), sent(&token, "b"));
        assert_ne!(sent(&token, "a"), sent(&fresh_token(), "a"));
        assert!(sent(&token, "a").is_some_and(|text| text.len() <= 64));
    }

    #[test]
    fn intent_follows_from_the_verb_and_the_token() {
        let intent =
            |action: &'static str, params| Request::new(Product::Vpc, action, params).intent();
        assert_eq!(intent("DescribeVpcs", Params::new()), Intent::Read);
        assert_eq!(intent("DeleteVSwitch", Params::new()), Intent::Once);
        let token = with_token(Params::new(), &fresh_token());
        assert_eq!(intent("CreateVpc", token), Intent::Repeatable);
        let empty = Params::new().with("ClientToken", "");
        assert_eq!(intent("CreateVpc", empty), Intent::Once);
    }
}
