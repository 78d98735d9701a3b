use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::provider::MemoryProvider;
use crate::clock::Clock;
use crate::ids::{AccountId, BorderRouterId, CloudName, Place, Region, Zone};
use crate::object::{Form, Kind, OpKind};
use crate::traits::{
    CallerIdentity, Capabilities, CloudService, IdentityKind, Model, NotUnderstood, OracleReach,
    ProbeMachine, Protocol, ZoneRecord,
};

/// How an account of a [`MemoryProvider`] differs from the default: a user's credentials, all services open.
///
/// ```
/// use landbridge_core::memory::MemoryAccount;
/// use landbridge_core::{CloudService, IdentityKind};
///
/// let careless = MemoryAccount::new("1111").with_kind(IdentityKind::Root);
/// let mixed_up = MemoryAccount::new("2222").with_actual("3333");
/// let fresh = MemoryAccount::new("4444").with_closed(CloudService::Hub);
/// ```
#[derive(Clone, Debug)]
pub struct MemoryAccount {
    pub(super) id: AccountId,
    actual: AccountId,
    kind: IdentityKind,
    alias: Option<String>,
    pub(super) closed: BTreeSet<CloudService>,
    pub(super) has_credentials: bool,
    searches: bool,
}

impl MemoryAccount {
    /// An account like any that is not mentioned.
    pub fn new(id: impl Into<AccountId>) -> Self {
        let id = id.into();
        Self {
            actual: id.clone(),
            id,
            kind: IdentityKind::User,
            alias: None,
            closed: BTreeSet::new(),
            has_credentials: true,
            searches: true,
        }
    }

    /// Sets what kind of identity its credentials belong to. Default [`IdentityKind::User`].
    #[must_use]
    pub fn with_kind(mut self, kind: IdentityKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the account that its credentials really belong to, which makes them wrong. Default the account itself.
    #[must_use]
    pub fn with_actual(mut self, account: impl Into<AccountId>) -> Self {
        self.actual = account.into();
        self
    }

    /// Sets the name that people know it by. Default none.
    #[must_use]
    pub fn with_alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    pub(super) fn alias(&self) -> Option<&str> {
        self.alias.as_deref()
    }

    /// Leaves a service closed until it is opened. Default all are open.
    #[must_use]
    pub fn with_closed(mut self, service: CloudService) -> Self {
        self.closed.insert(service);
        self
    }

    /// Leaves the provider without credentials for it, so that it gives no handle. Its objects may still exist.
    #[must_use]
    pub fn without_credentials(mut self) -> Self {
        self.has_credentials = false;
        self
    }

    /// Denies its credentials the search for tags in regions that a topology does not name. Default allowed.
    #[must_use]
    pub fn without_searches(mut self) -> Self {
        self.searches = false;
        self
    }

    /// Why tags cannot be searched, if they cannot.
    pub(super) fn bars_searches(&self) -> Option<&'static str> {
        match (self.has_credentials, self.searches) {
            (false, _) => Some("there are no credentials for the account"),
            (true, false) => Some("the search for tags is not permitted"),
            (true, true) if self.actual != self.id => {
                Some("the credentials are of another account")
            }
            (true, true) => None,
        }
    }

    pub(super) fn identity(&self) -> CallerIdentity {
        let account = self.actual.clone();
        let name = match self.kind {
            IdentityKind::Root => "root",
            IdentityKind::User => "user/landbridge",
            IdentityKind::Role => "role/landbridge",
            IdentityKind::Other => "landbridge",
        };
        let arn = format!("arn:memory::{account}:{name}");
        CallerIdentity::new(account, self.kind, arn)
    }
}

/// What a world is like; it never changes.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) capabilities: Capabilities,
    pub(super) latency: Duration,
    pub(super) visibility: Duration,
    pub(super) first_number: u64,
    accounts: BTreeMap<AccountId, MemoryAccount>,
    hub_zones: BTreeMap<Region, Vec<Zone>>,
    zones: BTreeMap<Region, Vec<ZoneRecord>>,
    trusts: Vec<Trust>,
    pub(super) border_routers: Vec<Line>,
    pub(super) shares: Vec<(Place, AccountId)>,
    pub(super) not_understood: Vec<NotUnderstood>,
}

/// A border router, and what is behind its line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) id: BorderRouterId,
    pub(super) place: Place,
    pub(super) ranges: Vec<IpNet>,
    pub(super) hosts: Vec<IpAddr>,
}

/// A role, who may assume it, and the external id it asks for.
#[derive(Clone, Debug)]
struct Trust {
    role: String,
    account: AccountId,
    external_id: Option<String>,
}

