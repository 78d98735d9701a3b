//! Steps as calls: references resolved, then sent.

use super::perform::Performer;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{GroupId, HubId, NetworkId, PeeringId, Place, SubnetId};
use crate::plan::{HubScopeRef, Op, PlannedRule, Step};
use crate::traits::{
    Cloud, CreateGrant, CreateGroup, CreateHub, CreateNetwork, CreateRoute, CreateSubnet,
    DnsAccess, Endpoint, HubScope, Learning, PeeringSide, Phase, RequestPeering, Rule, RunInstance,
    Token,
};

impl Performer {
    // References are resolved before a call slot is taken: resolving may need calls of its own.
    pub(super) async fn prepare<'s>(&self, step: &'s Step, token: &Token) -> Result<Call<'s>> {
        Ok(match &step.op {
            Op::CreateNetwork { name, range } => {
                Call::Network(CreateNetwork::new(self.label(step, name, token), *range))
            }
            Op::CreateSubnet {
                name,
                network,
                zone,
                range,
            } => {
                let network = NetworkId::new(self.resolve(network)?);
                let label = self.label(step, name, token);
                Call::Subnet(CreateSubnet::new(label, network, zone.clone(), *range))
            }
            Op::CreateHub { name, scope } => {
                let scope = match scope {
                    HubScopeRef::Global => HubScope::Global,
                    HubScopeRef::Regional { parent } => HubScope::Regional {
                        parent: self.resolve_optional(parent.as_ref())?.map(HubId::new),
                    },
                    HubScopeRef::Edge { asn } => HubScope::Edge { asn: *asn },
                };
                Call::Hub(CreateHub::new(self.label(step, name, token), scope))
            }
            Op::CreateGrant {
                member,
                hub,
                hub_account,
                payer,
            } => {
                let hub = HubId::new(self.resolve(hub)?);
                Call::Grant(
                    CreateGrant::new(self.endpoint(member)?, hub, hub_account.clone())
                        .with_payer(payer.unwrap_or_default()),
                )
            }
            Op::RequestPeering { .. } => Call::Peering(self.peering_request(step, token)?),
            Op::AcceptPeering { peering, requester } => {
                let id = PeeringId::new(self.resolve(peering)?);
                let requester = self.endpoint(requester)?;
                self.acceptable(&step.place, &id, &requester).await?;
                Call::Accept(id)
            }
            Op::AllowDnsResolution { peering, side } => {
                Call::Dns(PeeringId::new(self.resolve(peering)?), *side)
            }
            Op::EnableLearning {
                kind,
                peering,
                table,
            } => Call::Learn(Learning {
                kind: *kind,
                peering: PeeringId::new(self.resolve(peering)?),
                table: self.table(&step.place, table).await?,
            }),
            Op::CreateRoute {
                table,
                destination,
                next_hop,
            } => {
                let next_hop = PeeringId::new(self.resolve(next_hop)?);
                let table = self.table(&step.place, table).await?;
                Call::Route(
                    CreateRoute::new(table, *destination, next_hop)
                        .with_name("landbridge")
                        .with_token(token.clone()),
                )
            }
            Op::CreateGroup { name, network } => {
                let network = NetworkId::new(self.resolve(network)?);
                Call::Group(CreateGroup::new(self.label(step, name, token), network))
            }
            Op::AuthorizeRules { group, rules } => {
                Call::Rules(GroupId::new(self.resolve(group)?), self.rules_of(rules)?)
            }
            Op::RunInstance { .. } => Call::Instance(Box::new(self.instance_request(step, token)?)),
            op => Call::Simple(op),
        })
    }

    // A request is accepted only once it is seen, and only if it is the one that the plan knows of: anybody can ask an
    // account to peer.
    async fn acceptable(&self, place: &Place, id: &PeeringId, requester: &Endpoint) -> Result<()> {
        let recent = self.clock.uptime().saturating_sub(self.options.poll / 2);
        let peerings = self.all_peerings(place, recent).await?;
        let Some(peering) = peerings.iter().find(|peering| peering.id == *id) else {
            let message = format!("{id} is not visible to its accepter yet");
            return Err(Error::new(ErrorKind::Busy, message));
        };
        let asked = (peering.requester.account(), peering.requester.id());
        if asked != (requester.account(), requester.id()) {
            let message = format!("{id} was asked for by {} of account {}", asked.1, asked.0);
            return Err(Error::new(ErrorKind::PermissionDenied, message)
                .with_remedy("reject it if nobody knows of it, then run again"));
        }
        match peering.status.phase {
            Phase::Pending => Err(Error::new(
                ErrorKind::Busy,
                format!("{id} is {}", peering.status),
            )),
            Phase::Failed => Err(Error::new(
                ErrorKind::Failed,
                format!("{id} is {}", peering.status),
            )),
            _ => Ok(()),
        }
    }

    fn peering_request(&self, step: &Step, token: &Token) -> Result<RequestPeering> {
        let Op::RequestPeering {
            name,
            kind,
            requester,
            accepter,
            subnets,
            transit,
            prefixes,
        } = &step.op
        else {
            return Err(Error::new(ErrorKind::InvalidInput, "not a peering"));
        };
        let label = self.label(step, name, token);
        let subnets = subnets
            .iter()
            .map(|(zone, subnet)| Ok((zone.clone(), SubnetId::new(self.resolve(subnet)?))))
            .collect::<Result<_>>()?;
        let (requester, accepter) = (self.endpoint(requester)?, self.endpoint(accepter)?);
        let request = RequestPeering::new(label, *kind, requester, accepter).with_subnets(subnets);
        Ok(request
            .with_transit(*transit)
            .with_prefixes(prefixes.clone()))
    }

    fn instance_request(&self, step: &Step, token: &Token) -> Result<RunInstance> {
        let Op::RunInstance {
            name,
            subnet,
            groups,
            instance_type,
            image,
            address,
            disk,
            password_env,
        } = &step.op
        else {
            return Err(Error::new(ErrorKind::InvalidInput, "not an instance"));
        };
        let groups = groups
            .iter()
            .map(|group| self.resolve(group).map(GroupId::new))
            .collect::<Result<_>>()?;
        let subnet = SubnetId::new(self.resolve(subnet)?);
        let mut request = RunInstance::new(
            self.label(step, name, token),
            subnet,
            groups,
            instance_type,
            image,
        );
        request = request.with_address(*address).with_disk(disk.clone());
        if let Some(variable) = password_env {
            let secret = self.secrets.secret(variable).ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidInput,
                    format!("the password of instance {name} is not given"),
                )
                .with_remedy(format!("set the environment variable {variable}"))
            })?;
            request = request.with_password(secret);
        }
        Ok(request)
    }

    pub(super) fn rules_of(&self, planned: &[PlannedRule]) -> Result<Vec<Rule>> {
        planned
            .iter()
            .map(|rule| rule.resolve(|reference| self.resolve(reference)))
            .collect()
    }
}

