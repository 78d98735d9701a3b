//! A cloud that breaks one promise and keeps all others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use ipnet::IpNet;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::*;
use crate::traits::*;

/// The promise that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breach {
    AcceptsOnce,
    AgentsOutOfOrder,
    AddsFirstRouteOnly,
    BlindToSecondFactor,
    DeletesRoutesOfOtherHops,
    DeletesSomeRoutesOnly,
    DisablesPresentOnly,
    EdgeIsAWrongParameter,
    EnsuresByWriting,
    ForgetsIpv6,
    ForgetsMarks,
    ForgetsNamedNetworks,
    ForgetsTags,
    GrantsOnce,
    IgnoresNetworkTokens,
    LeavesGroupsInNetworks,
    LosesOwnerAtCreation,
    MissesSecondPage,
    NeedsAllIds,
    NeverStopsNames,
    OracleAlwaysAgrees,
    OverwritesRoles,
    OverwritesRoutes,
    ReadsOnAsImpostor,
    RefusesAbsentNetworks,
    RevokesForeignRules,
    TakesAnyRange,
}

use Breach::*;

#[derive(Debug)]
pub(super) struct Saboteur {
    pub(super) inner: Arc<dyn CloudProvider>,
    pub(super) breach: Breach,
}

#[async_trait]
impl CloudProvider for Saboteur {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn cloud(&self, place: &Place) -> Result<Arc<dyn Cloud>> {
        Ok(Arc::new(Sabotaged {
            inner: self.inner.cloud(place).await?,
            breach: self.breach,
            count: AtomicUsize::new(0),
        }))
    }

    async fn footprint(&self, search: &FootprintSearch) -> Footprint {
        self.inner.footprint(search).await
    }
}

#[derive(Debug)]
struct Sabotaged {
    inner: Arc<dyn Cloud>,
    breach: Breach,
    count: AtomicUsize,
}

fn refusal<T>(kind: ErrorKind) -> Result<T> {
    Err(Error::new(kind, "sabotaged"))
}

impl Sabotaged {
    fn breaks(&self, breach: Breach) -> bool {
        self.breach == breach
    }

    async fn has_network(&self, id: &NetworkId) -> Result<bool> {
        let listed = self.inner.list_networks(&Select::id(id.clone())).await?;
        Ok(!listed.is_empty())
    }

    /// Where a route leads, if there is one.
    async fn hop(&self, table: &RouteTableId, destination: &IpNet) -> Result<Option<PeeringId>> {
        let routes = self.inner.list_routes(table).await?;
        let found = routes
            .into_iter()
            .find(|one| one.destination == *destination);
        Ok(found.and_then(|route| match route.next_hop {
            NextHop::Peering(id) => Some(id),
            _ => None,
        }))
    }
}

/// Methods that only forward.
macro_rules! forward {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)*) => {
        #[async_trait]
        impl Hub for Sabotaged {
            async fn create_hub(&self, request: &CreateHub) -> Result<HubRecord> {
                match self.inner.create_hub(request).await {
                    Err(_) if self.breaks(EdgeIsAWrongParameter)
                        && matches!(request.scope, HubScope::Edge { .. }) =>
                    {
                        refusal(ErrorKind::InvalidInput)
                    }
                    other => other,
                }
            }

            async fn disable_learning(&self, learning: &Learning) -> Result<()> {
                let there = self.inner.list_learning(&learning.table).await?;
                let is_there = there.iter().any(|one| one.learning == *learning);
                if self.breaks(DisablesPresentOnly) && !is_there {
                    return refusal(ErrorKind::NotFound);
                }
                self.inner.disable_learning(learning).await
            }

            $(async fn $name(&self, $($arg: $kind),*) -> Result<$out> {
                self.inner.$name($($arg),*).await
            })*
        }
    };
}

forward! {
    list_hubs(select: &Select<HubId>) -> Vec<HubRecord>;
    delete_hub(id: &HubId) -> ();
    list_hub_zones() -> Vec<Zone>;
    enable_learning(learning: &Learning) -> ();
    list_learning(table: &RouteTableId) -> Vec<LearningRecord>;
    list_hub_routes(table: &RouteTableId) -> Vec<HubRouteRecord>;
}

#[async_trait]
impl Network for Sabotaged {
    async fn create_network(&self, request: &CreateNetwork) -> Result<NetworkRecord> {
        let mut request = request.clone();
        if self.breaks(IgnoresNetworkTokens) {
            let count = self.count.fetch_add(1, Ordering::Relaxed).to_string();
            request.label.token = Token::derive(&[request.label.token.as_str(), &count]);
        }
        request.ipv6 &= !self.breaks(ForgetsIpv6);
        let mut made = self.inner.create_network(&request).await?;
        if self.breaks(LosesOwnerAtCreation) {
            made.owner = None;
        }
        Ok(made)
    }

