//! Policies from a topology, in a language that counts what it writes.

use std::collections::BTreeSet;
use std::sync::Arc;

use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::object::{Form, Kind, OpKind};
use landbridge_core::policy::{
    AccountPolicies, AccountUse, PolicyLanguage, Purpose, Statement, policies,
};
use landbridge_core::topology::{CredentialSource, ModelChoice, Topology};
use landbridge_core::{Capabilities, CloudProvider, Concern, EnsureTrust, ReadPermission};
use serde_json::{Value, json};

use crate::common::{A, B, topology};

/// A language without resources.
#[derive(Debug)]
struct Plain {
    limit: usize,
}

impl PolicyLanguage for Plain {
    fn statements(&self, usage: &AccountUse, _: &Capabilities, purpose: Purpose) -> Vec<Statement> {
        let read = Statement::new("Read", "reads", usage.reads.iter().cloned());
        let write = Statement::new("Write", "writes", usage.writes.keys().cloned());
        match purpose {
            Purpose::Plan => vec![read],
            _ => vec![read, write],
        }
    }

    fn document(&self, statements: &[Statement]) -> Value {
        let actions = statements.iter().map(|statement| &statement.actions);
        json!(actions.collect::<Vec<_>>())
    }

    fn trust(&self, request: &EnsureTrust, _: &AccountUse) -> Value {
        let principals = request.principals.iter().map(ToString::to_string);
        json!({ "who": principals.collect::<Vec<_>>(), "id": request.external_id })
    }

    fn limit(&self) -> usize {
        self.limit
    }

    fn create_policy(&self, name: &str, file: &str) -> String {
        format!("create {name} {file}")
    }

    fn create_role(&self, name: &str, file: &str) -> String {
        format!("role {name} {file}")
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn scope_of(&self, _: &str) -> String {
        String::new()
    }
}

fn capabilities() -> Capabilities {
    let provider = MemoryProvider::new(Arc::new(ManualClock::new()));
    let mut capabilities = provider.capabilities().clone();
    capabilities.reads = vec![
        ReadPermission::new("memory:read", Concern::Any, "all"),
        ReadPermission::new("memory:read-hubs", Concern::Hub, "hubs"),
        ReadPermission::new("memory:read-edges", Concern::Edge, "edges"),
    ];
    capabilities
}

fn of(topology: &Topology, capabilities: &Capabilities, limit: usize) -> Vec<AccountPolicies> {
    let language = Plain { limit };
    let all = [capabilities.clone()];
    policies(topology, &all, |_| Some(&language))
}

fn account<'p>(all: &'p [AccountPolicies], id: &str) -> &'p AccountPolicies {
    let mut all = all.iter();
    all.find(|account| account.account.as_str() == id)
        .expect("the account")
}

#[test]
fn each_account_may_do_its_part_and_read_what_concerns_it() {
    let all = of(&topology(), &capabilities(), 6144);
    let (a, b) = (account(&all, A), account(&all, B));
    let reads: Vec<&str> = a.actions(Purpose::Plan).into_iter().collect();
    assert_eq!(reads, ["memory:read", "memory:read-hubs"]);
    let reads: Vec<&str> = b.actions(Purpose::Plan).into_iter().collect();
    assert_eq!(reads, ["memory:read"]);
    for (action, of_a, of_b) in [
        ("memory:create-hub", true, false),
        ("memory:delete-hub", true, false),
        ("memory:create-grant", false, true),
        ("memory:revoke-grant", false, true),
        ("memory:delete-network", true, true),
    ] {
        let life = |account: &AccountPolicies| account.actions(Purpose::Life).contains(action);
        assert_eq!((life(a), life(b)), (of_a, of_b), "{action}");
    }
}

