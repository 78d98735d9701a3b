//! Hubs: global, regional, and at the edge of private lines.

use std::borrow::Cow;

use super::prelude::*;
use crate::ids::HubId;
use crate::plan::HubScopeRef;
use crate::traits::{CreateHub, HubRecord, HubScope, Phase};

#[async_trait]
impl Listed for HubRecord {
    const KIND: Kind = Kind::Hub;
    type Query = Select<HubId>;

    async fn list(cloud: &dyn Cloud, query: &Self::Query) -> Result<Vec<Self>> {
        cloud.list_hubs(query).await
    }
}

#[async_trait]
impl Record for HubRecord {
    fields!(HubId);

    fn query(select: Select<HubId>) -> Self::Query {
        select
    }

    fn of(inventory: &Inventory) -> &[Self] {
        &inventory.hubs
    }

    // A regional hub gets its route table after the cloud calls it ready.
    fn state(&self) -> Cow<'_, Status> {
        let regional = matches!(self.scope, HubScope::Regional { .. });
        match regional && self.status.is_ready() && self.table.is_none() {
            true => Cow::Owned(Status::new(Phase::Pending, "without a route table")),
            false => Cow::Borrowed(&self.status),
        }
    }

    fn completeness(&self) -> usize {
        usize::from(self.table.is_some())
    }

    async fn delete(&self, cloud: &dyn Cloud) -> Result<()> {
        Self::delete_id(cloud, &self.id).await
    }
}

#[async_trait]
impl DeletedById for HubRecord {
    // Hubs of one interconnect share the lock of their global hub.
    fn domain(key: &ObjectKey) -> Option<String> {
        match key {
            ObjectKey::EdgeHub(_) => Some(key.to_string()),
            _ => Some(domain_of(key.interconnect()?)),
        }
    }

    async fn delete_id(cloud: &dyn Cloud, id: &HubId) -> Result<()> {
        cloud.delete_hub(id).await
    }
}

/// The conflict domain of the hubs of an interconnect, and of what is attached to them.
pub(crate) fn domain_of(interconnect: &str) -> String {
    ObjectKey::global_hub(interconnect).to_string()
}

/// Creates a hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// What it spans.
    pub scope: HubScopeRef,
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            HubScopeRef::Regional {
                parent: Some(parent),
            } => write!(f, "regional hub of {parent}"),
            HubScopeRef::Global | HubScopeRef::Regional { parent: None } => f.write_str("hub"),
            HubScopeRef::Edge { asn } => write!(f, "hub at the edge, AS {asn}"),
        }
    }
}

#[async_trait]
impl Action for Create {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Hub)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn is_at_edge(&self, _: &ObjectKey) -> bool {
        matches!(self.scope, HubScopeRef::Edge { .. })
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        HubRecord::domain(key)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let scope = match &self.scope {
            HubScopeRef::Global => HubScope::Global,
            HubScopeRef::Regional { parent } => HubScope::Regional {
                parent: site.resolve_optional(parent.as_ref())?.map(HubId::new),
            },
            HubScopeRef::Edge { asn } => HubScope::Edge { asn: *asn },
        };
        let request = CreateHub::new(site.label(&self.name), scope);
        let cloud = site.writing().await?;
        let record = cloud.create_hub(&request).await?;
        Ok(Some(record.id.to_string()))
    }

    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen> {
        site.seen::<HubRecord>(id).await
    }

    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        site.owned::<HubRecord>().await
    }

    async fn rivals(&self, site: &Site<'_>, id: &str) -> Result<Vec<String>> {
        let query = site.query::<HubRecord>();
        site.rivals::<HubRecord>(&query, id, |own, other| own.scope == other.scope)
            .await
    }

    async fn undo(&self, site: &Site<'_>, id: &str) -> Result<()> {
        let cloud = site.writing().await?;
        HubRecord::delete_id(cloud.as_ref(), &HubId::new(id)).await
    }
}
