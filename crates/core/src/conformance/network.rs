//! Networks and subnets.

use ipnet::IpNet;

use super::check::{Check, Stop, always, check, ensure, refused};
use super::lab::Lab;
use super::lifecycle::lifecycle;
use super::recipe::{ANetwork, ASubnet, AnAttachment, AnInstance, Recipe, first_range, has_hubs};
use super::thing::Handle;
use crate::error::ErrorKind;
use crate::ids::NetworkId;
use crate::retry::Look;
use crate::traits::{
    Capabilities, CreateNetwork, CreateSubnet, NetworkRecord, Scope, Select, SubnetRecord,
};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = lifecycle!("network", ANetwork, always, token by_token);
    checks.extend([
        check!(
            "network.create.record",
            always,
            "a network is made in the place, with its range",
            record
        ),
        check!(
            "network.create.ipv6",
            always,
            "a network that asks for IPv6 has a range once it is ready, and a subnet gets its part of it by number",
            ipv6
        ),
        check!(
            "network.delete.with-subnet",
            always,
            "deleting a network fails with InUse while a subnet is left in it",
            delete_with_subnet
        ),
        check!(
            "network.delete.with-group",
            always,
            "deleting a network fails with InUse while a group is left in it",
            delete_with_group
        ),
    ]);
    checks.push(check!(
        "network.range",
        always,
        "a secondary range is listed after the primary one, takes subnets, stays while one is in it, and is removed; adding \
         and removing may be repeated",
        secondary
    ));
    checks.push(check!(
        "network.host-names",
        |capabilities: &Capabilities| capabilities.dns_resolution,
        "host names of a new or existing network are on once they were turned on, which may be repeated, and inventories \
         tell it if asked",
        host_names
    ));
    checks.extend(lifecycle!("subnet", ASubnet, always, token by_token));
    checks.extend([
        check!(
            "subnet.create.record",
            always,
            "a subnet is made in its network and zone, with its range",
            subnet_record
        ),
        check!(
            "subnet.create.outside",
            always,
            "creating a subnet fails with InvalidInput when its range is not inside the network's",
            outside
        ),
        check!("subnet.list.end", always, "a list pages to the end", pages),
        check!(
            "subnet.delete.with-instance",
            always,
            "deleting a subnet fails with InUse while an instance's interface is left in it",
            subnet_with_instance
        ),
        check!(
            "subnet.delete.with-attachment",
            has_hubs,
            "deleting a subnet fails with InUse while an attachment's interface is left in it",
            subnet_with_attachment
        ),
    ]);
    checks
}

fn by_token(capabilities: &Capabilities) -> bool {
    capabilities.network_tokens
}

async fn secondary(lab: &Lab) -> Result<(), Stop> {
    let network = lab.network(&lab.home, 0).await?;
    let (id, range) = (&network.id, lab.range(5));
    for _ in 0..2 {
        lab.patient(|| lab.home.add_range(id, &range)).await?;
        lab.has_range(id, &range, true).await?;
    }
    let zone = lab.zone(&lab.home).await?;
    let label = lab.label("subnet/second");
    let request = CreateSubnet::new(label, id.clone(), zone, range);
    let subnet = lab.patient(|| lab.home.create_subnet(&request)).await?;
    lab.keep(&lab.home, &subnet);
    lab.ready::<SubnetRecord>(&lab.home, &subnet.id).await?;
    let early = lab.home.remove_range(id, &range).await;
    ensure(early.is_err(), || "removed with a subnet in it".to_owned())?;
    lab.delete(&lab.home, &subnet).await?;
    for _ in 0..2 {
        lab.patient(|| lab.home.remove_range(id, &range)).await?;
        lab.has_range(id, &range, false).await?;
    }
    Ok(())
}

