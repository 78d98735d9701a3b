use landbridge_core::{Owner, Result};
use serde_json::Value;

use super::{owner, request, tag_text};
use crate::document::{Doc, malformed};
use crate::mark::mark;
use crate::params::Params;
use crate::request::Request;

/// The longest document of a policy, in characters.
pub(crate) const LONGEST_DOCUMENT: usize = 6144;

const POLICIES: &[&str] = &["Policies", "Policy"];

/// Whose policy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PolicyKind {
    /// The cloud's own.
    System,
    /// The account's.
    Custom,
}

impl PolicyKind {
    fn word(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Custom => "Custom",
        }
    }
}

/// A policy by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PolicyRef {
    pub(crate) kind: PolicyKind,
    pub(crate) name: String,
}

impl PolicyRef {
    /// A policy of the account.
    pub(crate) fn custom(name: impl Into<String>) -> Self {
        Self {
            kind: PolicyKind::Custom,
            name: name.into(),
        }
    }

    fn params(&self) -> Params {
        Params::new()
            .with("PolicyType", self.kind.word())
            .with("PolicyName", &self.name)
    }
}

/// A policy of the account as `GetPolicy` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) owner: Option<Owner>,
    pub(crate) document: Value,
    /// To how many users, groups and roles it is attached.
    pub(crate) attachments: usize,
}

/// `CreatePolicy`. Repeated, it is refused because the policy exists.
pub(crate) fn create_policy(name: &str, owner: &Owner, document: &Value) -> Request {
    let params = Params::new()
        .with("PolicyName", name)
        .with("PolicyDocument", document)
        .with("Description", mark(owner))
        .with("Tag", tag_text(&owner.to_tags()));
    request("CreatePolicy", params).repeatable()
}

/// `CreatePolicyVersion`: the document from now on. Of the few versions that a policy keeps, the oldest makes room.
pub(crate) fn create_policy_version(name: &str, document: &Value) -> Request {
    let params = Params::new()
        .with("PolicyName", name)
        .with("PolicyDocument", document)
        .with("SetAsDefault", true)
        .with(
            "RotateStrategy",
            "DeleteOldestNonDefaultVersionWhenLimitExceeded",
        );
    request("CreatePolicyVersion", params).repeatable()
}

/// `GetPolicy`.
pub(crate) fn get_policy(policy: &PolicyRef) -> Request {
    request("GetPolicy", policy.params())
}

/// `DeletePolicy` with all its versions.
pub(crate) fn delete_policy(name: &str) -> Request {
    let params = Params::new()
        .with("PolicyName", name)
        .with("CascadingDelete", true);
    request("DeletePolicy", params).repeatable()
}

/// `AttachPolicyToRole`.
pub(crate) fn attach(policy: &PolicyRef, role: &str) -> Request {
    let params = policy.params().with("RoleName", role);
    request("AttachPolicyToRole", params).repeatable()
}

/// `DetachPolicyFromRole`.
pub(crate) fn detach(policy: &PolicyRef, role: &str) -> Request {
    let params = policy.params().with("RoleName", role);
    request("DetachPolicyFromRole", params).repeatable()
}

/// `ListPoliciesForRole`, which has no pages.
pub(crate) fn policies_of(role: &str) -> Request {
    request("ListPoliciesForRole", Params::new().with("RoleName", role)).listing(POLICIES)
}

/// The policies of `ListPoliciesForRole`, in order.
pub(crate) fn read_policies(answer: Doc<'_>) -> Result<Vec<PolicyRef>> {
    let policies = answer.need_list(POLICIES)?.into_iter();
    let mut policies: Vec<_> = policies.map(read_ref).collect::<Result<_>>()?;
    policies.sort();
    Ok(policies)
}

/// One of them.
pub(crate) fn read_ref(doc: Doc<'_>) -> Result<PolicyRef> {
    let kind = match doc.text("PolicyType").as_deref() {
        Some("System") => PolicyKind::System,
        _ => PolicyKind::Custom,
    };
    Ok(PolicyRef {
        kind,
        name: doc.need("PolicyName")?,
    })
}

/// The policy of `GetPolicy` in its default version.
pub(crate) fn read_policy(doc: Doc<'_>) -> Result<Policy> {
    let text: String = doc.get("DefaultPolicyVersion").need("PolicyDocument")?;
    let policy = doc.get("Policy");
    Ok(Policy {
        owner: owner(policy),
        document: serde_json::from_str(&text)
            .map_err(|_| malformed("invalid policy document in the answer: expected JSON"))?,
        attachments: policy.parse("AttachmentCount").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_new_version_takes_the_place_of_the_oldest_and_is_in_force() {
        let request = create_policy_version("landbridge-net", &json!({"Version": "1"}));
        assert_eq!(
            request.params().form_body(),
            "PolicyName=landbridge-net&PolicyDocument=%7B%22Version%22%3A%221%22%7D&SetAsDefault=true\
             &RotateStrategy=DeleteOldestNonDefaultVersionWhenLimitExceeded"
        );
    }

    #[test]
    fn policies_are_named_with_their_kind() {
        let body = attach(&PolicyRef::custom("landbridge-net"), "peer")
            .params()
            .form_body();
        assert_eq!(
            body,
            "PolicyType=Custom&PolicyName=landbridge-net&RoleName=peer"
        );
        assert_eq!(
            delete_policy("p").params().form_body(),
            "PolicyName=p&CascadingDelete=true"
        );
        let create = create_policy("p", &Owner::new("net", "role/peer"), &json!({}));
        assert_eq!(
            create.params().get("Description"),
            Some("landbridge:net role/peer")
        );
    }

    #[test]
    fn policies_of_a_role_are_read_in_order() {
        let list = json!({"Policies": {"Policy": [{"PolicyName": "b", "PolicyType": "Custom"}, {"PolicyName": "a", "PolicyType": "System"}]}});
        let policies = read_policies(Doc::of(&list)).expect("reads");
        assert_eq!(policies[0].kind, PolicyKind::System);
        assert_eq!(policies[1], PolicyRef::custom("b"));
    }

    #[test]
    fn a_policy_is_read_with_its_document() {
        let answer = json!({"Policy": {"PolicyName": "p", "AttachmentCount": 2, "Description": "landbridge:t role/r"},
            "DefaultPolicyVersion": {"VersionId": "v2", "PolicyDocument": "{\"Version\":\"1\"}"}});
        let policy = read_policy(Doc::of(&answer)).expect("reads");
        assert_eq!(policy.attachments, 2);
        assert_eq!(policy.document, json!({"Version": "1"}));
        assert_eq!(policy.owner, Some(Owner::new("t", "role/r")));
    }
}
