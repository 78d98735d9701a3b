//! Random topologies: the seed alone says which.

use landbridge_core::engine::Engine;
use landbridge_core::topology::{
    Account, Firewall, FirewallRuleSpec, Instance, Interconnect, ModelChoice, Network, RuleSource,
    Subnet, Topology,
};
use landbridge_core::{
    Clock, CloudName, CreateGroup, CreateNetwork, CreateSubnet, Label, NetworkId, Owner, Place,
    Protocol, Result, Token,
};

/// Chance that the seed alone decides.
#[derive(Clone, Debug)]
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0.usize(..limit.max(1))
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Where topologies of one cloud are drawn.
pub(crate) struct Terrain {
    pub(crate) cloud: CloudName,
    pub(crate) accounts: Vec<&'static str>,
    pub(crate) regions: Vec<(&'static str, [&'static str; 2])>,
    pub(crate) models: Vec<ModelChoice>,
    /// Type and image of instances.
    pub(crate) machine: (&'static str, &'static str),
    /// The second number of the first network's addresses.
    pub(crate) first: u8,
}

/// What others have in a world.
#[derive(Clone, Debug)]
pub(crate) struct Theirs {
    place: Place,
    zone: &'static str,
    number: u8,
    /// Whether the topology joins it.
    is_joined: bool,
}

/// What there is in one world: what others have, and how the topology is made once that is there.
pub(crate) struct Draft {
    pub(crate) theirs: Vec<Theirs>,
    seed: u64,
    terrains: Vec<Terrain>,
}

impl Draft {
    pub(crate) fn new(seed: u64, terrains: Vec<Terrain>) -> Self {
        let mut dice = Dice::new(seed ^ 0x7e1f);
        let mut theirs = Vec::new();
        for terrain in &terrains {
            for number in 0..dice.below(3) {
                let (region, zones) = *dice.one(&terrain.regions);
                let account = *dice.one(&terrain.accounts);
                theirs.push(Theirs {
                    place: Place::new(terrain.cloud.clone(), account, region),
                    zone: zones[0],
                    number: terrain.first + 100 + number as u8,
                    is_joined: dice.chance(40),
                });
            }
        }
        Self {
            theirs,
            seed,
            terrains,
        }
    }

    /// Makes what others have: networks with a subnet and a group. Gives the IDs of the networks.
    pub(crate) async fn settle(
        &self,
        engine: &Engine,
        clock: &dyn Clock,
    ) -> Result<Vec<NetworkId>> {
        let mut networks = Vec::new();
        for theirs in &self.theirs {
            networks.push(theirs.make(engine, clock).await?);
        }
        Ok(networks)
    }

    /// The topology, in a world where the others have these networks.
    pub(crate) fn topology(&self, theirs: &[NetworkId]) -> Topology {
        let mut dice = Dice::new(self.seed);
        let mut topology = Topology::new("storm");
        for terrain in &self.terrains {
            let joined = self.theirs.iter().zip(theirs);
            let joined = joined.filter(|(t, _)| t.is_joined && t.place.cloud == terrain.cloud);
            topology = terrain.draw(&mut dice, topology, &joined.collect::<Vec<_>>());
        }
        topology
    }
}

impl Theirs {
    async fn make(&self, engine: &Engine, clock: &dyn Clock) -> Result<NetworkId> {
        let cloud = engine.cloud(&self.place).await?;
        let number = self.number;
        let label = |key: String| {
            let token = Token::derive(&["theirs", &key]);
            Label::new(format!("old-{number}"), Owner::new("theirs", key), token)
        };
        let range = |text: String| text.parse().expect("a range");
        let network = CreateNetwork::new(
            label(format!("network/old{number}")),
            range(format!("10.{number}.0.0/16")),
        );
        let id = cloud.create_network(&network).await?.id;
        clock.sleep(std::time::Duration::from_secs(120)).await;
        let subnet = CreateSubnet::new(
            label(format!("subnet/old{number}/s")),
            id.clone(),
            self.zone.into(),
            range(format!("10.{number}.9.0/24")),
        );
        cloud.create_subnet(&subnet).await?;
        let group = CreateGroup::new(label(format!("group/old{number}")), id.clone());
        cloud.create_group(&group).await?;
        clock.sleep(std::time::Duration::from_secs(120)).await;
        Ok(id)
    }
}

