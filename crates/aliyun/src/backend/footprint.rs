//! Where an account has something that carries a topology's tags.
//!
//! No operation lists the tags of all products and regions at once. Each other region is asked for the topology's
//! networks, with one call; a thorough search asks it for what may stand in networks of others too: vSwitches, security
//! groups, instances, peering connections and attachments. CEN instances and their transit routers are asked for once.

use futures_util::{StreamExt, stream};
use landbridge_core::{
    CloudName, Compute, CrossAccountAuth, Endpoint, Error, FirewallRule, Footprint,
    FootprintSearch, HubId, HubRecord, Network, NetworkId, Owner, Place, Region, Result, Select,
};

use super::survey::empty_if_absent;
use super::{AliyunCloud, AliyunProvider, CLOUD, each, tagged};
use crate::{cbn, vpc, vpcpeer};

/// How many regions are searched at once: all that an account usually has.
const REGIONS_AT_ONCE: usize = 32;

/// Where the account as a whole is asked if the topology names no region of it.
const HOME: &str = "cn-hangzhou";

impl AliyunProvider {
    pub(super) async fn search(&self, search: &FootprintSearch) -> Footprint {
        let cloud = self.place_in(search, search.known.first().unwrap_or(&HOME.into()));
        let home = match cloud {
            Ok(home) => home,
            Err(error) => return unknown(search, &error),
        };
        if let Err(error) = home.check_identity().await {
            return unknown(search, &error);
        }
        let (regions, mut footprint) = tokio::join!(home.all_regions(), home.hubs_of(search));
        let regions = match regions {
            Ok(regions) => regions,
            Err(error) => {
                footprint.join(unknown(search, &error));
                return footprint;
            }
        };
        let others = regions
            .into_iter()
            .filter(|region| !search.known.contains(region));
        let parts: Vec<Footprint> = stream::iter(others)
            .map(|region| Box::pin(self.search_region(search, region)))
            .buffered(REGIONS_AT_ONCE)
            .collect()
            .await;
        parts.into_iter().for_each(|part| footprint.join(part));
        footprint
    }

    fn place_in(&self, search: &FootprintSearch, region: &Region) -> Result<AliyunCloud> {
        self.place(&place_in(search, region))
    }

    async fn search_region(&self, search: &FootprintSearch, region: Region) -> Footprint {
        let mut footprint = Footprint::default();
        let told = match self.place_in(search, &region) {
            Ok(cloud) => cloud.traces_of(search).await,
            Err(error) => Err(error),
        };
        match told {
            Ok(told) => footprint.join(told),
            Err(error) => footprint.miss(place_in(search, &region), &error),
        }
        footprint
    }
}

fn place_in(search: &FootprintSearch, region: &Region) -> Place {
    let cloud = CloudName::from_static(CLOUD);
    Place::new(cloud, search.account.clone(), region.clone())
}

fn unknown(search: &FootprintSearch, error: &Error) -> Footprint {
    let cloud = CloudName::from_static(CLOUD);
    Footprint::unknown(cloud, search.account.clone(), error.to_string())
}

impl AliyunCloud {
    // Nothing is searched with the keys of another account.
    async fn check_identity(&self) -> Result<()> {
        let identity = self.known_identity().await?;
        identity.check_account(&self.client.place().account)
    }

    async fn all_regions(&self) -> Result<Vec<Region>> {
        self.ask_for_all(vpc::regions(), vpc::read_regions).await
    }

    // CEN instances belong to no region; any place of the account shows them. Transit routers lead to theirs.
    async fn hubs_of(&self, search: &FootprintSearch) -> Footprint {
        let mut footprint = Footprint::default();
        match self.routers_by_tag(search).await {
            Ok((cens, routers)) => {
                if search.known.is_empty() && !cens.is_empty() {
                    footprint.note(self.client.place().clone(), true);
                }
                let regions = routers.into_iter().filter_map(|router| router.region);
                let others = regions.filter(|region| !search.known.contains(region));
                others.for_each(|region| footprint.note(place_in(search, &region), true));
            }
            Err(error) => footprint.join(unknown(search, &error)),
        }
        footprint
    }

    async fn routers_by_tag(
        &self,
        search: &FootprintSearch,
    ) -> Result<(Vec<HubRecord>, Vec<HubRecord>)> {
        let cens = each(search.topologies.clone(), |name| async move {
            let listed = empty_if_absent(self.cens(cbn::topology_cens(&name)).await)?;
            let select = Select::Topology(name);
            Ok(tagged::<HubId, _>(&select, listed, |cen| {
                cen.owner.as_ref()
            }))
        })
        .await?;
        let routers = each(cens.clone(), |cen| async move {
            let listing = cbn::transit_routers_anywhere(&cen.id);
            empty_if_absent(self.bare_transit_routers(listing).await)
        });
        let routers = routers.await?;
        Ok((cens, routers))
    }

    async fn traces_of(&self, search: &FootprintSearch) -> Result<Footprint> {
        let mut footprint = Footprint::default();
        let place = self.client.place().clone();
        footprint.note(place.clone(), false);
        for name in &search.topologies {
            let networks =
                empty_if_absent(self.list_networks(&Select::Topology(name.clone())).await)?;
            let mut part = match search.thorough {
                true => self.rest_of(name).await?,
                false => Footprint::default(),
            };
            let made = |id: &NetworkId| networks.iter().any(|network| network.id == *id);
            part.networks.retain(|(_, id)| !made(id));
            if !networks.is_empty() {
                part.note(place.clone(), true);
            }
            footprint.join(part);
        }
        Ok(footprint)
    }

    // What can stand in networks of others, or hang on their hubs.
    async fn rest_of(&self, topology: &str) -> Result<Footprint> {
        let region = self.region();
        let ours = |owner: Option<&Owner>| owner.is_some_and(|owner| owner.topology == topology);
        let (subnets, groups, instances, connections, attachments) = tokio::try_join!(
            async {
                empty_if_absent(
                    self.list_subnets(&Select::Topology(topology.to_owned()))
                        .await,
                )
            },
            async {
                empty_if_absent(
                    self.list_groups(&Select::Topology(topology.to_owned()))
                        .await,
                )
            },
            async {
                empty_if_absent(
                    self.list_instances(&Select::Topology(topology.to_owned()))
                        .await,
                )
            },
            self.connections(vpcpeer::topology_connections(region, topology)),
            async {
                let listing = cbn::topology_vpc_attachments(region, topology);
                empty_if_absent(self.listed_attachments(listing).await)
            },
        )?;
        let place = self.client.place();
        let mut footprint = Footprint::default();
        let networks = subnets.into_iter().map(|subnet| subnet.network);
        let networks = networks.chain(groups.into_iter().filter_map(|group| group.network));
        footprint.networks = networks.map(|id| (place.clone(), id)).collect();
        let attachments = attachments.iter().filter(|one| ours(one.owner.as_ref()));
        let hub = |end: &Endpoint| match end {
            Endpoint::Hub {
                parent, region: at, ..
            } if at == region => parent.clone(),
            _ => None,
        };
        let hubs: Vec<HubId> = attachments.filter_map(|one| hub(&one.accepter)).collect();
        let mut connections = connections.iter();
        let found = !footprint.networks.is_empty()
            || !hubs.is_empty()
            || !instances.is_empty()
            || connections.any(|one| ours(one.owner.as_ref()));
        footprint.hubs = hubs.into_iter().map(|id| (place.clone(), id)).collect();
        footprint.note(place.clone(), found);
        Ok(footprint)
    }
}