async fn host_names(lab: &Lab) -> Result<(), Stop> {
    let network = lab.network(&lab.home, 0).await?;
    for _ in 0..2 {
        lab.name_hosts(&lab.home, &network.id).await?;
    }
    let scope = Scope::new(lab.topology());
    for (scope, told) in [(scope.clone(), None), (scope.with_host_names(), Some(true))] {
        let inventory = lab.home.inventory(&scope).await?;
        let mut networks = inventory.networks.iter();
        let found = networks.find(|found| found.id == network.id);
        ensure(found.map(|found| found.host_names) == Some(told), || {
            format!("host names in {:?}", inventory.networks)
        })?;
    }
    Ok(())
}

impl Lab {
    // Waits until a network shows a secondary range, or no longer shows it.
    async fn has_range(&self, id: &NetworkId, range: &IpNet, wanted: bool) -> Result<(), Stop> {
        let look = || async {
            let networks = self
                .home
                .list_networks(&Select::Ids(vec![id.clone()]))
                .await?;
            let mut secondary = networks.iter().flat_map(|one| one.ranges.iter().skip(1));
            Ok(match secondary.any(|known| known == range) == wanted {
                true => Look::Ready(()),
                false => Look::NotYet(format!("{:?}", networks)),
            })
        };
        self.until("a secondary range of a network", look).await
    }

    /// Turns on host names of a network, and waits until they are on.
    pub(super) async fn name_hosts(&self, at: &Handle, id: &NetworkId) -> Result<(), Stop> {
        self.patient(|| at.enable_host_names(id)).await?;
        let look = || async {
            Ok(match at.has_host_names(id).await? {
                true => Look::Ready(()),
                false => Look::NotYet("off".to_owned()),
            })
        };
        self.until("host names of a network", look).await
    }
}

async fn record(lab: &Lab) -> Result<(), Stop> {
    let request = CreateNetwork::new(lab.label("network/made"), lab.range(0));
    let made = lab.patient(|| lab.home.create_network(&request)).await?;
    lab.keep(&lab.home, &made);
    let listed = lab.ready(&lab.home, &made.id).await?;
    let place = lab.home.place();
    for one in [&made, &listed] {
        ensure(
            one.account == place.account
                && one.region == place.region
                && one.ranges == [request.range],
            || format!("asked for {} in {place}: {one:?}", request.range),
        )?;
    }
    Ok(())
}

/// Which part of a network's IPv6 range a subnet asks for here.
const SLOT: u8 = 7;

async fn ipv6(lab: &Lab) -> Result<(), Stop> {
    let request = CreateNetwork::new(lab.label("network/six"), lab.range(0)).with_ipv6(true);
    let made = match lab.patient(|| lab.home.create_network(&request)).await {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            return Err(Stop::NotOffered(error.message().to_owned()));
        }
        made => made?,
    };
    lab.keep(&lab.home, &made);
    let network: NetworkRecord = lab.ready(&lab.home, &made.id).await?;
    let whole = network.ipv6_ranges().next().copied();
    let whole = whole.ok_or_else(|| Stop::broken(format!("no IPv6 range: {network:?}")))?;
    let (zone, range) = (
        lab.zone(&lab.home).await?,
        lab.subnet_range(&request.range, 0),
    );
    let request = CreateSubnet::new(lab.label("subnet/six"), network.id.clone(), zone, range);
    let request = request.with_ipv6_slot(SLOT);
    let made = lab.patient(|| lab.home.create_subnet(&request)).await?;
    lab.keep(&lab.home, &made);
    let subnet: SubnetRecord = lab.ready(&lab.home, &made.id).await?;
    let is_part = |part: &IpNet| match part {
        IpNet::V6(part) => part.prefix_len() == 64 && part.network().octets()[7] == SLOT,
        IpNet::V4(_) => false,
    };
    let parts = &subnet.ipv6_ranges;
    ensure(
        matches!(parts.as_slice(), [part] if whole.contains(part) && is_part(part)),
        || format!("part {SLOT} of {whole} is shown as {parts:?}"),
    )
}

