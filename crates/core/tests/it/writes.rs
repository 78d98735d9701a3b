//! Permits, grants and trust are written by the engine like everything else: behind its gate, with its events, and with
//! its rules for lost answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use landbridge_core::engine::{ApplyError, Engine};
use landbridge_core::event::{Event, EventRecord, EventSink};
use landbridge_core::memory::{FaultPoint, MemoryAccount, MemoryProvider};
use landbridge_core::object::ObjectKey;
use landbridge_core::permit::{Party, Permit};
use landbridge_core::plan::grant::Consent;
use landbridge_core::plan::{Plan, StepKey, trust};
use landbridge_core::{
    CloudProvider, Endpoint, EnsureTrust, EnsureUser, ErrorKind, IdentityKind, Owner, Payer, Place,
    Principal, Select,
};
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{A, B, memory, topology, world_like};

const MARK: &str = "manual";

fn place(account: &str) -> Place {
    Place::new(memory(), account, "r1")
}

/// The usual topology is there, on a cloud that makes users.
async fn joined() -> (Engine, MemoryProvider) {
    let (usual, _, _) = world_like(|builder| builder);
    let mut capabilities = usual.capabilities().remove(0);
    capabilities.trusted_users = true;
    // Everything is ready at once, so that no write is refused but by a fault.
    let (engine, provider, _) = world_like(|builder| {
        builder
            .with_latency(Duration::ZERO)
            .with_capabilities(capabilities)
    });
    apply(&engine, &topology()).await;
    (engine, provider)
}

async fn permit(provider: &MemoryProvider) -> Permit {
    let mut parties = Vec::new();
    for account in [A, B] {
        let place = place(account);
        let cloud = provider.cloud(&place).await.expect("a handle");
        let all = cloud.list_instances(&Select::All).await.expect("a list");
        let id = all.into_iter().next().expect("an instance").id;
        parties.push(Party::Instance { place, id });
    }
    let right = parties.pop().expect("two");
    let left = parties.pop().expect("two");
    Permit::new(MARK, left, right)
}

/// The consent of account B to the hub of account A, for a network that is not attached.
async fn consent(provider: &MemoryProvider) -> Consent {
    let hubs = provider.cloud(&place(A)).await.expect("a handle");
    let hubs = hubs.list_hubs(&Select::All).await.expect("a list");
    let hub = hubs.into_iter().find(|hub| hub.region.is_none());
    let b = provider.cloud(&place(B)).await.expect("a handle");
    let label = landbridge_core::Label::new(
        "lonely",
        Owner::new("other", "network/lonely"),
        landbridge_core::Token::derive(&["lonely"]),
    );
    let range = "10.99.0.0/16".parse().expect("a range");
    let network = landbridge_core::CreateNetwork::new(label, range);
    let network = b.create_network(&network).await.expect("a network");
    Consent {
        place: place(B),
        member: Endpoint::Network {
            id: network.id,
            account: B.into(),
            region: "r1".into(),
        },
        hub: hub.expect("a global hub").id,
        hub_account: A.into(),
        payer: Some(Payer::HubOwner),
    }
}

fn role() -> EnsureTrust {
    let user = Principal::User {
        account: A.into(),
        name: "operator".to_owned(),
    };
    EnsureTrust::new("peer", Owner::new(MARK, "role/peer"), user)
}

fn user() -> EnsureUser {
    let owner = Owner::new(MARK, "user/operator");
    EnsureUser::new("operator", owner, format!("arn:memory::{B}:role/peer"))
}

/// What is written without a topology.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Thing {
    Permit,
    Grant,
    Trust,
}

const THINGS: [Thing; 3] = [Thing::Permit, Thing::Grant, Thing::Trust];

struct Case {
    engine: Engine,
    provider: MemoryProvider,
    permit: Permit,
    consent: Consent,
}

impl Case {
    async fn new() -> Self {
        let (engine, provider) = joined().await;
        Self {
            permit: permit(&provider).await,
            consent: consent(&provider).await,
            engine,
            provider,
        }
    }

    async fn give(&self, thing: Thing) -> Plan {
        let capabilities = self.engine.capabilities();
        let plan = match thing {
            Thing::Permit => {
                let plan = self.engine.plan_permit(&self.permit).await;
                plan.expect("a permit").steps(&capabilities)
            }
            Thing::Grant => self.consent.give(&capabilities),
            Thing::Trust => {
                let (a, b) = (place(A), place(B));
                let (user, role) = (user(), role());
                trust::ensure(MARK, Some((&a, &user)), Some((&b, &role)), &capabilities)
            }
        };
        plan.expect("a plan")
    }

