//! Roles and identity providers of the setup: there at once, and not in the ledger.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Attachment, PolicyName, Role, State, Trust, custom_place, place, system};
use crate::account::RoleSpec;
use crate::aliyun::policy::{Document, Purpose};
use crate::random::Ids;

impl State {
    /// Creates or replaces a role that may do everything.
    pub(crate) fn provision_role(&mut self, spec: RoleSpec, ids: &mut Ids) {
        let trust_text = trust_text(&spec);
        let role = Role {
            id: ids.digits("role", 18),
            description: String::new(),
            trust: Trust {
                // Without trusted principals the document does not parse, and no principal may assume the role.
                present: Document::parse(&trust_text, Purpose::Trust).unwrap_or_default(),
                since: Duration::ZERO,
                former: Document::default(),
            },
            trust_text,
            longest_session: 3600,
            created: Duration::ZERO,
            updated: Duration::ZERO,
            usable: Duration::ZERO,
            tags: Vec::new(),
            attached: vec![Attachment {
                policy: PolicyName::System(system::ADMINISTRATOR.to_owned()),
                attached: Duration::ZERO,
                effective: Duration::ZERO,
            }],
            account: spec.account,
            name: spec.name,
        };
        self.roles.insert(place(&role.account, &role.name), role);
    }

    /// Creates or replaces an identity provider that takes exactly this token.
    pub(crate) fn provision_provider(&mut self, account: &str, name: &str, token: &str) {
        let place = custom_place(account, name);
        self.providers.insert(place, token.to_owned());
    }
}

/// The trust policy of a specification.
fn trust_text(spec: &RoleSpec) -> String {
    let mut principals = Map::new();
    for trusted in &spec.trusts {
        let (kind, name) = principal(trusted);
        let names = principals.entry(kind).or_insert_with(|| json!([]));
        if let Some(names) = names.as_array_mut() {
            names.push(name.into());
        }
    }
    let mut statement =
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principals});
    let conditions = conditions(spec);
    if !conditions.is_empty() {
        statement["Condition"] = conditions.into();
    }
    json!({"Version": "1", "Statement": [statement]}).to_string()
}

/// A bare account id means the whole account.
fn principal(trusted: &str) -> (&'static str, String) {
    if trusted.contains(":oidc-provider/") {
        ("Federated", trusted.to_owned())
    } else if trusted.ends_with(".aliyuncs.com") {
        ("Service", trusted.to_owned())
    } else if trusted.contains(':') {
        ("RAM", trusted.to_owned())
    } else {
        ("RAM", format!("acs:ram::{trusted}:root"))
    }
}

fn conditions(spec: &RoleSpec) -> Map<String, Value> {
    let mut conditions = Map::new();
    if let Some(id) = &spec.external_id {
        conditions.insert("StringEquals".to_owned(), json!({"sts:ExternalId": id}));
    }
    if spec.requires_mfa {
        conditions.insert("Bool".to_owned(), json!({"acs:MFAPresent": "true"}));
    }
    conditions
}
