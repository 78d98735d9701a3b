//! What others made, beside what the topology made: a verdict is certain only where everything on the way is understood.

use landbridge_core::engine::Engine;
use landbridge_core::verify::{Path, Traffic, Verdict, verify};
use landbridge_core::{
    AclEntry, AclId, AclRecord, Action, Conditions, Destination, Direction, IcmpType, Inventory,
    NextHop, NotUnderstood, Phase, PortList, PortRange, PrefixList, Protocol, RouteOrigin,
    RouteRecord, Rule, RulePeer, RuleRecord, Status,
};
use landbridge_core::{Observation, Place};

use crate::apply::apply;
use crate::common::{A, B, memory, topology, world};

struct Case {
    observation: Observation,
}

impl Case {
    async fn new() -> Self {
        let (engine, _, _) = world();
        apply(&engine, &topology()).await;
        let mut observation = observed(&engine).await;
        let all = observation.inventories.iter_mut();
        for rule in all.flat_map(|inventory| &mut inventory.rules) {
            rule.priority = Some(5);
        }
        Self { observation }
    }

    fn at(&mut self, account: &str) -> &mut Inventory {
        let place = Place::new(memory(), account, "r1");
        let mut here = self.observation.inventories.iter_mut();
        here.find(|inventory| inventory.place == place)
            .expect("the place")
    }

    /// Adds a rule to the group of `i2`, at a priority.
    fn rule(&mut self, rule: Rule, priority: u32) -> &mut Self {
        let here = self.at(B);
        let group = here.groups[0].id.clone();
        here.rules
            .push(RuleRecord::new(group, rule).with_priority(priority));
        self
    }

    /// Takes all rules of a direction out of the group of `i2`.
    fn closed(&mut self) -> &mut Self {
        self.at(B).rules.clear();
        self
    }

    fn route(&mut self, destination: impl Into<Destination>, next_hop: NextHop) -> &mut Self {
        let here = self.at(A);
        let table = here.route_tables[0].id.clone();
        let ready = Status::new(Phase::Ready, "Available");
        let route = RouteRecord::new(table, destination, next_hop, RouteOrigin::Custom, ready);
        here.routes.push(route);
        self
    }

    /// Puts an access list before the subnets of `two`.
    fn acl(&mut self, entries: Vec<AclEntry>) -> &mut Self {
        let here = self.at(B);
        let subnets = here.subnets.iter().map(|subnet| subnet.id.clone());
        let acl = AclRecord::new(AclId::new("acl-1"), here.networks[0].id.clone())
            .with_subnets(subnets.collect())
            .with_entries(entries);
        here.acls.push(acl);
        self
    }

    fn path(&self, traffic: Traffic) -> Path {
        let report = verify(&topology(), &self.observation, traffic);
        let mut pairs = report.pairs.into_iter();
        let pair = pairs.find(|pair| pair.source == "i1" && pair.destination == "i2");
        pair.expect("the pair").path.clone()
    }

    fn verdict(&self, traffic: Traffic) -> Verdict {
        self.path(traffic).verdict()
    }
}

async fn observed(engine: &Engine) -> Observation {
    engine.observe(&topology()).await.expect("observe")
}

fn block(text: &str) -> ipnet::IpNet {
    text.parse().expect("a CIDR block")
}

fn allow(protocol: Protocol, peer: RulePeer) -> Rule {
    Rule::allow(Direction::Ingress, protocol, None, peer)
}

fn anywhere() -> RulePeer {
    RulePeer::Range(block("0.0.0.0/0"))
}

fn list(ranges: Option<&str>) -> RulePeer {
    let ranges = ranges.map(|range| vec![block(range)]);
    RulePeer::PrefixList(PrefixList::new("pl-1").with_ranges(ranges))
}

