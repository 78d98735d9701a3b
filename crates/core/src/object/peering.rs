//! Peerings and attachments.

use ipnet::IpNet;

use super::hub;
use super::prelude::*;
use crate::ids::{HubId, PeeringId, SubnetId, Zone};
use crate::plan::EndpointRef;
use crate::traits::{
    Endpoint, GrantOrigin, PeeringKind, PeeringRecord, PeeringSelect, Phase, RequestPeering,
    Transit,
};

#[async_trait]
impl Listed for PeeringRecord {
    const KIND: Kind = Kind::Peering;
    type Query = PeeringSelect;

    async fn list(cloud: &dyn Cloud, query: &PeeringSelect) -> Result<Vec<Self>> {
        cloud.list_peerings(query).await
    }
}

#[async_trait]
impl Record for PeeringRecord {
    fields!(PeeringId);

    fn query(select: Select<PeeringId>) -> PeeringSelect {
        match select {
            Select::All => PeeringSelect::all(),
            Select::Topology(topology) => PeeringSelect::all().with_topology(topology),
            Select::Ids(ids) => ids
                .into_iter()
                .fold(PeeringSelect::all(), PeeringSelect::with_id),
        }
    }

    fn of(inventory: &Inventory) -> &[Self] {
        &inventory.peerings
    }

    async fn delete(&self, cloud: &dyn Cloud) -> Result<()> {
        cloud.delete_peering(&self.id, self.kind).await
    }
}

/// All peerings between networks. An accepter does not see the requester's tags, so it looks among all that it has.
pub(crate) fn between_networks() -> PeeringSelect {
    PeeringSelect::all().with_kind(PeeringKind::NetworkToNetwork)
}

// Attachments of border routers carry no tags, and clouds list those to a hub at the edge by hub only.
fn at_edge(hub: HubId) -> PeeringSelect {
    PeeringSelect::all()
        .with_kind(PeeringKind::Attachment)
        .with_hub(hub)
}

// Attachments and links share the lock of their hubs.
fn domain(key: &ObjectKey, at_edge: bool) -> Option<String> {
    match key {
        ObjectKey::Attachment(of) if at_edge => Some(ObjectKey::edge_hub(&of.to).to_string()),
        ObjectKey::Attachment(of) => Some(hub::domain_of(&of.to)),
        ObjectKey::Link(of) => Some(hub::domain_of(&of.interconnect)),
        _ => None,
    }
}

/// Asks for a peering or an attachment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// Its name.
    pub name: String,
    /// What it joins.
    pub kind: PeeringKind,
    /// The side that asks; for an attachment the member.
    pub requester: EndpointRef,
    /// The side that agrees; for an attachment the hub.
    pub accepter: EndpointRef,
    /// For an attachment: the subnets, by zone, in which the hub gets an interface.
    pub subnets: Vec<(Zone, Ref)>,
    /// How traffic between regions is paid.
    pub transit: Option<Transit>,
    /// For a network at the edge: the CIDR blocks that the lines learn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<IpNet>,
    /// For an attachment to a hub: whether it carries IPv6 too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ipv6: bool,
    /// For an attachment to a hub of others: whose the grant is that it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantOrigin>,
}