impl Terrain {
    fn draw(
        &self,
        dice: &mut Dice,
        mut topology: Topology,
        joined: &[(&Theirs, &NetworkId)],
    ) -> Topology {
        let short = |id: &str| format!("{}{}", self.cloud.as_str(), &id[id.len() - 2..]);
        for id in &self.accounts {
            let mut account = Account::new(short(id), self.cloud.clone(), *id);
            account.open_services = true;
            topology = topology.with_account(account);
        }
        let mut members: Vec<(String, bool)> = Vec::new();
        for number in 0..1 + dice.below(8) {
            let number = self.first + number as u8;
            let name = format!("n{number:03}");
            let (region, zones) = *dice.one(&self.regions);
            let account = short(account_of(dice, self));
            topology = topology.with_network(network(&name, &account, region, zones, number));
            members.push((name, true));
        }
        for (theirs, id) in joined {
            let name = format!("old{}", theirs.number);
            let account = short(theirs.place.account.as_str());
            let region = theirs.place.region.clone();
            let network = Network::existing(&name, account, region, (*id).clone());
            let range = format!("10.{}.1.0/24", theirs.number).parse();
            let subnet = Subnet::new("s1", theirs.zone, range.expect("a range"));
            topology = topology.with_network(network.with_subnet(subnet));
            members.push((name, false));
        }
        // Groups of two and more, one after the other; the rest stay alone.
        let mut group = 0;
        while members.len() >= 2 {
            let size = (2 + dice.below(4)).min(members.len());
            let some: Vec<(String, bool)> = members.drain(..size).collect();
            if dice.chance(85) {
                let owner = short(account_of(dice, self));
                topology = self.join(dice, topology, &some, group, owner);
                group += 1;
            }
        }
        topology
    }

    fn join(
        &self,
        dice: &mut Dice,
        mut topology: Topology,
        members: &[(String, bool)],
        group: usize,
        owner: String,
    ) -> Topology {
        let name = format!("{}-{group}", self.cloud.as_str());
        let names: Vec<String> = members.iter().map(|(name, _)| name.clone()).collect();
        let model = *dice.one(&self.models);
        let interconnect = Interconnect::new(&name, owner, names.clone()).with_model(model);
        topology = topology.with_interconnect(interconnect);
        if dice.chance(30) {
            return topology;
        }
        let sources = || [RuleSource::Members(name.clone())];
        let mut firewall = Firewall::new(format!("{name}-only"), names)
            .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, sources()));
        for port in [22, 80, 443].into_iter().take(dice.below(4)) {
            let rule = FirewallRuleSpec::allow(Protocol::Tcp, sources());
            firewall = firewall.with_rule(rule.with_port(port));
        }
        topology = topology.with_firewall(firewall);
        for (member, _) in members
            .iter()
            .filter(|(_, is_ours)| *is_ours)
            .take(dice.below(3))
        {
            let subnet = format!("{member}/s1").parse().expect("a path");
            let (kind, image) = self.machine;
            let firewall = format!("{name}-only");
            let instance = Instance::new(format!("i-{member}"), subnet, kind, image, [firewall]);
            topology = topology.with_instance(instance);
        }
        topology
    }
}

fn account_of(dice: &mut Dice, terrain: &Terrain) -> &'static str {
    let accounts: &[&str] = &terrain.accounts;
    accounts[dice.below(accounts.len())]
}

fn network(name: &str, account: &str, region: &str, zones: [&str; 2], number: u8) -> Network {
    let range = |text: String| text.parse().expect("a range");
    let network = Network::new(name, account, region, range(format!("10.{number}.0.0/16")));
    (1..).zip(zones).fold(network, |network, (index, zone)| {
        let range = range(format!("10.{number}.{index}.0/24"));
        network.with_subnet(Subnet::new(format!("s{index}"), zone, range))
    })
}
