//! What a topology does in one account.

use std::collections::{BTreeMap, BTreeSet};

use super::imagined::imagined;
use crate::cost::possible_models;
use crate::ids::{AccountId, CloudName, GroupId, InstanceId, NetworkId, Region, SubnetId};
use crate::object::{Kind, OpKind};
use crate::observation::Observation;
use crate::plan::{Op, Plan, Step, needed_services, plan};
use crate::topology::{
    Account, AgentRole, CredentialSource, Holder, Interconnect, Network, Topology,
};
use crate::traits::{Capabilities, CloudService, Concern, Model};

/// A network that takes part, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct UsedNetwork {
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// Its ID; absent for one that Landbridge creates.
    pub id: Option<NetworkId>,
}

/// Where an action is taken that writes, and by which kinds of steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The regions.
    pub regions: BTreeSet<Region>,
    /// The kinds of steps.
    pub kinds: BTreeSet<OpKind>,
}

/// What a topology does in one account through its whole life, from nothing to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountUse {
    /// The cloud.
    pub cloud: CloudName,
    /// The account.
    pub account: AccountId,
    /// Its name in the topology.
    pub name: String,
    /// The names that tags of the topology may say, today's first.
    pub topologies: Vec<String>,
    /// The regions of the account that the topology names.
    pub regions: BTreeSet<Region>,
    /// What of the account concerns the topology.
    pub concerns: BTreeSet<Concern>,
    /// The actions that read.
    pub reads: BTreeSet<String>,
    /// The actions that write, and those that only they need.
    pub writes: BTreeMap<String, Written>,
    /// Its networks that take part.
    pub networks: BTreeSet<UsedNetwork>,
    /// Its existing firewall groups that rules are written into.
    pub groups: BTreeSet<(Region, GroupId)>,
    /// Its existing subnets that the topology names.
    pub subnets: BTreeSet<(Region, SubnetId)>,
    /// Its existing instances that the topology names, which send pings.
    pub instances: BTreeSet<(Region, InstanceId)>,
    /// The roles of agents that exist and the topology names.
    pub agent_roles: BTreeSet<String>,
    /// Networks at the far ends of peerings of its own networks.
    pub far: BTreeSet<UsedNetwork>,
    /// The roles of other accounts that its identity assumes, as the topology names them.
    pub assumes: BTreeSet<String>,
}

impl AccountUse {
    fn nothing(topology: &Topology, account: &Account) -> Self {
        let names = std::iter::once(&topology.name).chain(&topology.was);
        Self {
            cloud: account.cloud.clone(),
            account: account.id.clone(),
            name: account.name.clone(),
            topologies: names.cloned().collect(),
            regions: BTreeSet::new(),
            concerns: BTreeSet::new(),
            reads: BTreeSet::new(),
            writes: BTreeMap::new(),
            networks: BTreeSet::new(),
            groups: BTreeSet::new(),
            subnets: BTreeSet::new(),
            instances: BTreeSet::new(),
            agent_roles: BTreeSet::new(),
            far: BTreeSet::new(),
            assumes: BTreeSet::new(),
        }
    }

    /// What a topology does in each account whose keys are ours. Where it leaves models open, whichever may be chosen.
    pub fn of(topology: &Topology, capabilities: &[Capabilities]) -> Vec<Self> {
        let ours = topology.accounts.iter();
        let ours = ours.filter(|account| account.held_by == Holder::Us);
        let mut all: Vec<Self> = ours
            .map(|account| Self::nothing(topology, account))
            .collect();
        for decided in possible_models(topology, capabilities) {
            let life = Life::of(&decided, capabilities);
            all.iter_mut().for_each(|usage| life.add_to(usage));
        }
        all
    }