    async fn list_networks(&self, select: &Select<NetworkId>) -> Result<Vec<NetworkRecord>> {
        self.inner.list_networks(select).await
    }

    async fn delete_network(&self, id: &NetworkId) -> Result<()> {
        if self.breaks(RefusesAbsentNetworks) && !self.has_network(id).await? {
            return refusal(ErrorKind::NotFound);
        }
        match self.inner.delete_network(id).await {
            Err(error)
                if self.breaks(LeavesGroupsInNetworks) && error.message().contains("by group") =>
            {
                Ok(())
            }
            other => other,
        }
    }

    async fn add_range(&self, id: &NetworkId, range: &IpNet) -> Result<()> {
        self.inner.add_range(id, range).await
    }

    async fn remove_range(&self, id: &NetworkId, range: &IpNet) -> Result<()> {
        self.inner.remove_range(id, range).await
    }

    async fn enable_host_names(&self, id: &NetworkId) -> Result<()> {
        self.inner.enable_host_names(id).await
    }

    async fn has_host_names(&self, id: &NetworkId) -> Result<bool> {
        self.inner.has_host_names(id).await
    }

    async fn create_subnet(&self, request: &CreateSubnet) -> Result<SubnetRecord> {
        match self.inner.create_subnet(request).await {
            Err(error) if self.breaks(TakesAnyRange) => Err(error.with_kind(ErrorKind::Refused)),
            other => other,
        }
    }

    async fn list_subnets(&self, select: &Select<SubnetId>) -> Result<Vec<SubnetRecord>> {
        let mut listed = self.inner.list_subnets(select).await?;
        if self.breaks(MissesSecondPage) {
            listed.truncate(10);
        }
        Ok(listed)
    }

    async fn delete_subnet(&self, id: &SubnetId) -> Result<()> {
        self.inner.delete_subnet(id).await
    }
}

#[async_trait]
impl Routing for Sabotaged {
    async fn list_route_tables(&self, networks: &[NetworkId]) -> Result<Vec<RouteTableRecord>> {
        self.inner.list_route_tables(networks).await
    }

    async fn list_routes(&self, table: &RouteTableId) -> Result<Vec<RouteRecord>> {
        self.inner.list_routes(table).await
    }

    async fn create_route(&self, request: &CreateRoute) -> Result<()> {
        let (table, to) = (&request.table, &request.destination);
        if self.breaks(OverwritesRoutes)
            && let Some(hop) = self.hop(table, to).await?
        {
            self.inner.delete_route(table, to, &hop).await?;
        }
        let mut request = request.clone();
        request.mark = request.mark.filter(|_| !self.breaks(ForgetsMarks));
        self.inner.create_route(&request).await
    }

    async fn delete_route(
        &self,
        table: &RouteTableId,
        destination: &IpNet,
        next_hop: &PeeringId,
    ) -> Result<()> {
        if self.breaks(DeletesRoutesOfOtherHops)
            && let Some(hop) = self.hop(table, destination).await?
        {
            return self.inner.delete_route(table, destination, &hop).await;
        }
        self.inner.delete_route(table, destination, next_hop).await
    }

    async fn create_routes(&self, requests: &[CreateRoute]) -> Vec<Result<()>> {
        let sent = match self.breaks(AddsFirstRouteOnly) {
            true => 1,
            false => requests.len(),
        };
        let mut results = self.inner.create_routes(&requests[..sent]).await;
        results.extend(requests[sent..].iter().map(|_| Ok(())));
        results
    }

    async fn delete_routes(&self, routes: &[DeleteRoute]) -> Vec<Result<()>> {
        let sent = match self.breaks(DeletesSomeRoutesOnly) {
            true => 1,
            false => routes.len(),
        };
        let mut results = self.inner.delete_routes(&routes[..sent]).await;
        results.extend(routes[sent..].iter().map(|_| Ok(())));
        results
    }
}

#[async_trait]
impl Peering for Sabotaged {
    async fn request_peering(&self, request: &RequestPeering) -> Result<PeeringRecord> {
        self.inner.request_peering(request).await
    }

    async fn accept_peering(&self, id: &PeeringId) -> Result<()> {
        let select = PeeringSelect::all().with_id(id.clone());
        let there = self.inner.list_peerings(&select).await?;
        if self.breaks(AcceptsOnce) && there.iter().any(|one| one.status.is_ready()) {
            return refusal(ErrorKind::Refused);
        }
        self.inner.accept_peering(id).await
    }

    async fn allow_dns_resolution(
        &self,
        id: &PeeringId,
        side: PeeringSide,
        access: DnsAccess,
    ) -> Result<()> {
        let access = match self.breaks(NeverStopsNames) {
            true => DnsAccess::Allow,
            false => access,
        };
        self.inner.allow_dns_resolution(id, side, access).await
    }