impl Options {
    pub(super) fn account(&self, id: &AccountId) -> MemoryAccount {
        match self.accounts.get(id) {
            Some(account) => account.clone(),
            None => MemoryAccount::new(id.clone()),
        }
    }

    pub(super) fn hub_zones(&self, region: &Region) -> Vec<Zone> {
        match self.hub_zones.get(region) {
            Some(zones) => zones.clone(),
            None => ["a", "b"]
                .map(|zone| Zone::new(format!("{region}-{zone}")))
                .to_vec(),
        }
    }

    /// The zones of a region; none if any zone will do.
    pub(super) fn zones(&self, region: &Region) -> &[ZoneRecord] {
        self.zones.get(region).map_or(&[], Vec::as_slice)
    }

    /// The places that see the networks of a place beside itself.
    pub(super) fn guests_of(&self, place: &Place) -> Vec<Place> {
        let shared = self.shares.iter().filter(|(owner, _)| owner == place);
        shared
            .map(|(owner, guest)| Place {
                account: guest.clone(),
                ..owner.clone()
            })
            .collect()
    }

    pub(super) fn is_trusted(&self, role: &str, by: &AccountId, external_id: Option<&str>) -> bool {
        self.trusts.iter().any(|trust| {
            trust.role == role
                && trust.account == *by
                && (trust.external_id.is_none() || trust.external_id.as_deref() == external_id)
        })
    }
}

/// Builds a [`MemoryProvider`] whose world is not the default one.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use landbridge_core::memory::{ManualClock, MemoryAccount, MemoryProvider};
/// use landbridge_core::{CloudName, CloudService, Zone};
///
/// let provider = MemoryProvider::builder(Arc::new(ManualClock::new()))
///     .with_cloud(CloudName::from_static("aliyun"))
///     .with_account(MemoryAccount::new("2222").with_closed(CloudService::Hub))
///     .with_hub_zones("cn-qingdao", [Zone::new("cn-qingdao-c")])
///     .with_latency(Duration::from_secs(30))
///     .build();
/// assert_eq!(provider.write_count(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct MemoryBuilder {
    clock: Arc<dyn Clock>,
    options: Options,
}