    /// Adds what second opinions need where instances of the topology are.
    pub(super) fn add_second_opinion(&mut self, capabilities: &Capabilities) {
        if capabilities.oracle.is_none() || !self.concerns.contains(&Concern::Instances) {
            return;
        }
        let start = OpKind::create(Kind::Analysis);
        for kind in [Some(start), start.undo()].into_iter().flatten() {
            let actions = capabilities.permissions.get(&kind).into_iter().flatten();
            for action in actions.filter(|action| !self.reads.contains(*action)) {
                let written = self.writes.entry(action.clone()).or_default();
                written.regions.extend(self.regions.iter().cloned());
                written.kinds.insert(kind);
            }
        }
    }

    /// Every action, sorted.
    pub fn actions(&self) -> BTreeSet<String> {
        let writes = self.writes.keys().cloned();
        self.reads.iter().cloned().chain(writes).collect()
    }

    /// The regions where Landbridge creates networks.
    pub fn regions_of_new_networks(&self) -> BTreeSet<&Region> {
        let new = self.networks.iter().filter(|one| one.id.is_none());
        new.map(|network| &network.region).collect()
    }

    /// The existing networks, each with its region.
    pub fn existing_networks(&self) -> impl Iterator<Item = (&Region, &NetworkId)> {
        let networks = self.networks.iter();
        networks.filter_map(|network| Some((&network.region, network.id.as_ref()?)))
    }
}

/// A topology and the steps of its life.
struct Life<'a> {
    topology: &'a Topology,
    observation: Observation,
    plan: Plan,
}

impl<'a> Life<'a> {
    fn of(topology: &'a Topology, capabilities: &[Capabilities]) -> Self {
        let observation = imagined(topology, capabilities);
        let plan = plan(topology, &observation);
        Self {
            topology,
            observation,
            plan,
        }
    }

    fn add_to(&self, usage: &mut AccountUse) {
        let Some(capabilities) = self.observation.capabilities.get(&usage.cloud) else {
            return;
        };
        let places = self.topology.places().into_iter();
        let own =
            places.filter(|place| place.account == usage.account && place.cloud == usage.cloud);
        usage.regions.extend(own.map(|place| place.region));
        self.add_networks(usage);
        self.add_instances(usage);
        self.add_concerns(usage);
        let reads = reads(capabilities, &usage.concerns);
        usage.reads.extend(reads);
        self.add_steps(usage, capabilities);
        usage.assumes.extend(assumed(self.topology, &usage.name));
    }

    fn add_networks(&self, usage: &mut AccountUse) {
        let own = |network: &&Network| network.account == usage.name;
        let networks = self.topology.networks.iter().filter(own);
        let networks: Vec<&Network> = networks.collect();
        usage
            .networks
            .extend(networks.iter().filter_map(|one| self.used(one)));
        for network in &networks {
            let named = network.subnets.iter().filter_map(|one| one.id.clone());
            usage
                .subnets
                .extend(named.map(|id| (network.region.clone(), id)));
        }
        for interconnect in &self.topology.interconnects {
            let members = interconnect.members.iter();
            let members: Vec<&Network> = members
                .filter_map(|name| self.topology.network(name))
                .collect();
            for near in members.iter().filter(|one| own(one)) {
                let far = members.iter().filter(|far| far.name != near.name);
                usage.far.extend(far.filter_map(|far| self.used(far)));
            }
        }
        for firewall in &self.topology.firewalls {
            for (network, group) in &firewall.groups {
                let network = networks.iter().find(|one| one.name == *network);
                let place = network.map(|network| (network.region.clone(), group.clone()));
                usage.groups.extend(place);
            }
        }
    }

    fn add_instances(&self, usage: &mut AccountUse) {
        for instance in &self.topology.instances {
            let network = instance.network_name();
            let network = network.and_then(|name| self.topology.network(name));
            let Some(network) = network.filter(|network| network.account == usage.name) else {
                continue;
            };
            let named = instance.id.clone();
            usage
                .instances
                .extend(named.map(|id| (network.region.clone(), id)));
            if let AgentRole::Named(name) = &instance.agent_role {
                usage.agent_roles.insert(name.clone());
            }
        }
    }

    fn used(&self, network: &Network) -> Option<UsedNetwork> {
        let place = self.topology.place_of(network)?;
        Some(UsedNetwork {
            account: place.account,
            region: place.region,
            id: network.id.clone(),
        })
    }

