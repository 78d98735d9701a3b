//! The trait layer on Alibaba Cloud: translate, call, translate back.

mod agent;
mod auth;
mod builder;
mod capabilities;
mod compute;
mod connection;
mod edge;
mod edges;
mod explain;
mod firewall;
mod footprint;
mod grant;
mod guide;
mod held;
mod hub;
mod inventory;
mod learning;
mod lists;
mod network;
mod oracle;
mod peering;
mod price;
mod provider;
mod route_batch;
mod routing;
mod service;
mod survey;
mod tagging;
mod trust;
mod trust_check;
mod whole;

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use landbridge_core::backend::{Listed, Unread, absent_is_done, locate};
use landbridge_core::{
    Capabilities, Cloud, Error, Inventory, Owner, Place, Region, Result, Scope, Select,
};

use crate::document::Doc;
use crate::paging::Listing;
use crate::request::Request;
use crate::transport::AliyunClient;

pub use builder::{Aliyun, AliyunBuilder};
pub use grant::GrantViews;
pub use provider::AliyunProvider;

/// The name of this cloud in topologies and places.
pub const CLOUD: &str = "aliyun";

/// How many reads of one kind are under way at once.
const CONCURRENT_READS: usize = 8;

/// One place of Alibaba Cloud.
#[derive(Clone, Debug)]
pub struct AliyunCloud {
    client: AliyunClient,
    capabilities: Arc<Capabilities>,
    unread: Arc<Unread>,
}

impl AliyunCloud {
    fn new(client: AliyunClient, capabilities: Arc<Capabilities>) -> Self {
        Self {
            client,
            capabilities,
            unread: Arc::default(),
        }
    }

    /// Calls operations of this place that the traits do not cover.
    pub fn client(&self) -> &AliyunClient {
        &self.client
    }

    fn region(&self) -> &Region {
        &self.client.place().region
    }

    /// Calls an operation and reads its answer.
    async fn ask<T: Send>(
        &self,
        request: Request,
        read: impl Fn(Doc<'_>) -> Result<T> + Send + Sync,
    ) -> Result<T> {
        self.client.read(&request, read).await
    }

    /// Calls an operation whose answer says nothing.
    async fn tell(&self, request: Request) -> Result<()> {
        self.client.send(request).await.map(drop)
    }

    /// Calls an operation that creates something, and reads its id.
    async fn create<Id: for<'t> From<&'t str> + Send>(
        &self,
        request: Request,
        id: &str,
    ) -> Result<Id> {
        self.ask(request, |answer| answer.need(id)).await
    }

    /// Calls an operation that deletes something; what is absent is deleted.
    async fn delete(&self, request: Request) -> Result<()> {
        absent_is_done(self.tell(request).await)
    }

    /// Reads a list to its end. An item that is not understood is left out, unless it is ours.
    async fn list<T>(
        &self,
        listing: Listing,
        item: impl Fn(Doc<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.list_within(None, listing, item).await
    }

    /// Reads the list of what is part of something, as routes are of a table.
    async fn list_within<T>(
        &self,
        whole: Option<&str>,
        listing: Listing,
        item: impl Fn(Doc<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let action = listing.request.action().to_owned();
        let keep = |doc: Doc<'_>| match item(doc) {
            Ok(read) => Ok(Some(read)),
            Err(error) => {
                let listed = Listed::new(self.client.place(), &action)
                    .with_id(id_of(doc))
                    .with_within(whole)
                    .with_tags_of_ours(doc.has_tags_of_ours());
                self.unread.keep(&listed, Err(error))
            }
        };
        let items = match self.whole(&listing).await? {
            Some(whole) => whole.read(keep),
            None => listing.read(&self.client, keep).await,
        };
        let items = items.map_err(|error| self.locate(error, &action))?;
        Ok(items.into_iter().flatten().collect())
    }

    /// Reads a list to its end, each item of which must be understood.
    async fn list_whole<T>(
        &self,
        listing: Listing,
        item: impl Fn(Doc<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let action = listing.request.action().to_owned();
        let items = listing.read(&self.client, item).await;
        items.map_err(|error| self.locate(error, &action))
    }

    /// Reads a list of things looked up by id; an unknown id gives none.
    async fn look_up<T>(
        &self,
        listing: Listing,
        item: impl Fn(Doc<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.look_up_within(None, listing, item).await
    }

    /// Reads the list of what is part of something; of something unknown it is empty.
    async fn look_up_within<T>(
        &self,
        whole: Option<&str>,
        listing: Listing,
        item: impl Fn(Doc<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        match self.list_within(whole, listing, item).await {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            other => other,
        }
    }

    fn locate(&self, error: Error, action: &str) -> Error {
        locate(error, action, self.client.place())
    }
}

/// What a product lists that a topology can do without: an empty list for a caller without permission and in a region
/// without the product.
fn none_if_barred<T>(result: Result<Vec<T>>) -> Result<Vec<T>> {
    use landbridge_core::ErrorKind::{PermissionDenied, Unsupported};
    match result {
        Err(error) if matches!(error.kind(), PermissionDenied | Unsupported) => Ok(Vec::new()),
        other => other,
    }
}

/// A closed service has nothing to list.
fn empty_if_closed<T>(result: Result<Vec<T>>) -> Result<Vec<T>> {
    match result {
        Err(error) if error.kind() == landbridge_core::ErrorKind::ServiceNotOpen => Ok(Vec::new()),
        other => other,
    }
}

/// The ID of an item of a list, of whatever product: of several members the one that is the item's own.
fn id_of(doc: Doc<'_>) -> Option<&str> {
    const OWN_FIRST: [&str; 15] = [
        "AssociationId",
        "TransitRouterAttachmentId",
        "ChildInstanceId",
        "TransitRouterId",
        "NetworkInterfaceId",
        "InstanceId",
        "SecurityGroupId",
        "VSwitchId",
        "RouteTableId",
        "EcrId",
        "NodeInstanceId",
        "RoleId",
        "VpcId",
        "CenId",
        "RoleName",
    ];
    OWN_FIRST.into_iter().find_map(|key| doc.str(key))
}

/// Reads something for each item, several at once, keeping the order.
async fn each<I, T, Fut>(items: Vec<I>, read: impl FnMut(I) -> Fut) -> Result<Vec<T>>
where
    Fut: Future<Output = Result<Vec<T>>>,
{
    let lists: Vec<Vec<T>> = stream::iter(items)
        .map(read)
        .buffered(CONCURRENT_READS)
        .try_collect()
        .await?;
    Ok(lists.into_iter().flatten().collect())
}

/// Cuts ids into portions that one call takes.
fn portions<Id: Clone>(ids: &[Id], size: usize) -> Vec<Vec<Id>> {
    ids.chunks(size).map(<[Id]>::to_vec).collect()
}

/// Where a topology is selected, those that carry its tag: true even where the cloud ignores the filter.
fn tagged<Id, T>(
    select: &Select<Id>,
    mut records: Vec<T>,
    owner: impl Fn(&T) -> Option<&Owner>,
) -> Vec<T> {
    if let Select::Topology(topology) = select {
        records.retain(|record| owner(record).is_some_and(|owner| owner.topology == *topology));
    }
    records
}

#[async_trait]
impl Cloud for AliyunCloud {
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