    async fn take_back(&self, thing: Thing) -> Plan {
        let capabilities = self.engine.capabilities();
        let plan = match thing {
            Thing::Permit => {
                let plan = self.engine.plan_withdrawal(&self.permit).await;
                plan.expect("a withdrawal").steps(&capabilities)
            }
            Thing::Grant => self.consent.take_back(&capabilities),
            Thing::Trust => {
                let (a, b) = (place(A), place(B));
                let (user, role) = (Some((&a, "operator")), Some((&b, "peer")));
                trust::delete(MARK, role, user, &capabilities)
            }
        };
        plan.expect("a plan")
    }
}

fn keys(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.key.to_string()).collect()
}

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Event>>);

impl EventSink for Heard {
    fn emit(&self, record: EventRecord) {
        self.0.lock().expect("not poisoned").push(record.event);
    }
}

#[tokio::test]
async fn each_is_one_plan_whose_steps_are_told_by_their_keys() {
    let case = Case::new().await;
    for thing in THINGS {
        for back in [false, true] {
            let plan = match back {
                false => case.give(thing).await,
                true => case.take_back(thing).await,
            };
            assert!(!plan.is_empty(), "{thing:?}");
            assert!(plan.steps.iter().all(|step| step.op.is_delete() == back));
            assert!(
                plan.steps.iter().all(|step| !step.permissions.is_empty()),
                "permissions are told: {plan}"
            );
            let heard = Arc::new(Heard::default());
            let engine = case.engine.clone().with_events(heard.clone());
            let applied = engine.apply(&plan).await.expect("apply");
            assert_eq!(applied.steps, plan.steps.len());
            let events = heard.0.lock().expect("not poisoned");
            let started = events.iter().filter_map(|event| match event {
                Event::StepStarted { key, .. } => Some(key.to_string()),
                _ => None,
            });
            assert_eq!(started.collect::<Vec<_>>(), keys(&plan), "{thing:?}");
            let done = events.iter().filter_map(|event| match event {
                Event::StepDone { key, .. } => Some(key.to_string()),
                _ => None,
            });
            assert_eq!(done.collect::<Vec<_>>(), keys(&plan), "{thing:?}");
        }
    }
}

#[tokio::test]
async fn the_keys_name_group_hub_member_role_and_user() {
    let case = Case::new().await;
    let kinds = |plan: &Plan| {
        let heads = plan.steps.iter().map(|step| match step.key.object() {
            ObjectKey::RulesOf(_) => "rules",
            ObjectKey::Grant(_) => "grant",
            ObjectKey::Role(_) => "role",
            ObjectKey::User(_) => "user",
            other => panic!("{other}"),
        });
        heads.collect::<Vec<_>>()
    };
    assert_eq!(kinds(&case.give(Thing::Permit).await), ["rules", "rules"]);
    let given = case.give(Thing::Grant).await;
    assert_eq!(kinds(&given), ["grant"]);
    let (hub, member) = (&case.consent.hub, case.consent.member.id());
    assert_eq!(keys(&given), [format!("grant/{hub}/{member}")]);
    assert_eq!(kinds(&case.give(Thing::Trust).await), ["user", "role"]);
    let deleted = case.take_back(Thing::Trust).await;
    assert_eq!(keys(&deleted), ["delete:role/peer", "delete:user/operator"]);
    assert_eq!(deleted.topology, MARK);
    let first = StepKey::delete(ObjectKey::Role("peer".to_owned()));
    assert_eq!(deleted.steps[1].depends_on, [first]);
}

#[tokio::test]
async fn after_a_cancellation_nothing_is_written() {
    let case = Case::new().await;
    for thing in THINGS {
        let plan = case.give(thing).await;
        let writes = case.provider.write_count();
        let cancel = CancellationToken::new();
        cancel.cancel();
        let engine = case.engine.clone().with_cancellation(cancel);
        let stopped: ApplyError = engine.apply(&plan).await.expect_err("cancelled");
        assert_eq!(stopped.kind(), ErrorKind::Cancelled, "{thing:?}");
        assert_eq!(case.provider.write_count(), writes, "{thing:?}");
    }
}