    fn add_concerns(&self, usage: &mut AccountUse) {
        if !usage.regions.is_empty() {
            let concerns = self.concerns(&usage.name);
            usage.concerns.extend(concerns);
        }
    }

    fn concerns(&self, account: &str) -> BTreeSet<Concern> {
        let topology = self.topology;
        let networks = topology.networks.iter();
        let networks: Vec<&Network> = networks.filter(|one| one.account == account).collect();
        let named = |name: &String| networks.iter().any(|network| network.name == *name);
        let mut concerns = BTreeSet::from([Concern::Any]);
        let mut add = |concern, holds: bool| {
            if holds {
                concerns.insert(concern);
            }
        };
        add(Concern::Networks, !networks.is_empty());
        let mut subnets = networks.iter().flat_map(|network| &network.subnets);
        add(Concern::NewSubnets, subnets.any(|one| one.id.is_none()));
        let guarded = topology.firewalls.iter().flat_map(|one| &one.networks);
        let guarded = guarded.chain(topology.firewalls.iter().flat_map(|one| one.groups.keys()));
        let has_groups = guarded.into_iter().any(named);
        let existing = networks.iter().any(|network| network.id.is_some());
        add(Concern::Groups, has_groups || existing);
        let mut instances = topology.instances.iter();
        let runs = instances.any(|one| {
            one.network_name()
                .is_some_and(|name| named(&name.to_owned()))
        });
        let mut ends = networks.iter();
        let has_ends = ends.any(|network| topology.endpoint_subnet(network).is_some());
        let has_agents = runs || has_ends;
        add(Concern::Instances, has_agents);
        let owned = topology
            .interconnects
            .iter()
            .filter(|one| one.owner == account);
        let owns_hub = owned.into_iter().any(|one| self.has_hub(one));
        add(Concern::Hub, owns_hub);
        add(Concern::AwaitedGrants, owns_hub && self.waits_for_others());
        let names = topology.interconnects.iter().any(|one| one.dns_resolution);
        add(Concern::Names, names && !networks.is_empty() || has_agents);
        let services = needed_services(topology, &self.observation);
        let border = (account.to_owned(), CloudService::CrossBorder);
        add(Concern::CrossBorder, services.contains(&border));
        self.add_edges(account, &mut concerns);
        concerns
    }

    fn add_edges(&self, account: &str, concerns: &mut BTreeSet<Concern>) {
        let owner = self.topology.edges.iter().any(|edge| edge.owner == account);
        let others = self
            .topology
            .edges
            .iter()
            .filter(|edge| edge.owner != account);
        let of_account = |name: &String| {
            let network = self.topology.network(name);
            network.is_some_and(|network| network.account == account)
        };
        let (mut member, mut router) = (false, false);
        for edge in others {
            member |= edge.members.iter().any(of_account);
            router |= edge.border_routers.iter().any(|one| one.account == account);
        }
        if owner || member || router {
            concerns.insert(Concern::Edge);
            if concerns.contains(&Concern::Networks) {
                concerns.insert(Concern::EdgeNetworks);
            }
        }
        if owner {
            concerns.insert(Concern::EdgeHub);
        }
        if router {
            concerns.insert(Concern::EdgeRouter);
        }
        if owner || concerns.contains(&Concern::Hub) {
            concerns.insert(Concern::AnyHub);
        }
    }

    fn has_hub(&self, interconnect: &Interconnect) -> bool {
        let chosen = crate::plan::chosen_model(self.topology, &self.observation, interconnect);
        interconnect.hub.is_some() || chosen == Some(Model::Hub)
    }

    fn waits_for_others(&self) -> bool {
        let others = self.topology.networks.iter();
        let mut others = others.filter(|one| self.topology.is_held_by_other(&one.account));
        others.any(|one| {
            let mut interconnects = self.topology.interconnects.iter();
            interconnects.any(|interconnect| interconnect.members.contains(&one.name))
        })
    }

