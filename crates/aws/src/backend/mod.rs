//! The trait layer on AWS: translate, call, translate back.

mod agent;
mod agent_role;
mod auth;
mod builder;
mod capabilities;
mod command;
mod compute;
mod describe;
mod firewall;
mod footprint;
mod grant;
mod guide;
mod hub;
mod inventory;
mod memory;
mod network;
mod oracle;
mod peering;
mod prefix_list;
mod price;
mod provider;
mod role;
mod routing;
mod service;
mod survey;
mod tagging;
mod trust;
mod user;
mod whole;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, RouteTable};
use landbridge_core::backend::{JointRead, Listed, Unread, absent_is_done};
use landbridge_core::{
    Capabilities, Cloud, CloudName, Error, ErrorKind, Inventory, Owner, PeeringId, Place, Result,
    RouteTableId, Scope, Select,
};

use crate::client::{AwsClient, Operation};
use crate::ec2::raw::Raw;
use crate::ec2::{VALUES_PER_FILTER, by_topology, filter};
use memory::Memory;

pub use builder::{Aws, AwsBuilder};
pub use provider::AwsProvider;

/// The name of this cloud in topologies and places.
pub const CLOUD: &str = "aws";

pub(crate) const CLOUD_NAME: CloudName = CloudName::from_static(CLOUD);

/// One place of AWS.
#[derive(Clone, Debug)]
pub struct AwsCloud {
    client: AwsClient,
    capabilities: Arc<Capabilities>,
    memory: Arc<Memory>,
    /// Route tables with routes to peerings, for all peerings that are deleted at once.
    routed: Arc<JointRead<PeeringId, Vec<RouteTable>>>,
    /// Route tables, for all routes that are deleted at once.
    held: Arc<JointRead<RouteTableId, Vec<RouteTable>>>,
    unread: Arc<Unread>,
}

impl AwsCloud {
    fn new(client: AwsClient, capabilities: Arc<Capabilities>) -> Self {
        let memory = Arc::new(Memory::new(client.clock().clone()));
        Self {
            client,
            capabilities,
            memory,
            routed: Arc::default(),
            held: Arc::default(),
            unread: Arc::default(),
        }
    }

    fn own_place(&self) -> &Place {
        self.client.place()
    }

    /// Reads the records of a list. An item that is not understood is left out, unless it is ours.
    fn read_listed<'r, R: Raw + 'r, T>(
        &self,
        operation: Operation,
        raw: impl IntoIterator<Item = &'r R>,
        read: impl Fn(&R) -> Result<T>,
    ) -> Result<Vec<T>> {
        let keep = |item: &'r R| {
            let listed = Listed::new(self.own_place(), operation.name)
                .with_id(item.id())
                .with_tags_of_ours(item.is_ours());
            self.unread.keep(&listed, read(item)).transpose()
        };
        let records = raw.into_iter().filter_map(keep).collect::<Result<_>>();
        records.map_err(|error| self.client.locate(error, operation))
    }

    /// Reads each record of an answer, all of which must be understood.
    fn read_each<R, T>(
        &self,
        operation: Operation,
        raw: &[R],
        read: impl Fn(&R) -> Result<T>,
    ) -> Result<Vec<T>> {
        let records = raw.iter().map(read).collect::<Result<_>>();
        records.map_err(|error| self.client.locate(error, operation))
    }

    /// Reads the one record of an answer.
    fn read_one<R, T>(
        &self,
        operation: Operation,
        raw: Option<R>,
        read: impl Fn(&R) -> Result<T>,
    ) -> Result<T> {
        let absent = || Error::new(ErrorKind::Malformed, "the answer is empty");
        let record = raw.ok_or_else(absent).and_then(|raw| read(&raw));
        record.map_err(|error| self.client.locate(error, operation))
    }
}

/// The filters of each call that a selection takes: one call, unless there are many ids.
///
/// Ids are filters and not parameters, because a parameter that names an absent id is refused.
fn calls<Id: AsRef<str>>(select: &Select<Id>, id: &str) -> Vec<Vec<Filter>> {
    match select {
        Select::Ids(ids) => with_values(id, ids),
        Select::Topology(topology) => vec![vec![by_topology(topology)]],
        _ => vec![Vec::new()],
    }
}

/// One filter for each portion of values that a filter takes.
fn with_values<V: AsRef<str>>(name: &str, values: &[V]) -> Vec<Vec<Filter>> {
    let portions = values.chunks(VALUES_PER_FILTER);
    portions.map(|values| vec![filter(name, values)]).collect()
}

/// Those that were selected: true even where filters are ignored, as some emulators do.
fn selected<Id: PartialEq, T>(
    select: &Select<Id>,
    mut records: Vec<T>,
    id: impl Fn(&T) -> &Id,
    owner: impl Fn(&T) -> Option<&Owner>,
) -> Vec<T> {
    match select {
        Select::Ids(ids) => records.retain(|record| ids.contains(id(record))),
        Select::Topology(topology) => {
            records.retain(|record| owner(record).is_some_and(|owner| owner.topology == *topology));
        }
        _ => {}
    }
    records
}

#[async_trait]
impl Cloud for AwsCloud {
    fn place(&self) -> &Place {
        self.client.place()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory> {
        // What other readers of this handle meet is not this inventory's.
        let reading = Self {
            unread: Arc::default(),
            ..self.clone()
        };
        let inventory = reading.read_inventory(scope).await?;
        Ok(inventory.with_not_understood(reading.unread.take()))
    }
}
