//! How much of the lists of topologies and observations is gone through. Tests hold it against the size of the topology:
//! what looks at every network for every network takes minutes where there are thousands.

use std::cell::Cell;

thread_local! {
    static SEEN: Cell<usize> = const { Cell::new(0) };
}

/// Notes that a list of so many things is about to be gone through.
pub(crate) fn note(things: usize) {
    SEEN.set(SEEN.get() + things);
}

/// How many things some work has gone through, at most.
fn of(work: impl FnOnce()) -> usize {
    let before = SEEN.get();
    work();
    SEEN.get() - before
}

mod tests {
    use std::sync::Arc;

    use super::{SEEN, of};
    use crate::engine::Engine;
    use crate::ids::CloudName;
    use crate::memory::{ManualClock, MemoryProvider};
    use crate::observation::Observation;
    use crate::plan::{plan, plan_destroy};
    use crate::preflight::{preflight, preflight_destroy};
    use crate::topology::{
        Account, Firewall, FirewallRuleSpec, Interconnect, ModelChoice, Network, RuleSource,
        Subnet, Topology,
    };
    use crate::traits::Protocol;
    use crate::verify::{Traffic, verify};

    /// So many networks in each interconnect.
    const JOINED: usize = 4;

    fn network(index: usize) -> Network {
        let (account, region) = (["a", "b"][index % 2], ["r1", "r2"][index / 2 % 2]);
        let range = format!("10.{index}.0.0/16").parse().expect("a range");
        let zones = ["a", "b"].map(|zone| format!("{region}-{zone}"));
        let network = Network::new(format!("n{index}"), account, region, range);
        zones
            .into_iter()
            .enumerate()
            .fold(network, |network, (slot, zone)| {
                let range = format!("10.{index}.{slot}.0/24").parse().expect("a range");
                network.with_subnet(Subnet::new(format!("s{slot}"), zone, range))
            })
    }

    fn topology(networks: usize, model: ModelChoice) -> Topology {
        let cloud = CloudName::from_static("memory");
        let mut topology = Topology::new("big");
        for (name, id) in [("a", "1111"), ("b", "2222")] {
            let account = Account::new(name, cloud.clone(), id).with_open_services();
            topology = topology.with_account(account);
        }
        topology.networks.extend((0..networks).map(network));
        for first in (0..networks).step_by(JOINED) {
            let members: Vec<String> = (first..first + JOINED)
                .map(|one| format!("n{one}"))
                .collect();
            let name = format!("x{first}");
            let rule = FirewallRuleSpec::allow(Protocol::Tcp, [RuleSource::Members(name.clone())]);
            let firewall = Firewall::new(format!("f{first}"), members.clone());
            topology = topology
                .with_interconnect(Interconnect::new(name, "a", members).with_model(model))
                .with_firewall(firewall.with_rule(rule.with_port(22)));
        }
        topology
    }

    /// What is seen before the topology is applied, and after.
    async fn observed(topology: &Topology) -> [Observation; 2] {
        let clock = Arc::new(ManualClock::new());
        let provider = Arc::new(MemoryProvider::new(clock.clone()));
        let engine = Engine::new().with_clock(clock).with_provider(provider);
        let before = engine.observe(topology).await.expect("an observation");
        let applied = engine.apply(&plan(topology, &before)).await;
        applied.expect("everything is there");
        [
            before,
            engine.observe(topology).await.expect("an observation"),
        ]
    }

    /// Calls of the in-memory cloud look for what is gone only once something goes.
    #[tokio::test]
    async fn an_apply_that_deletes_nothing_goes_through_no_list() {
        let topology = topology(12, ModelChoice::Hub);
        let clock = Arc::new(ManualClock::new());
        let provider = Arc::new(MemoryProvider::new(clock.clone()));
        let engine = Engine::new().with_clock(clock).with_provider(provider);
        let before = engine.observe(&topology).await.expect("an observation");
        let plan = plan(&topology, &before);
        let seen = SEEN.get();
        engine.apply(&plan).await.expect("everything is there");
        assert_eq!(SEEN.get(), seen);
    }

    fn ignore<T>(_: &T) {}

    /// What each part goes through.
    async fn seen(networks: usize, model: ModelChoice) -> Vec<(&'static str, usize)> {
        let topology = topology(networks, model);
        let [before, after] = observed(&topology).await;
        let (topology, before, after) = (&topology, &before, &after);
        vec![
            ("check", of(|| topology.check().expect("it is sound"))),
            ("preflight", of(|| ignore(&preflight(topology, before)))),
            ("plan", of(|| ignore(&plan(topology, before)))),
            (
                "preflight of nothing",
                of(|| ignore(&preflight(topology, after))),
            ),
            (
                "plan of nothing",
                of(|| assert!(plan(topology, after).is_empty())),
            ),
            ("destroy", of(|| ignore(&plan_destroy(topology, after)))),
            (
                "preflight of a destroy",
                of(|| ignore(&preflight_destroy(topology, after))),
            ),
            (
                "verify",
                of(|| assert!(verify(topology, after, Traffic::tcp(22)).passed())),
            ),
        ]
    }

    #[tokio::test]
    async fn twice_the_networks_are_twice_the_work() {
        for model in [ModelChoice::Hub, ModelChoice::Mesh] {
            let (some, more) = (seen(12, model).await, seen(24, model).await);
            for ((part, some), (_, more)) in some.into_iter().zip(more) {
                println!("{part}: {some}, {more}");
                assert!(
                    more * 10 <= some * 22,
                    "{part} {model:?}: {some} grows to {more}"
                );
            }
        }
    }
}
