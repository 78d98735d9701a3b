//! Security groups between two accounts without a topology, where groups can do something and where they cannot.

use landbridge_core::permit::{NameBy, Party, Permit, PermitPlan};
use landbridge_core::plan::plan_destroy;
use landbridge_core::topology::Topology;
use landbridge_core::verify::Connection;
use landbridge_core::{
    CloudProvider, CreateGroup, CreateNetwork, CreateSubnet, GroupId, InstanceId, Label, NetworkId,
    Owner, PortRange, Protocol, RunInstance, Select, SubnetId, Token,
};
use landbridge_sim::{AccountSpec, IdentityKind, Simulator};

use crate::world::{A, B, World, place, three_networks, two_accounts};

const REGION: &str = "cn-hangzhou";

fn label(name: &str) -> Label {
    Label::new(name, Owner::new("manual", name), Token::derive(&[name]))
}

/// An instance of an account, with a group of its own.
pub(crate) struct Machine {
    pub(crate) instance: Party,
    pub(crate) group: Party,
}

pub(crate) async fn network(
    world: &World,
    account: &str,
    name: &str,
    range: &str,
) -> (NetworkId, SubnetId) {
    let cloud = world
        .provider
        .cloud(&place(account, REGION))
        .await
        .expect("a handle");
    let wide = format!("{range}.0.0/16").parse().expect("a range");
    let network = cloud
        .create_network(&CreateNetwork::new(label(name), wide))
        .await
        .expect("a network");
    settle(world);
    let mut subnets = Vec::new();
    for (number, zone) in ["h", "i"].into_iter().enumerate() {
        let narrow = format!("{range}.{number}.0/24").parse().expect("a range");
        let request = CreateSubnet::new(
            label(&format!("{name}-{zone}")),
            network.id.clone(),
            format!("{REGION}-{zone}").into(),
            narrow,
        );
        let subnet = cloud.create_subnet(&request).await.expect("a subnet");
        subnets.push(subnet.id);
        settle(world);
    }
    (network.id, subnets.swap_remove(0))
}

pub(crate) async fn machine(
    world: &World,
    account: &str,
    network: &NetworkId,
    subnet: &SubnetId,
) -> Machine {
    let place = place(account, REGION);
    let cloud = world.provider.cloud(&place).await.expect("a handle");
    let name = format!("machine-{account}");
    let group = cloud
        .create_group(&CreateGroup::new(label(&name), network.clone()))
        .await
        .expect("a group");
    let request = RunInstance::new(
        label(&name),
        subnet.clone(),
        vec![group.id.clone()],
        "ecs.t5-lc2m1.nano",
        "acs:alibaba_cloud_linux_3_2104_lts_x64",
    );
    let instance = cloud.run_instance(&request).await.expect("an instance");
    settle(world);
    Machine {
        instance: Party::Instance {
            place: place.clone(),
            id: instance.id,
        },
        group: Party::Group {
            place,
            id: group.id,
        },
    }
}

/// Lets everything that takes time have it.
fn settle(world: &World) {
    world.simulator.advance(std::time::Duration::from_secs(90));
}

async fn planned(world: &World, permit: &Permit) -> PermitPlan {
    world.engine.plan_permit(permit).await.expect("a plan")
}

async fn apply(world: &World, plan: &PermitPlan) {
    world.engine.apply_permit(plan).await.expect("applied");
}

/// How many of the two ways are open, as pings tell.
async fn open(world: &World, permit: &Permit) -> usize {
    let report = world.engine.prove_permit(permit).await.expect("a proof");
    assert_eq!(report.pairs.len(), 2, "{report}");
    for pair in &report.pairs {
        let ping = pair.ping.as_ref().expect("pings were sent");
        assert_eq!(ping.problem, None);
        assert_eq!(pair.path.blocked.is_none(), ping.all_received(), "{report}");
    }
    report.reachable()
}

/// One network of A, of which B uses a subnet.
async fn shared_network() -> (World, Machine, Machine) {
    let accounts = [A, B].map(|id| {
        let name = format!("{}@example.com", if id == A { "a" } else { "b" });
        AccountSpec::new("aliyun", id).login_name(name)
    });
    let world = World::start(accounts).await;
    let (vpc, subnet) = network(&world, A, "shared", "172.16").await;
    assert!(world.simulator.share_vswitch(subnet.as_str(), B));
    let ours = machine(&world, A, &vpc, &subnet).await;
    let theirs = machine(&world, B, &vpc, &subnet).await;
    (world, ours, theirs)
}