impl Request {
    /// A request without subnets, transit or prefixes.
    pub(crate) fn new(
        name: impl Into<String>,
        kind: PeeringKind,
        requester: EndpointRef,
        accepter: EndpointRef,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            requester,
            accepter,
            subnets: Vec::new(),
            transit: None,
            prefixes: Vec::new(),
            ipv6: false,
            grant: None,
        }
    }

    // Clouds list each kind with a call of its own.
    fn of_kind(&self, site: &Site<'_>) -> PeeringSelect {
        site.query::<PeeringRecord>().with_kind(self.kind)
    }

    fn edge(&self) -> Option<&Ref> {
        match &self.accepter {
            EndpointRef::Edge { id, .. } => Some(id),
            _ => None,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "join {} to {}", self.requester, self.accepter)?;
        if !self.prefixes.is_empty() {
            write!(f, "; lines learn {}", super::rules::list(&self.prefixes))?;
        }
        if !self.subnets.is_empty() {
            let zones = self.subnets.iter();
            let zones: Vec<String> = zones
                .map(|(zone, subnet)| format!("{subnet} in {zone}"))
                .collect();
            write!(f, " through {}", zones.join(", "))?;
        }
        if self.ipv6 {
            f.write_str(", with IPv6")?;
        }
        match self.transit {
            Some(Transit::ByTraffic {
                max_mbps: Some(mbps),
            }) => write!(f, "; paid by traffic, at most {mbps} Mbit/s"),
            Some(Transit::ByTraffic { max_mbps: None }) => write!(f, "; paid by traffic"),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Action for Request {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Peering)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn is_at_edge(&self, _: &ObjectKey) -> bool {
        self.edge().is_some()
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key, self.edge().is_some())
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let subnets = self.subnets.iter();
        let subnets =
            subnets.map(|(zone, subnet)| Ok((zone.clone(), SubnetId::new(site.resolve(subnet)?))));
        let (requester, accepter) = (
            site.endpoint(&self.requester)?,
            site.endpoint(&self.accepter)?,
        );
        let label = site.label(&self.name);
        let request = RequestPeering::new(label, self.kind, requester, accepter)
            .with_subnets(subnets.collect::<Result<_>>()?)
            .with_transit(self.transit)
            .with_prefixes(self.prefixes.clone())
            .with_ipv6(self.ipv6)
            .with_grant(self.grant);
        let cloud = site.writing().await?;
        let record = cloud.request_peering(&request).await?;
        Ok(Some(record.id.to_string()))
    }

    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen> {
        if let Some(hub) = self.edge() {
            let query = at_edge(HubId::new(site.resolve(hub)?));
            let peerings = site.list::<PeeringRecord>(&query).await?;
            return Ok(Seen::record(peerings.with_id(id)));
        }
        if self.kind != PeeringKind::NetworkToNetwork {
            let peerings = site.list::<PeeringRecord>(&self.of_kind(site)).await?;
            return Ok(Seen::record(peerings.with_id(id)));
        }
        let peerings = site.list::<PeeringRecord>(&between_networks()).await?;
        Ok(match peerings.with_id(id) {
            // The request is done when its accepter can answer it.
            Some(record) if record.status.phase == Phase::AwaitingAcceptance => Seen::ready(),
            record => Seen::record(record),
        })
    }

    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        let Some(hub) = self.edge() else {
            return site.owned::<PeeringRecord>().await;
        };
        let query = at_edge(HubId::new(site.resolve(hub)?));
        let peerings = site.list::<PeeringRecord>(&query).await?;
        let requester = site.endpoint(&self.requester)?;
        let ours = |record: &&PeeringRecord| match &requester {
            // Its attachment carries no tags: hub and border router are its key.
            Endpoint::BorderRouter { .. } => {
                record.requester.id() == requester.id() && !record.is_leaving()
            }
            _ => site.owns(*record),
        };
        let found = peerings.iter().find(ours);
        Ok(found.map(|record| record.id.to_string()))
    }

    async fn rivals(&self, site: &Site<'_>, id: &str) -> Result<Vec<String>> {
        // A hub at the edge takes nothing twice.
        if self.edge().is_some() {
            return Ok(Vec::new());
        }
        let query = match self.kind {
            PeeringKind::NetworkToNetwork => between_networks(),
            _ => self.of_kind(site),
        };
        // One that failed blocks nothing, and is shown for long.
        let same = |own: &PeeringRecord, other: &PeeringRecord| {
            other.status.phase != Phase::Failed
                && own.requester.id() == other.requester.id()
                && own.accepter.id() == other.accepter.id()
        };
        site.rivals::<PeeringRecord>(&query, id, same).await
    }

    async fn undo(&self, site: &Site<'_>, id: &str) -> Result<()> {
        let cloud = site.writing().await?;
        cloud.delete_peering(&PeeringId::new(id), self.kind).await
    }
}

/// Deletes a peering or an attachment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Delete {
    /// The peering.
    pub id: PeeringId,
    /// What it joins.
    pub kind: PeeringKind,
    /// The hub at the edge that it is an attachment to; such are listed by hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<HubId>,
}

impl fmt::Display for Delete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete {}", self.id)
    }
}

#[async_trait]
impl Action for Delete {
    fn kind(&self) -> OpKind {
        OpKind::delete(Kind::Peering)
    }

    fn is_at_edge(&self, _: &ObjectKey) -> bool {
        self.edge.is_some()
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key, self.edge.is_some())
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud.delete_peering(&self.id, self.kind).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let peerings = match &self.edge {
            Some(hub) => site.list::<PeeringRecord>(&at_edge(hub.clone())).await?,
            None => {
                let of_kind = site.query::<PeeringRecord>().with_kind(self.kind);
                site.list::<PeeringRecord>(&of_kind).await?
            }
        };
        let record = peerings.with_id(self.id.as_str());
        Ok(Seen::left(record.map(|record| record.status.word.clone())))
    }
}
