//! Where an account has something that carries a topology's tags: one `DescribeTags` in each region that it has enabled.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{Region as Described, ResourceType, TagDescription};
use futures_util::{StreamExt, stream};
use landbridge_core::{
    CrossAccountAuth, Error, Footprint, FootprintSearch, Network, NetworkId, Place, Region, Result,
    Select, SubnetId, TAG_TOPOLOGY,
};

use super::describe::DESCRIBE_TABLES;
use super::{AwsCloud, AwsProvider, CLOUD_NAME, with_values};
use crate::client::{Operation, list};
use crate::ec2::filter;
use crate::ec2::route::read_table;
use crate::ec2::route_mark::{MARKS, topology_of_mark};

const DESCRIBE_REGIONS: Operation = list("DescribeRegions");

/// How many regions are searched at once: all that an account usually has.
const REGIONS_AT_ONCE: usize = 32;

const NOT_ENABLED: &str = "not-opted-in";

impl AwsProvider {
    pub(super) async fn search(&self, search: &FootprintSearch) -> Footprint {
        let home = search.known.first().unwrap_or_else(|| self.home());
        let regions = match self.place_in(search, home) {
            Ok(home) => home.all_regions().await,
            Err(error) => Err(error),
        };
        let regions = match regions {
            Ok(regions) => regions,
            Err(error) => {
                let reason = error.to_string();
                return Footprint::unknown(CLOUD_NAME, search.account.clone(), reason);
            }
        };
        let mut footprint = Footprint::default();
        let mut asked = Vec::new();
        for described in regions {
            let Some(name) = described.region_name().map(Region::from) else {
                continue;
            };
            if search.known.contains(&name) {
                continue;
            }
            match described.opt_in_status() == Some(NOT_ENABLED) {
                true => drop(footprint.not_enabled.insert(place_in(search, &name))),
                false => asked.push(name),
            }
        }
        let parts: Vec<Footprint> = stream::iter(asked)
            .map(|region| Box::pin(self.search_region(search, region)))
            .buffered(REGIONS_AT_ONCE)
            .collect()
            .await;
        parts.into_iter().for_each(|part| footprint.join(part));
        footprint
    }

    fn place_in(&self, search: &FootprintSearch, region: &Region) -> Result<AwsCloud> {
        self.place(&place_in(search, region))
    }

    async fn search_region(&self, search: &FootprintSearch, region: Region) -> Footprint {
        let told = match self.place_in(search, &region) {
            Ok(cloud) => cloud.traces_of(search).await,
            Err(error) => Err(error),
        };
        let missed = |error: Error| {
            let mut footprint = Footprint::default();
            footprint.miss(place_in(search, &region), &error);
            footprint
        };
        told.unwrap_or_else(missed)
    }
}

fn place_in(search: &FootprintSearch, region: &Region) -> Place {
    Place::new(CLOUD_NAME, search.account.clone(), region.clone())
}

impl AwsCloud {
    // Nothing is searched with the keys of another account.
    async fn all_regions(&self) -> Result<Vec<Described>> {
        let identity = self.known_identity().await?;
        identity.check_account(&self.own_place().account)?;
        let call = self.client.ec2().describe_regions().all_regions(true);
        let read = || async {
            let answer = self.client.call(DESCRIBE_REGIONS, || call.clone().send());
            Ok(answer.await?.regions.unwrap_or_default())
        };
        let regions = self.for_all(DESCRIBE_REGIONS, read).await?;
        match regions.is_empty() {
            true => Err(self.client.locate(no_regions(), DESCRIBE_REGIONS)),
            false => Ok(regions),
        }
    }

    // One call tells the objects and the marks of routes; a region with neither is asked no more.
    async fn traces_of(&self, search: &FootprintSearch) -> Result<Footprint> {
        let tags = self.tags_of(&search.topologies).await?;
        let (objects, marks): (Vec<_>, Vec<_>) = tags
            .into_iter()
            .partition(|tag| tag.key() == Some(TAG_TOPOLOGY));
        let objects: Vec<TagDescription> = objects
            .into_iter()
            .filter(|tag| tag.value().is_some_and(|name| search.is_for(name)))
            .collect();
        let marks: Vec<TagDescription> = marks
            .into_iter()
            .filter(|tag| {
                topology_of_mark(tag.key(), tag.value()).is_some_and(|name| search.is_for(name))
            })
            .collect();
        let mut footprint = Footprint::default();
        let place = self.own_place();
        let strange = self.strange_networks(&objects, &marks).await?;
        footprint.networks = strange.into_iter().map(|id| (place.clone(), id)).collect();
        let found = !objects.is_empty() || !footprint.networks.is_empty();
        footprint.note(place.clone(), found);
        Ok(footprint)
    }

    // Networks of others in which subnets of ours are, or tables with marks of our routes.
    async fn strange_networks(
        &self,
        objects: &[TagDescription],
        marks: &[TagDescription],
    ) -> Result<BTreeSet<NetworkId>> {
        let of_kind = |kind: ResourceType| {
            let tags = objects.iter();
            let tags = tags.filter(move |tag| tag.resource_type() == Some(&kind));
            tags.filter_map(|tag| tag.resource_id().map(str::to_owned))
        };
        let subnets: Vec<SubnetId> = of_kind(ResourceType::Subnet).map(Into::into).collect();
        let mut networks = BTreeSet::new();
        if !subnets.is_empty() {
            let subnets = self.list_subnets(&Select::Ids(subnets)).await?;
            networks.extend(subnets.into_iter().map(|subnet| subnet.network));
        }
        networks.extend(self.marked_networks(marks).await?);
        let made: Vec<NetworkId> = of_kind(ResourceType::Vpc).map(Into::into).collect();
        networks.retain(|id| !made.contains(id));
        Ok(networks)
    }

    async fn marked_networks(&self, marks: &[TagDescription]) -> Result<Vec<NetworkId>> {
        let tables: BTreeSet<&str> = marks.iter().filter_map(|tag| tag.resource_id()).collect();
        let tables: Vec<&str> = tables.into_iter().collect();
        let tables = self.tables(with_values("route-table-id", &tables)).await?;
        let tables = self.read_each(DESCRIBE_TABLES, &tables, read_table)?;
        Ok(tables.into_iter().map(|table| table.network).collect())
    }

    // The tags of the topologies' objects, and the marks of their routes, whose values begin with the topology's name.
    async fn tags_of(&self, topologies: &[String]) -> Result<Vec<TagDescription>> {
        let of_marks = topologies.iter().map(|name| format!("{name} *"));
        let values: Vec<String> = topologies.iter().cloned().chain(of_marks).collect();
        let filters = vec![
            filter("key", [TAG_TOPOLOGY, MARKS]),
            filter("value", &values),
        ];
        self.tags(vec![filters]).await
    }
}

fn no_regions() -> Error {
    Error::new(
        landbridge_core::ErrorKind::Malformed,
        "the answer has no regions",
    )
}