    async fn list_peerings(&self, select: &PeeringSelect) -> Result<Vec<PeeringRecord>> {
        self.inner.list_peerings(select).await
    }

    async fn delete_peering(&self, id: &PeeringId, kind: PeeringKind) -> Result<()> {
        self.inner.delete_peering(id, kind).await
    }
}

#[async_trait]
impl CrossAccountAuth for Sabotaged {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        self.inner.caller_identity().await
    }

    async fn known_identity(&self) -> Result<CallerIdentity> {
        self.inner.known_identity().await
    }

    async fn account_alias(&self) -> Result<Option<String>> {
        self.inner.account_alias().await
    }

    async fn assume_role(&self, request: &AssumeRole) -> Result<SessionCredentials> {
        self.inner.assume_role(request).await
    }

    async fn session_token(&self, request: &SessionToken) -> Result<SessionCredentials> {
        self.inner.session_token(request).await
    }
}

#[async_trait]
impl Trust for Sabotaged {
    async fn ensure_trust(&self, request: &EnsureTrust) -> Result<TrustRecord> {
        if self.breaks(OverwritesRoles)
            && let Some(found) = self.inner.describe_trust(&request.role).await?
            && let Some(owner) = found.owner.filter(|owner| *owner != request.owner)
        {
            self.inner
                .delete_trust(&request.role, &owner.topology)
                .await?;
        }
        let record = self.inner.ensure_trust(request).await?;
        if self.breaks(EnsuresByWriting) {
            self.inner.delete_trust("nobody", "nobody").await?;
        }
        Ok(record)
    }

    fn trust_documents(&self, request: &EnsureTrust) -> Result<TrustDocuments> {
        self.inner.trust_documents(request)
    }

    async fn trust_drift(&self, request: &EnsureTrust) -> Result<Vec<Drift>> {
        let mut drift = self.inner.trust_drift(request).await?;
        drift.retain(|one| !self.breaks(BlindToSecondFactor) || one.what != "second factor");
        Ok(drift)
    }

    async fn describe_trust(&self, role: &str) -> Result<Option<TrustRecord>> {
        self.inner.describe_trust(role).await
    }

    async fn delete_trust(&self, role: &str, topology: &str) -> Result<()> {
        self.inner.delete_trust(role, topology).await
    }

    async fn ensure_user(&self, request: &EnsureUser) -> Result<UserRecord> {
        self.inner.ensure_user(request).await
    }

    async fn describe_user(&self, name: &str) -> Result<Option<UserRecord>> {
        self.inner.describe_user(name).await
    }

    async fn delete_user(&self, name: &str, topology: &str) -> Result<()> {
        self.inner.delete_user(name, topology).await
    }
}

#[async_trait]
impl Grant for Sabotaged {
    async fn create_grant(&self, request: &CreateGrant) -> Result<()> {
        let there = self.inner.list_grants(&request.member).await?;
        if self.breaks(GrantsOnce) && there.iter().any(|one| one.hub == request.hub) {
            return refusal(ErrorKind::AlreadyExists);
        }
        self.inner.create_grant(request).await
    }

    async fn list_grants(&self, member: &Endpoint) -> Result<Vec<GrantRecord>> {
        self.inner.list_grants(member).await
    }

    async fn list_grants_to(&self, member: &Endpoint, hub: &HubId) -> Result<Vec<GrantRecord>> {
        self.inner.list_grants_to(member, hub).await
    }

    async fn list_received_grants(&self, hub: &HubId) -> Result<Vec<GrantRecord>> {
        self.inner.list_received_grants(hub).await
    }

    async fn revoke_grant(&self, request: &RevokeGrant) -> Result<()> {
        self.inner.revoke_grant(request).await
    }
}

#[async_trait]
impl FirewallRule for Sabotaged {
    async fn create_group(&self, request: &CreateGroup) -> Result<GroupRecord> {
        self.inner.create_group(request).await
    }

    async fn list_groups(&self, select: &Select<GroupId>) -> Result<Vec<GroupRecord>> {
        let listed = self.inner.list_groups(select).await?;
        match select {
            Select::Ids(ids) if self.breaks(NeedsAllIds) && ids.len() > listed.len().max(1) => {
                refusal(ErrorKind::NotFound)
            }
            _ => Ok(listed),
        }
    }

    async fn delete_group(&self, id: &GroupId) -> Result<()> {
        self.inner.delete_group(id).await
    }

    async fn authorize_rules(&self, group: &GroupId, topology: &str, rules: &[Rule]) -> Result<()> {
        self.inner.authorize_rules(group, topology, rules).await
    }

    async fn list_rules(&self, group: &GroupId) -> Result<Vec<RuleRecord>> {
        self.inner.list_rules(group).await
    }