#[tokio::test]
async fn groups_of_two_accounts_name_each_other_inside_a_shared_network() {
    let (world, ours, theirs) = shared_network().await;
    let instances = Permit::new("manual", ours.instance, theirs.instance);
    assert_eq!(open(&world, &instances).await, 0);

    let permit = Permit::new("manual", ours.group, theirs.group);
    let plan = planned(&world, &permit).await;
    assert!(plan.report.passed(), "{plan}");
    assert_eq!(plan.changes.len(), 2, "{plan}");
    for change in &plan.changes {
        let foreign = if change.place.account.as_str() == A {
            B
        } else {
            A
        };
        let peer = change.add[0].peer.to_string();
        assert!(
            peer.starts_with(&format!("{foreign}/sg-")),
            "owner id and group: {peer}"
        );
        assert_eq!(change.covers.len(), 1, "{plan}");
    }
    apply(&world, &plan).await;
    assert_eq!(open(&world, &instances).await, 2);

    // The cloud shows login names where ids were written; the rules are the same all the same.
    let writes = world.writes();
    let second = planned(&world, &permit).await;
    assert!(second.is_empty(), "{second}");
    apply(&world, &second).await;

    let withdrawal = world.engine.plan_withdrawal(&permit).await.expect("a plan");
    assert_eq!(world.writes(), writes, "no write yet");
    apply(&world, &withdrawal).await;
    assert_eq!(open(&world, &instances).await, 0);
    assert!(
        world
            .engine
            .plan_withdrawal(&permit)
            .await
            .expect("a plan")
            .is_empty(),
        "revoked once"
    );
}

#[tokio::test]
async fn instances_of_a_shared_network_are_named_by_their_addresses() {
    let (world, ours, theirs) = shared_network().await;
    let permit = Permit::new("manual", ours.instance, theirs.instance);
    let plan = planned(&world, &permit).await;
    assert!(plan.report.passed(), "{plan}");
    apply(&world, &plan).await;
    assert_eq!(open(&world, &permit).await, 2);
    assert!(planned(&world, &permit).await.is_empty());
}

#[tokio::test]
async fn a_permit_of_tcp_alone_is_proven_by_connections() {
    let (world, ours, theirs) = shared_network().await;
    for (port, outcome) in [(22, Connection::Connected), (443, Connection::Refused)] {
        let permit = Permit::new("manual", ours.instance.clone(), theirs.instance.clone())
            .with_traffic(vec![(Protocol::Tcp, Some(PortRange::single(port)))]);
        let before = world.engine.prove_permit(&permit).await.expect("a proof");
        assert_eq!(before.reachable(), 0, "{before}");
        let plan = planned(&world, &permit).await;
        apply(&world, &plan).await;
        let after = world.engine.prove_permit(&permit).await.expect("a proof");
        assert!(after.passed() && after.pairs.len() == 2, "{after}");
        for pair in &after.pairs {
            let tried = pair.connection.as_ref().and_then(|tried| tried.outcome);
            assert_eq!((tried, &pair.ping), (Some(outcome), &None), "{after}");
        }
    }
}

#[tokio::test]
async fn one_half_of_a_permit_works_with_the_owners_id_alone() {
    let (world, ours, theirs) = shared_network().await;
    let Party::Group { id, .. } = &theirs.group else {
        unreachable!("a group")
    };
    let foreign = |account: &str| Party::ForeignGroup {
        account: account.into(),
        id: id.clone(),
    };
    let permit = Permit::new("manual", ours.group.clone(), foreign(B));
    let plan = planned(&world, &permit).await;
    assert_eq!(plan.report.codes(), ["permit/unseen"], "{plan}");
    assert_eq!(plan.changes.len(), 1);
    apply(&world, &plan).await;
    assert!(planned(&world, &permit).await.is_empty());

    // A wrong owner is refused by the cloud, and nothing is written.
    let wrong = Permit::new("other", ours.group, foreign("1234567890123499"));
    let plan = planned(&world, &wrong).await;
    let error = world.engine.apply_permit(&plan).await.expect_err("refused");
    let [(_, refusal)] = error.failures() else {
        panic!("one step failed: {error}");
    };
    assert!(refusal.remedy().is_some(), "{error}");
    assert!(
        !planned(&world, &wrong).await.is_empty(),
        "no rule was left"
    );
}