async fn delete_with_subnet(lab: &Lab) -> Result<(), Stop> {
    let (recipe, subnet) = lab.make::<ASubnet>(0).await?;
    let network = recipe.network.id;
    refused(
        lab.patient(|| lab.home.delete_network(&network)).await,
        &[ErrorKind::InUse],
    )?;
    lab.delete(&lab.home, &subnet).await
}

async fn delete_with_group(lab: &Lab) -> Result<(), Stop> {
    let network = lab.network(&lab.home, 0).await?;
    lab.group(&lab.home, &network, "group/inside").await?;
    refused(
        lab.patient(|| lab.home.delete_network(&network.id)).await,
        &[ErrorKind::InUse],
    )
}

async fn subnet_record(lab: &Lab) -> Result<(), Stop> {
    let recipe = ASubnet::prepare(lab, 0).await?;
    let made = lab.create(&recipe, &lab.label("subnet/made")).await?;
    let listed = lab.ready(&lab.home, &made.id).await?;
    let range = lab.subnet_range(&first_range(&recipe.network)?, 0);
    for one in [&made, &listed] {
        ensure(
            one.network == recipe.network.id && one.zone == recipe.zone && one.range == range,
            || format!("asked for {range} in {}: {one:?}", recipe.zone),
        )?;
    }
    Ok(())
}

async fn outside(lab: &Lab) -> Result<(), Stop> {
    let recipe = ASubnet::prepare(lab, 0).await?;
    let range = lab.subnet_range(&lab.range(5), 0);
    let label = lab.label("subnet/outside");
    let request = CreateSubnet::new(label, recipe.network.id, recipe.zone, range);
    let result = lab.patient(|| lab.home.create_subnet(&request)).await;
    if let Ok(made) = &result {
        lab.keep(&lab.home, made);
    }
    refused(result, &[ErrorKind::InvalidInput])
}

async fn pages(lab: &Lab) -> Result<(), Stop> {
    let recipe = ASubnet::prepare(lab, 0).await?;
    let whole = first_range(&recipe.network)?;
    let parts = whole
        .subnets(27)
        .map_err(|error| Stop::broken(error.to_string()))?;
    let mut made = Vec::new();
    for (n, range) in parts.take(lab.subject.crowd).enumerate() {
        let label = lab.label(&format!("subnet/{n}"));
        let (network, zone) = (recipe.network.id.clone(), recipe.zone.clone());
        let request = CreateSubnet::new(label, network, zone, range);
        let subnet = lab.patient(|| lab.home.create_subnet(&request)).await?;
        lab.keep(&lab.home, &subnet);
        made.push(subnet.id);
    }
    if let Some(last) = made.last() {
        lab.ready::<SubnetRecord>(&lab.home, last).await?;
    }
    for select in [Select::Topology(lab.topology()), Select::Ids(made.clone())] {
        let listed = lab.home.list_subnets(&select).await?;
        let missing = made
            .iter()
            .filter(|id| !listed.iter().any(|one| one.id == **id));
        let missing = missing.count();
        ensure(missing == 0 && listed.len() == made.len(), || {
            format!(
                "of {} subnets {missing} are missing, {} are listed",
                made.len(),
                listed.len()
            )
        })?;
    }
    Ok(())
}

async fn subnet_with_instance(lab: &Lab) -> Result<(), Stop> {
    let (recipe, _) = lab.make::<AnInstance>(0).await?;
    let subnet = recipe.subnet.id;
    refused(
        lab.patient(|| lab.home.delete_subnet(&subnet)).await,
        &[ErrorKind::InUse],
    )
}

async fn subnet_with_attachment(lab: &Lab) -> Result<(), Stop> {
    let (recipe, _) = lab.make::<AnAttachment>(0).await?;
    for (_, subnet) in &recipe.subnets {
        refused(
            lab.patient(|| lab.home.delete_subnet(subnet)).await,
            &[ErrorKind::InUse],
        )?;
    }
    Ok(())
}