    async fn revoke_rules(&self, group: &GroupId, rules: &[RuleRecord]) -> Result<()> {
        let mut rules = rules.to_vec();
        if self.breaks(RevokesForeignRules) && rules.iter().all(|rule| rule.id.is_some()) {
            rules = self.inner.list_rules(group).await?;
        }
        self.inner.revoke_rules(group, &rules).await
    }
}

#[async_trait]
impl Compute for Sabotaged {
    async fn run_instance(&self, request: &RunInstance) -> Result<InstanceRecord> {
        self.inner.run_instance(request).await
    }

    async fn list_instances(&self, select: &Select<InstanceId>) -> Result<Vec<InstanceRecord>> {
        self.inner.list_instances(select).await
    }

    async fn terminate_instance(&self, id: &InstanceId) -> Result<()> {
        self.inner.terminate_instance(id).await
    }

    async fn agents_ready(&self, ids: &[InstanceId]) -> Result<Vec<bool>> {
        let mut up = self.inner.agents_ready(ids).await?;
        if self.breaks(AgentsOutOfOrder) {
            up.reverse();
        }
        Ok(up)
    }

    async fn run_command(&self, request: &RunCommand) -> Result<CommandId> {
        self.inner.run_command(request).await
    }

    async fn command_output(&self, instance: &InstanceId, id: &CommandId) -> Result<CommandOutput> {
        self.inner.command_output(instance, id).await
    }
}

#[async_trait]
impl PathOracle for Sabotaged {
    async fn start_analysis(&self, request: &StartAnalysis) -> Result<AnalysisId> {
        self.inner.start_analysis(request).await
    }

    async fn analysis(&self, id: &AnalysisId) -> Result<AnalysisState> {
        let state = self.inner.analysis(id).await?;
        Ok(match state {
            AnalysisState::Done(answer) if self.breaks(OracleAlwaysAgrees) => {
                AnalysisState::Done(OracleAnswer {
                    verdict: OracleVerdict::Reachable,
                    ..answer
                })
            }
            state => state,
        })
    }

    async fn list_analyses(&self, select: &Select<AnalysisId>) -> Result<Vec<AnalysisRecord>> {
        self.inner.list_analyses(select).await
    }

    async fn delete_analysis(&self, id: &AnalysisId) -> Result<()> {
        self.inner.delete_analysis(id).await
    }
}

#[async_trait]
impl Agents for Sabotaged {
    async fn ensure_agent_role(&self, label: &Label) -> Result<AgentRoleRecord> {
        self.inner.ensure_agent_role(label).await
    }

    async fn list_agent_roles(&self, select: &Select<AgentRoleId>) -> Result<Vec<AgentRoleRecord>> {
        self.inner.list_agent_roles(select).await
    }

    async fn delete_agent_role(&self, id: &AgentRoleId) -> Result<()> {
        self.inner.delete_agent_role(id).await
    }

    async fn create_service_endpoint(
        &self,
        request: &CreateServiceEndpoint,
    ) -> Result<ServiceEndpointRecord> {
        self.inner.create_service_endpoint(request).await
    }

    async fn list_service_endpoints(
        &self,
        select: &Select<ServiceEndpointId>,
    ) -> Result<Vec<ServiceEndpointRecord>> {
        self.inner.list_service_endpoints(select).await
    }

    async fn delete_service_endpoint(&self, id: &ServiceEndpointId) -> Result<()> {
        self.inner.delete_service_endpoint(id).await
    }
}

#[async_trait]
impl Tagging for Sabotaged {
    async fn tag(&self, object: &TaggedId, owner: &Owner) -> Result<()> {
        if let TaggedId::Network(id) = object
            && self.breaks(ForgetsTags)
            && self.has_network(id).await?
        {
            return Ok(());
        }
        self.inner.tag(object, owner).await
    }
}

#[async_trait]
impl Service for Sabotaged {
    async fn service_status(&self, service: CloudService) -> Result<ServiceStatus> {
        self.inner.service_status(service).await
    }

    async fn open_service(&self, service: CloudService) -> Result<()> {
        self.inner.open_service(service).await
    }
}

#[async_trait]
impl Cloud for Sabotaged {
    fn place(&self) -> &Place {
        self.inner.place()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn inventory(&self, scope: &Scope) -> Result<Inventory> {
        let mut scope = scope.clone();
        if self.breaks(ForgetsNamedNetworks) {
            scope.networks.clear();
        }
        let mut inventory = self.inner.inventory(&scope).await?;
        if self.breaks(ReadsOnAsImpostor) && inventory.identity.account != inventory.place.account {
            inventory.hub_zones = self.inner.list_hub_zones().await?;
        }
        Ok(inventory)
    }
}