impl MemoryBuilder {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let options = Options {
            capabilities: default_capabilities(),
            latency: Duration::ZERO,
            visibility: Duration::ZERO,
            first_number: 1,
            accounts: BTreeMap::new(),
            hub_zones: BTreeMap::new(),
            zones: BTreeMap::new(),
            trusts: Vec::new(),
            border_routers: Vec::new(),
            shares: Vec::new(),
            not_understood: Vec::new(),
        };
        Self { clock, options }
    }

    /// Sets the cloud that places must name. Default `memory`.
    #[must_use]
    pub fn with_cloud(mut self, cloud: CloudName) -> Self {
        self.options.capabilities.cloud = cloud;
        self
    }

    /// Sets what the cloud can do, its name included; the world behaves accordingly. Default: hub and mesh, global
    /// hubs, hubs at the edge, grants, all services, attachments in two zones, no limits, and a permission per kind of
    /// step.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.options.capabilities = capabilities;
        self
    }

    /// Sets how an account differs from the default. Accounts need not be mentioned to exist.
    #[must_use]
    pub fn with_account(mut self, account: MemoryAccount) -> Self {
        self.options.accounts.insert(account.id.clone(), account);
        self
    }

    /// Sets the zones of a region in which networks can be attached. Default `<region>-a` and `<region>-b`.
    #[must_use]
    pub fn with_hub_zones(
        mut self,
        region: impl Into<Region>,
        zones: impl IntoIterator<Item = Zone>,
    ) -> Self {
        let zones = zones.into_iter().collect();
        self.options.hub_zones.insert(region.into(), zones);
        self
    }

    /// Sets the zones of a region, beside which subnets are refused. Default: every zone will do, and none is listed.
    #[must_use]
    pub fn with_zones(
        mut self,
        region: impl Into<Region>,
        zones: impl IntoIterator<Item = ZoneRecord>,
    ) -> Self {
        let zones = zones.into_iter().collect();
        self.options.zones.insert(region.into(), zones);
        self
    }

    /// Shares the networks of a place with another account: it sees them with their subnets, tables and routes, may run
    /// instances and make groups in them, and may change nothing else. Default: networks are not shared.
    #[must_use]
    pub fn with_shared_networks(mut self, owner: Place, with: impl Into<AccountId>) -> Self {
        self.options.shares.push((owner, with.into()));
        self
    }

    /// Puts something into its place that inventories list and cannot read. Default: everything is understood.
    #[must_use]
    pub fn with_not_understood(mut self, object: NotUnderstood) -> Self {
        self.options.not_understood.push(object);
        self
    }

    /// Sets how long objects stay pending after their creation and deleting after their deletion. Default zero.
    #[must_use]
    pub fn with_latency(mut self, latency: Duration) -> Self {
        self.options.latency = latency;
        self
    }

    /// Sets for how long lists do not show a created object that has an id, although other calls know it. Default zero.
    #[must_use]
    pub fn with_visibility(mut self, delay: Duration) -> Self {
        self.options.visibility = delay;
        self
    }

    /// Sets the number in the first ID of each kind, so that the IDs of two worlds differ. Default 1.
    #[must_use]
    pub fn with_first_number(mut self, number: u64) -> Self {
        self.options.first_number = number;
        self
    }

    /// Lets `account` assume `role`, with any external id or none.
    #[must_use]
    pub fn with_trust(self, role: impl Into<String>, account: impl Into<AccountId>) -> Self {
        self.trust(role.into(), account.into(), None)
    }

    /// Lets `account` assume `role` if it knows the external id.
    #[must_use]
    pub fn with_external_trust(
        self,
        role: impl Into<String>,
        account: impl Into<AccountId>,
        external_id: impl Into<String>,
    ) -> Self {
        self.trust(role.into(), account.into(), Some(external_id.into()))
    }

    /// Puts a border router at the end of a private line: the ranges it takes packets to, and the addresses there that
    /// answer pings. Its place says whose it is and where.
    #[must_use]
    pub fn with_border_router(
        mut self,
        id: impl Into<BorderRouterId>,
        place: Place,
        ranges: impl IntoIterator<Item = IpNet>,
        hosts: impl IntoIterator<Item = IpAddr>,
    ) -> Self {
        self.options.border_routers.push(Line {
            id: id.into(),
            place,
            ranges: ranges.into_iter().collect(),
            hosts: hosts.into_iter().collect(),
        });
        self
    }

    /// Makes the world, with nothing in it that was not described.
    pub fn build(self) -> MemoryProvider {
        MemoryProvider::with_options(self.clock, self.options)
    }

    fn trust(mut self, role: String, account: AccountId, external_id: Option<String>) -> Self {
        self.options.trusts.push(Trust {
            role,
            account,
            external_id,
        });
        self
    }
}

fn default_capabilities() -> Capabilities {
    let mut capabilities = Capabilities::new(
        CloudName::from_static("memory"),
        vec![Model::Hub, Model::Mesh],
    );
    capabilities.global_hub = true;
    capabilities.grants = true;
    capabilities.edge_hubs = true;
    capabilities.services = CloudService::ALL.to_vec();
    capabilities.attachment_zones = 2;
    capabilities.oracle = Some(
        OracleReach::new("memory-oracle", PROTOCOLS.to_vec())
            .with_cross_region(true)
            .with_cross_account(true)
            .with_ipv6(true),
    );
    capabilities.probe_machine = Some(ProbeMachine::new("small", "linux"));
    capabilities.permissions = OpKind::all().map(|op| (op, vec![permission(op)])).collect();
    capabilities.edge_read_permissions = vec!["memory:edge-read".to_owned()];
    capabilities.form_permissions = [
        (OpKind::create(Kind::Hub), vec![Form::EdgeHub]),
        (OpKind::create(Kind::Grant), vec![Form::EdgeGrant]),
        (OpKind::create(Kind::Peering), EDGE_ATTACHMENTS.to_vec()),
        (OpKind::delete(Kind::Peering), EDGE_ATTACHMENTS.to_vec()),
        (OpKind::delete(Kind::Grant), vec![Form::EdgeGrant]),
        (OpKind::delete(Kind::Hub), vec![Form::EdgeHub]),
    ]
    .map(|(op, forms)| {
        let actions = vec![permission(op).replace(':', ":edge-")];
        let forms = forms.into_iter().map(|form| (form, actions.clone()));
        (op, forms.collect())
    })
    .into();
    capabilities
}

const PROTOCOLS: [Protocol; 4] = [
    Protocol::Icmp,
    Protocol::Icmpv6,
    Protocol::Tcp,
    Protocol::Udp,
];

const EDGE_ATTACHMENTS: [Form; 2] = [Form::EdgeNetwork, Form::EdgeRouter];

fn permission(op: OpKind) -> String {
    format!("memory:{op}")
}