#[tokio::test]
async fn rules_with_conditions_apply_to_what_they_are_about() {
    let echo = |kind| Conditions::NONE.with_icmp(IcmpType::of(kind));
    let privileged = PortRange {
        first: 1,
        last: 1023,
    };
    let ports = |ports: &[u16]| {
        let ports = ports.iter().map(|port| PortRange::single(*port)).collect();
        Conditions::NONE.with_port_list(PortList::new("prl-1").with_ports(Some(ports)))
    };
    let icmp = || allow(Protocol::Icmp, anywhere());
    let tcp = || allow(Protocol::Tcp, anywhere());
    let near = |range| Conditions::NONE.with_near(block(range));
    let from = Conditions::NONE.with_source_ports(privileged);
    let ping = Traffic::PING;
    for (rule, traffic, expected) in [
        (icmp().with_only(echo(8)), ping, Verdict::Reachable),
        (icmp().with_only(echo(3)), ping, Verdict::Blocked),
        (
            icmp().with_only(near("10.2.0.0/16")),
            ping,
            Verdict::Reachable,
        ),
        (
            icmp().with_only(near("10.2.99.0/24")),
            ping,
            Verdict::Blocked,
        ),
        (
            tcp().with_only(ports(&[80, 443])),
            Traffic::tcp(443),
            Verdict::Reachable,
        ),
        (
            tcp().with_only(ports(&[80, 443])),
            Traffic::tcp(22),
            Verdict::Blocked,
        ),
        (
            tcp().with_only(from.clone()),
            Traffic::tcp(443),
            Verdict::Blocked,
        ),
        (
            tcp().with_only(from),
            Traffic::tcp(443).from_port(20),
            Verdict::Reachable,
        ),
        (
            allow(Protocol::Icmp, list(Some("10.1.0.0/16"))),
            ping,
            Verdict::Reachable,
        ),
        (
            allow(Protocol::Icmp, list(Some("10.7.0.0/16"))),
            ping,
            Verdict::Blocked,
        ),
        (
            allow(Protocol::Number(50), anywhere()),
            Traffic::protocol(Protocol::Number(50)),
            Verdict::Reachable,
        ),
        (
            allow(Protocol::Number(50), anywhere()),
            ping,
            Verdict::Blocked,
        ),
    ] {
        let mut case = Case::new().await;
        let text = format!("{rule}");
        let verdict = case.closed().rule(rule, 1).verdict(traffic);
        assert_eq!(verdict, expected, "{text}, {traffic}");
    }
}

#[tokio::test]
async fn what_is_not_understood_leaves_the_verdict_open_and_is_named() {
    let unread = Conditions::NONE.and_unread("flow label 7");
    for rule in [
        allow(Protocol::Icmp, list(None)),
        allow(Protocol::Icmp, RulePeer::Other("service s3".to_owned())),
        allow(Protocol::Icmp, anywhere()).with_only(unread),
        allow(Protocol::Icmp, anywhere()).with_action(Action::Unknown),
    ] {
        let mut case = Case::new().await;
        let text = rule.to_string();
        let path = case.closed().rule(rule, 1).path(Traffic::PING);
        assert_eq!(path.verdict(), Verdict::Undecided, "{text}");
        let open = path.undecided.expect("a reason");
        assert!(open.element.contains("of i2"), "{}", open.element);
        assert!(open.cause.contains(&text), "{}", open.cause);
    }
}

#[tokio::test]
async fn what_is_not_understood_is_told_only_where_it_matters() {
    // The topology's own rule lets pings in at priority 5, so a rule that would let in the same changes nothing.
    let mut case = Case::new().await;
    let same = allow(Protocol::Icmp, list(None));
    assert_eq!(
        case.rule(same, 5).verdict(Traffic::PING),
        Verdict::Reachable
    );
    // One that would drop them does, unless it comes later.
    let drop = || allow(Protocol::Icmp, list(None)).with_action(Action::Deny);
    let mut later = Case::new().await;
    assert_eq!(
        later.rule(drop(), 9).verdict(Traffic::PING),
        Verdict::Reachable
    );
    let mut before = Case::new().await;
    assert_eq!(
        before.rule(drop(), 5).verdict(Traffic::PING),
        Verdict::Undecided
    );
    // What stops the packet for certain decides, wherever it is.
    let mut both = Case::new().await;
    let hole = NextHop::BlackHole;
    both.rule(drop(), 5).route(block("10.2.1.0/24"), hole);
    assert_eq!(both.verdict(Traffic::PING), Verdict::Blocked);
}

#[tokio::test]
async fn rules_of_all_groups_count_as_one_list() {
    let mut case = Case::new().await;
    let here = case.at(B);
    let mut second = here.groups[0].clone();
    second.id = "sg-second".into();
    let instance = here.instances.iter_mut().find(|one| one.address.is_some());
    instance.expect("i2").groups.push(second.id.clone());
    here.groups.push(second.clone());
    assert_eq!(case.verdict(Traffic::PING), Verdict::Reachable);
    let drop = allow(Protocol::Icmp, anywhere()).with_action(Action::Deny);
    let record = RuleRecord::new(second.id, drop).with_priority(5);
    case.at(B).rules.push(record);
    assert_eq!(case.verdict(Traffic::PING), Verdict::Blocked);
}