#[test]
fn a_step_needs_what_its_sort_of_object_needs() {
    let mut capabilities = capabilities();
    let attach = OpKind::create(Kind::Peering);
    let forms = capabilities.form_permissions.entry(attach).or_default();
    forms.insert(Form::Attachment, vec!["memory:attach".to_owned()]);
    let mut topology = topology();
    topology.interconnects[0].model = ModelChoice::Hub;
    let all = of(&topology, &capabilities, 6144);
    let life = account(&all, A).actions(Purpose::Life);
    assert!(life.contains("memory:attach"), "{life:?}");
    // The connection of two regions is of another sort, and needs what all of the kind do.
    assert!(life.contains("memory:request-peering"), "{life:?}");
    let forms = capabilities.form_permissions.entry(attach).or_default();
    forms.insert(Form::Link, vec!["memory:link".to_owned()]);
    let all = of(&topology, &capabilities, 6144);
    let life = account(&all, A).actions(Purpose::Life);
    assert!(!life.contains("memory:request-peering"), "{life:?}");
}

#[test]
fn a_policy_that_is_too_large_is_written_in_parts() {
    let whole = of(&topology(), &capabilities(), 6144);
    let parts = of(&topology(), &capabilities(), 150);
    for (whole, parts) in whole.iter().zip(&parts) {
        assert_eq!(whole.documents_for(Purpose::Life).count(), 1);
        let life: Vec<_> = parts.documents_for(Purpose::Life).collect();
        assert!(life.len() > 1);
        for (position, part) in life.iter().enumerate() {
            assert_eq!((part.part, part.parts), (position + 1, life.len()));
            assert!(part.characters <= 150, "{}", part.document);
        }
        assert_eq!(parts.actions(Purpose::Life), whole.actions(Purpose::Life));
        let sids = life.iter().flat_map(|part| &part.statements);
        let sids: Vec<&str> = sids.map(|statement| statement.sid.as_str()).collect();
        assert_eq!(
            sids.len(),
            sids.iter().collect::<BTreeSet<_>>().len(),
            "{sids:?}"
        );
        let told = parts.to_string();
        assert!(
            told.contains("too large for one policy; attach all"),
            "{told}"
        );
    }
}

#[test]
fn a_model_that_is_left_open_needs_what_either_model_needs() {
    let mut decided = topology();
    decided.interconnects[0].model = ModelChoice::Auto;
    let open = of(&decided, &capabilities(), 6144);
    let open = account(&open, A).actions(Purpose::Life);
    for model in [ModelChoice::Hub, ModelChoice::Mesh] {
        decided.interconnects[0].model = model;
        let all = of(&decided, &capabilities(), 6144);
        let one = account(&all, A).actions(Purpose::Life);
        assert!(one.is_subset(&open), "{model:?}");
        assert!(one.len() < open.len(), "{model:?}");
    }
}

#[test]
fn the_same_topology_has_the_same_policies() {
    let one = of(&topology(), &capabilities(), 300);
    assert_eq!(one, of(&topology(), &capabilities(), 300));
}

#[test]
fn a_role_trusts_who_enters_it() {
    let mut topology = topology();
    let role = |id: &str, name: &str| format!("arn:memory:iam::{id}:role/path/{name}");
    topology.accounts[1].credentials = CredentialSource::AssumeRole {
        from: Some(topology.accounts[0].name.clone()),
        role: role(B, "peer"),
        external_id: Some("x-7".to_owned()),
    };
    let all = of(&topology, &capabilities(), 6144);
    assert_eq!(account(&all, A).trust, None);
    let trust = account(&all, B).trust.as_ref().expect("a trust document");
    assert_eq!(trust.role, "peer");
    assert_eq!(
        trust.document,
        json!({ "who": [format!("account {A}")], "id": "x-7" })
    );
    let uses = AccountUse::of(&topology, &[capabilities()]);
    assert_eq!(
        uses[0].assumes.iter().collect::<Vec<_>>(),
        [&role(B, "peer")]
    );

    // Who enters the first account through a role is that role.
    topology.accounts[0].credentials = CredentialSource::AssumeRole {
        from: Some("somebody".to_owned()),
        role: role(A, "hop"),
        external_id: None,
    };
    let all = of(&topology, &capabilities(), 6144);
    let trust = account(&all, B).trust.as_ref().expect("a trust document");
    assert_eq!(trust.principal, format!("role hop of {A}"));
}