    fn add_steps(&self, usage: &mut AccountUse, capabilities: &Capabilities) {
        let own =
            self.plan.steps.iter().filter(|step| {
                step.place.account == usage.account && step.place.cloud == usage.cloud
            });
        let existing = usage.existing_networks().next().is_some();
        let renamed = has_earlier_names(self.topology);
        let mut actions: Vec<(String, OpKind, Region)> = Vec::new();
        for step in own {
            let mut add = |kind: OpKind, of_step: Vec<String>| {
                let region = &step.place.region;
                let all = of_step.into_iter();
                actions.extend(all.map(|action| (action, kind, region.clone())));
            };
            let kind = step.op.kind();
            add(kind, step.permissions.clone());
            if let Some(undo) = kind.undo() {
                add(undo, step.undo_permissions(capabilities));
            }
            // Between networks that others made there may be peerings of others.
            for kind in kind.undo().into_iter().chain([kind]).filter(|_| existing) {
                add(
                    kind,
                    capabilities
                        .mark_permissions
                        .get(&kind)
                        .cloned()
                        .unwrap_or_default(),
                );
            }
            if renamed && is_tagged(step) {
                let adoption = OpKind::create(Kind::Adoption);
                add(adoption, step.permissions_as(adoption, capabilities));
            }
        }
        if usage.concerns.contains(&Concern::Instances) {
            let run = OpKind::create(Kind::Instance);
            let regions = usage.regions.iter().cloned();
            for region in regions {
                let probes = capabilities.probe_permissions.iter();
                actions.extend(probes.map(|action| (action.clone(), run, region.clone())));
            }
        }
        for (action, kind, region) in actions {
            if usage.reads.contains(&action) {
                continue;
            }
            let written = usage.writes.entry(action).or_default();
            written.regions.insert(region);
            written.kinds.insert(kind);
        }
    }
}

// A cloud that does not say what each of its actions reads needs all of them.
fn reads(capabilities: &Capabilities, concerns: &BTreeSet<Concern>) -> Vec<String> {
    let told = capabilities.reads.iter();
    let told = told.filter(|read| concerns.contains(&read.concern));
    let mut reads: Vec<String> = told.map(|read| read.action.clone()).collect();
    if capabilities.reads.is_empty() && concerns.contains(&Concern::Any) {
        reads.extend(capabilities.read_permissions.iter().cloned());
        let at_edge = capabilities.edge_read_permissions.iter();
        reads.extend(
            at_edge
                .filter(|_| concerns.contains(&Concern::Edge))
                .cloned(),
        );
    }
    reads
}

fn is_tagged(step: &Step) -> bool {
    matches!(
        step.op,
        Op::CreateNetwork(_)
            | Op::CreateSubnet(_)
            | Op::CreateHub(_)
            | Op::RequestPeering(_)
            | Op::CreateGroup(_)
            | Op::RunInstance(_)
            | Op::CreateServiceEndpoint(_)
    )
}

fn has_earlier_names(topology: &Topology) -> bool {
    let networks = topology.networks.iter();
    let subnets = topology.networks.iter().flat_map(|one| &one.subnets);
    !topology.was.is_empty()
        || networks.into_iter().any(|one| one.was.is_some())
        || subnets.into_iter().any(|one| one.was.is_some())
        || topology.interconnects.iter().any(|one| one.was.is_some())
        || topology.edges.iter().any(|one| one.was.is_some())
        || topology.firewalls.iter().any(|one| one.was.is_some())
        || topology.instances.iter().any(|one| one.was.is_some())
}

// The roles that are assumed with the keys of an account.
fn assumed(topology: &Topology, name: &str) -> Vec<String> {
    let accounts = topology.accounts.iter();
    accounts
        .filter(|account| account.held_by == Holder::Us)
        .filter_map(|account| match &account.credentials {
            CredentialSource::AssumeRole {
                from: Some(from),
                role,
                ..
            } if from == name => Some(role.clone()),
            _ => None,
        })
        .collect()
}