#[tokio::test]
async fn classic_instances_reach_none_in_private_networks() {
    let world = World::start(two_accounts()).await;
    let (vpc, subnet) = network(&world, A, "private", "172.16").await;
    let ours = machine(&world, A, &vpc, &subnet).await;
    let id = world.simulator.provision_classic_instance(B, REGION);
    let classic = |region: &str, id: &str| Party::Instance {
        place: place(B, region),
        id: InstanceId::new(id),
    };
    let plan = planned(
        &world,
        &Permit::new("manual", ours.instance, classic(REGION, &id)),
    )
    .await;
    assert_eq!(plan.report.codes(), ["permit/classic"], "{plan}");

    let far = world.simulator.provision_classic_instance(B, "cn-qingdao");
    let permit = Permit::new("manual", classic(REGION, &id), classic("cn-qingdao", &far));
    assert_eq!(
        planned(&world, &permit).await.report.codes(),
        ["permit/classic"]
    );

    // On one classic network groups work, whoever owns them.
    let near = world.simulator.provision_classic_instance(B, REGION);
    let permit = Permit::new("manual", classic(REGION, &id), classic(REGION, &near));
    let plan = planned(&world, &permit.with_name_by(NameBy::Group)).await;
    assert!(plan.report.passed(), "{plan}");
}

#[tokio::test]
async fn what_stands_against_a_permit_is_told_before_any_write() {
    let world = World::start(two_accounts()).await;
    let (vpc, subnet) = network(&world, A, "one", "172.16").await;
    let (other, other_subnet) = network(&world, B, "two", "10.0").await;
    let ours = machine(&world, A, &vpc, &subnet).await;
    let theirs = machine(&world, B, &other, &other_subnet).await;
    let writes = world.writes();

    let by_group = Permit::new("manual", ours.group.clone(), theirs.group);
    let plan = planned(&world, &by_group).await;
    assert_eq!(
        plan.report.codes(),
        ["permit/group-reference", "permit/unconnected"]
    );
    let proposal = plan.proposal.expect("a topology that would join them");

    let elsewhere = Party::Group {
        place: place(B, "cn-qingdao"),
        id: GroupId::new("sg-elsewhere"),
    };
    let plan = planned(
        &world,
        &Permit::new("manual", ours.group.clone(), elsewhere),
    )
    .await;
    assert_eq!(plan.report.codes(), ["permit/not-found"]);
    assert_eq!(world.writes(), writes);

    // The proposal is no empty promise.
    let permit = Permit::new("manual", ours.instance, theirs.instance);
    let proposal = with_consent(proposal);
    world.apply(&proposal).await;
    let plan = planned(&world, &permit).await;
    assert!(plan.report.passed(), "{plan}");
    apply(&world, &plan).await;
    assert_eq!(open(&world, &permit).await, 2);
    world.destroy(&proposal).await;
    assert_eq!(
        planned(&world, &permit).await.report.codes(),
        ["permit/unconnected"]
    );
}

fn with_consent(mut topology: Topology) -> Topology {
    topology
        .accounts
        .iter_mut()
        .for_each(|account| account.open_services = true);
    topology
}

#[tokio::test]
async fn root_keys_and_keys_of_another_account_are_one_finding_each() {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let root = AccountSpec::new("aliyun", A).identity(IdentityKind::Root);
    let world = World::on(
        simulator,
        [root, AccountSpec::new("aliyun", B)],
        Default::default(),
    );
    let party = |account: &str, id: &str| Party::Instance {
        place: place(account, REGION),
        id: InstanceId::new(id),
    };
    let permit = Permit::new("manual", party(A, "i-1"), party(B, "i-2"));
    let plan = planned(&world, &permit).await;
    assert_eq!(plan.report.codes(), ["identity/root", "permit/not-found"]);
    assert_eq!(world.writes(), 0);
}

#[tokio::test]
async fn rules_of_others_survive_a_withdrawal() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    world.apply(&topology).await;
    let party = async |account: &str| {
        let place = place(account, REGION);
        let cloud = world.provider.cloud(&place).await.expect("a handle");
        let all = cloud.list_instances(&Select::All).await.expect("a list");
        Party::Instance {
            place,
            id: all[0].id.clone(),
        }
    };
    let permit = Permit::new("manual", party(A).await, party(B).await);
    let plan = planned(&world, &permit).await;
    assert!(
        plan.changes.iter().all(|change| !change.foreign.is_empty()),
        "{plan}"
    );
    apply(&world, &plan).await;
    let withdrawal = world.engine.plan_withdrawal(&permit).await.expect("a plan");
    apply(&world, &withdrawal).await;
    assert!(
        world.plan(&topology).await.is_empty(),
        "the topology misses nothing"
    );
    assert!(world.verify(&topology).await.passed());
    let destroy = plan_destroy(
        &topology,
        &world.engine.observe(&topology).await.expect("observe"),
    );
    world.engine.apply(&destroy).await.expect("destroyed");
}