/// A call whose references are resolved.
pub(super) enum Call<'s> {
    Network(CreateNetwork),
    Subnet(CreateSubnet),
    Hub(CreateHub),
    Grant(CreateGrant),
    Peering(RequestPeering),
    Accept(PeeringId),
    Dns(PeeringId, PeeringSide),
    Learn(Learning),
    Route(CreateRoute),
    Group(CreateGroup),
    Rules(GroupId, Vec<Rule>),
    Instance(Box<RunInstance>),
    Simple(&'s Op),
}

impl Call<'_> {
    pub(super) async fn send(&self, cloud: &dyn Cloud, topology: &str) -> Result<Option<String>> {
        Ok(match self {
            Self::Network(request) => Some(cloud.create_network(request).await?.id.to_string()),
            Self::Subnet(request) => Some(cloud.create_subnet(request).await?.id.to_string()),
            Self::Hub(request) => Some(cloud.create_hub(request).await?.id.to_string()),
            Self::Peering(request) => Some(cloud.request_peering(request).await?.id.to_string()),
            Self::Group(request) => Some(cloud.create_group(request).await?.id.to_string()),
            Self::Instance(request) => Some(cloud.run_instance(request).await?.id.to_string()),
            Self::Grant(request) => none(cloud.create_grant(request).await?),
            Self::Accept(id) => none(cloud.accept_peering(id).await?),
            Self::Dns(id, side) => none(
                cloud
                    .allow_dns_resolution(id, *side, DnsAccess::Allow)
                    .await?,
            ),
            Self::Learn(learning) => none(cloud.enable_learning(learning).await?),
            Self::Route(request) => none(cloud.create_route(request).await?),
            Self::Rules(group, rules) => none(cloud.authorize_rules(group, topology, rules).await?),
            Self::Simple(op) => none(send_simple(cloud, op).await?),
        })
    }
}

fn none((): ()) -> Option<String> {
    None
}

// Calls that name everything by id.
async fn send_simple(cloud: &dyn Cloud, op: &Op) -> Result<()> {
    match op {
        Op::OpenService { service } => cloud.open_service(*service).await,
        Op::TerminateInstance { id } => cloud.terminate_instance(id).await,
        Op::RevokeRules { group, rules } => cloud.revoke_rules(group, rules).await,
        Op::DeleteGroup { id } => cloud.delete_group(id).await,
        Op::DeleteRoute {
            table,
            destination,
            next_hop,
        } => cloud.delete_route(table, destination, next_hop).await,
        Op::DisableLearning { learning } => cloud.disable_learning(learning).await,
        Op::DeletePeering { id, kind, .. } => cloud.delete_peering(id, *kind).await,
        Op::RevokeGrant { grant } => cloud.revoke_grant(grant).await,
        Op::DeleteHub { id } => cloud.delete_hub(id).await,
        Op::DeleteSubnet { id } => cloud.delete_subnet(id).await,
        Op::DeleteNetwork { id } => cloud.delete_network(id).await,
        op => Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{:?} is not understood by this engine", op.kind()),
        )),
    }
}