#[tokio::test]
async fn a_group_that_nobody_read_leaves_the_verdict_open() {
    let mut case = Case::new().await;
    let mut instances = case.at(B).instances.iter_mut();
    let instance = instances.find(|one| one.address.is_some()).expect("i2");
    instance.groups.push("sg-unseen".into());
    // Where groups can deny, one more can close what is open.
    let path = case.path(Traffic::PING);
    let open = path.undecided.expect("nobody can tell");
    assert!(open.element.contains("sg-unseen"), "{}", open.element);
    case.closed();
    assert_eq!(case.verdict(Traffic::PING), Verdict::Undecided);
}

#[tokio::test]
async fn routes_of_others_decide_by_their_prefix_or_leave_open() {
    let elsewhere = || NextHop::Other {
        kind: "appliance".to_owned(),
        id: "eni-1".to_owned(),
    };
    let known = |range: &str| PrefixList::new("pl-1").with_ranges(Some(vec![block(range)]));
    let hole = || NextHop::BlackHole;
    let internet = NextHop::Internet("igw-1".to_owned());
    let list = |list: PrefixList| Destination::PrefixList(list);
    for (destination, next_hop, expected) in [
        (list(known("10.2.1.0/24")), hole(), Verdict::Blocked),
        (list(known("10.2.9.0/24")), hole(), Verdict::Reachable),
        (list(known("10.0.0.0/8")), hole(), Verdict::Reachable),
        (list(PrefixList::new("pl-1")), hole(), Verdict::Undecided),
        (
            Destination::Other("s3".to_owned()),
            hole(),
            Verdict::Undecided,
        ),
        (block("10.2.1.0/24").into(), elsewhere(), Verdict::Undecided),
        (block("10.2.1.0/24").into(), internet, Verdict::Blocked),
        (
            block("10.2.1.0/24").into(),
            NextHop::Peering("tgw-attach-1".into()),
            Verdict::Undecided,
        ),
    ] {
        let mut case = Case::new().await;
        let text = format!("{destination} to {next_hop}");
        let verdict = case.route(destination, next_hop).verdict(Traffic::PING);
        assert_eq!(verdict, expected, "{text}");
    }
}

#[tokio::test]
async fn access_lists_check_the_answer_by_its_own_type_and_port() {
    let entry = |number, direction, action, only: Conditions| {
        AclEntry::new(
            number,
            direction,
            action,
            Protocol::Icmp,
            block("0.0.0.0/0"),
        )
        .with_only(only)
    };
    let message = |kind| Conditions::NONE.with_icmp(IcmpType::of(kind));
    let (in_, out) = (Direction::Ingress, Direction::Egress);
    let pass = Action::Allow;
    for (answer, expected) in [(0, Verdict::Reachable), (8, Verdict::Blocked)] {
        let mut case = Case::new().await;
        case.acl(vec![
            entry(100, in_, pass, message(8)),
            entry(100, out, pass, message(answer)),
        ]);
        let path = case.path(Traffic::PING);
        assert_eq!(path.verdict(), expected, "{answer}");
        let on_return = path.blocked.map(|reason| reason.on_return);
        assert_eq!(on_return, (answer == 8).then_some(true));
    }
    let mut case = Case::new().await;
    let unread = Conditions::NONE.and_unread("TTL 7");
    case.acl(vec![
        entry(90, in_, Action::Deny, unread),
        entry(100, in_, pass, Conditions::NONE),
        entry(100, out, pass, Conditions::NONE),
    ]);
    let open = case.path(Traffic::PING).undecided.expect("a reason");
    assert!(open.cause.contains("entry 90"), "{}", open.cause);
}

#[tokio::test]
async fn what_is_not_understood_in_the_table_of_a_hub_leaves_the_verdict_open() {
    let mut case = Case::new().await;
    let inventories = case.observation.inventories.iter();
    let mut hubs = inventories.flat_map(|inventory| &inventory.hubs);
    let table = hubs.find_map(|hub| hub.table.clone()).expect("a table");
    let here = case.at(A);
    let odd = NotUnderstood::new(
        here.place.clone(),
        "ListHubRoutes",
        "route-9",
        "no destination",
    );
    let elsewhere = odd.clone().with_within("vtb-elsewhere".to_owned());
    here.not_understood.push(elsewhere);
    assert_eq!(case.verdict(Traffic::PING), Verdict::Reachable);
    let odd = odd.with_within(table.to_string());
    case.at(A).not_understood.push(odd);
    let open = case.path(Traffic::PING).undecided.expect("a reason");
    assert!(open.cause.contains("route-9"), "{}", open.cause);
}