#[tokio::test]
async fn a_cancellation_during_a_write_is_before_the_next() {
    let case = Case::new().await;
    for thing in [Thing::Permit, Thing::Trust] {
        let plan = case.give(thing).await;
        let cancel = CancellationToken::new();
        let listener = cancel.clone();
        case.provider.on_write(move |_, _| listener.cancel());
        let engine = case.engine.clone().with_cancellation(cancel);
        let writes = case.provider.write_count();
        let stopped = engine.apply(&plan).await.expect_err("cancelled");
        assert_eq!(stopped.kind(), ErrorKind::Cancelled, "{thing:?}");
        assert_eq!(case.provider.write_count(), writes + 1, "{thing:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_a_look_and_not_by_a_second_write() {
    let case = Case::new().await;
    for thing in THINGS {
        for back in [false, true] {
            let plan = match back {
                false => case.give(thing).await,
                true => case.take_back(thing).await,
            };
            let writes = case.provider.write_count();
            for n in 0..plan.steps.len() {
                let (point, kind) = (FaultPoint::After, ErrorKind::OutcomeUnknown);
                case.provider.fail_call(n, point, kind);
            }
            case.engine.apply(&plan).await.expect("settled");
            let written = case.provider.write_count() - writes;
            assert_eq!(written, plan.steps.len(), "{thing:?}, back: {back}");
        }
    }
}

#[tokio::test]
async fn a_call_that_was_lost_on_its_way_is_sent_again() {
    let case = Case::new().await;
    for thing in THINGS {
        let plan = case.give(thing).await;
        let (point, kind) = (FaultPoint::Before, ErrorKind::OutcomeUnknown);
        case.provider.fail_call(0, point, kind);
        let writes = case.provider.write_count();
        case.engine.apply(&plan).await.expect("settled");
        let written = case.provider.write_count() - writes;
        assert_eq!(written, plan.steps.len() + 1, "{thing:?}");
    }
}

#[tokio::test]
async fn a_write_whose_answers_make_no_sense_is_looked_for_and_sent_five_times_at_most() {
    let case = Case::new().await;
    for thing in THINGS {
        let plan = case.give(thing).await;
        for n in 0..100 {
            case.provider
                .fail_call(n, FaultPoint::Before, ErrorKind::Malformed);
        }
        let writes = case.provider.write_count();
        let error = case.engine.apply(&plan).await.expect_err("never accepted");
        let written = case.provider.write_count() - writes;
        // Steps that depend on none are sent side by side.
        assert!(
            (5..=5 * plan.steps.len()).contains(&written),
            "{thing:?}: {written}"
        );
        assert!(
            error.to_string().contains("5 answers"),
            "{thing:?}: {error}"
        );
    }
}

#[tokio::test]
async fn a_write_that_took_effect_with_an_answer_that_makes_no_sense_is_sent_once() {
    let case = Case::new().await;
    for thing in THINGS {
        let plan = case.give(thing).await;
        for n in 0..plan.steps.len() {
            case.provider
                .fail_call(n, FaultPoint::After, ErrorKind::Malformed);
        }
        let writes = case.provider.write_count();
        case.engine.apply(&plan).await.expect("found");
        let written = case.provider.write_count() - writes;
        assert_eq!(written, plan.steps.len(), "{thing:?}");
        case.take_back(thing).await;
    }
}

#[tokio::test]
async fn what_is_in_use_by_others_is_refused_at_once() {
    let case = Case::new().await;
    let b = case.provider.cloud(&place(B)).await.expect("a handle");
    let networks = b.list_networks(&Select::All).await.expect("a list");
    let attached = networks
        .into_iter()
        .find(|network| network.name.contains("two"));
    let consent = Consent {
        member: Endpoint::Network {
            id: attached.expect("the topology's network").id,
            account: B.into(),
            region: "r1".into(),
        },
        ..case.consent.clone()
    };
    let plan = consent.take_back(&case.engine.capabilities());
    let writes = case.provider.write_count();
    let refused = case.engine.apply(&plan.expect("a plan")).await;
    let refused = refused.expect_err("the network is attached");
    assert_eq!(refused.kind(), ErrorKind::InUse, "{refused}");
    assert_eq!(case.provider.write_count(), writes + 1);
}

#[tokio::test]
async fn keys_of_the_account_itself_write_nothing() {
    let case = Case::new().await;
    for thing in THINGS {
        let plan = case.give(thing).await;
        let (engine, provider, _) = world_like(|builder| {
            let root = |account| MemoryAccount::new(account).with_kind(IdentityKind::Root);
            builder.with_account(root(A)).with_account(root(B))
        });
        let refused = engine.apply(&plan).await.expect_err("root");
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{thing:?}");
        assert_eq!(provider.write_count(), 0);
    }
}

#[tokio::test]
async fn a_role_of_another_owner_is_refused_and_stays() {
    let case = Case::new().await;
    let b = case.provider.cloud(&place(B)).await.expect("a handle");
    let mut theirs = role();
    theirs.owner = Owner::new("other", "role/peer");
    let made = b.ensure_trust(&theirs).await.expect("made");
    let (home, ours) = (place(B), role());
    let capabilities = case.engine.capabilities();
    let ensure = trust::ensure(MARK, None, Some((&home, &ours)), &capabilities);
    let delete = trust::delete(MARK, Some((&home, "peer")), None, &capabilities);
    for plan in [ensure, delete] {
        let refused = case.engine.apply(&plan.expect("a plan")).await;
        let refused = refused.expect_err("another owner's");
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists, "{refused}");
    }
    let there = b.describe_trust("peer").await.expect("a look");
    assert_eq!(there, Some(made));
    let wrong = trust::ensure("third", None, Some((&home, &ours)), &capabilities);
    let wrong = wrong.expect_err("two owners in one plan");
    assert_eq!(wrong.kind(), ErrorKind::InvalidInput);
}
