use std::fmt;

use super::{EndpointRef, HubScopeRef, Op, Plan, Step, TableRef};
use crate::traits::{PeeringSide, Transit};

/// What a network engineer reviews: every step with its place and what it waits for.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (creates, deletes) = self.counts();
        if self.is_empty() {
            return write!(f, "plan for {}: nothing to do", self.topology);
        }
        writeln!(
            f,
            "plan for {}: {creates} to create, {deletes} to delete",
            self.topology
        )?;
        for step in &self.steps {
            write!(f, "\n{step}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match (self.op.is_delete(), &self.existing) {
            (true, _) => '-',
            (false, Some(_)) => '~',
            (false, None) => '+',
        };
        write!(
            f,
            "{sign} {:<44} {}\n    in {}",
            self.key.object(),
            self.op,
            self.place
        )?;
        if let Some(id) = &self.existing {
            write!(f, "; {id} is there and not ready yet")?;
        }
        if !self.depends_on.is_empty() {
            let keys: Vec<&str> = self.depends_on.iter().map(|key| key.object()).collect();
            write!(f, "\n    after {}", keys.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for TableRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "table {id}"),
            Self::MainOf(network) => write!(f, "main table of {network}"),
            Self::DefaultOf(hub) => write!(f, "default table of {hub}"),
        }
    }
}

impl fmt::Display for EndpointRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, region) = (self.account(), self.region());
        if let Self::Edge { id, .. } = self {
            return write!(f, "{id} ({account})");
        }
        write!(f, "{} ({account}, {region})", self.id())
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenService { service } => {
                write!(f, "open the {service} service (account-wide, stays open)")
            }
            Self::CreateNetwork { range, .. } => write!(f, "network {range}"),
            Self::CreateSubnet {
                network,
                zone,
                range,
                ..
            } => write!(f, "subnet {range} of {network} in {zone}"),
            Self::CreateHub { scope, .. } => match scope {
                HubScopeRef::Regional {
                    parent: Some(parent),
                } => write!(f, "regional hub of {parent}"),
                HubScopeRef::Global | HubScopeRef::Regional { parent: None } => write!(f, "hub"),
                HubScopeRef::Edge { asn } => write!(f, "hub at the edge, AS {asn}"),
            },
            Self::CreateGrant {
                member,
                hub,
                hub_account,
                payer,
            } => {
                write!(f, "grant {member} to {hub} of {hub_account}")?;
                payer.map_or(Ok(()), |payer| write!(f, "; {payer}"))
            }
            Self::RequestPeering {
                requester,
                accepter,
                subnets,
                transit,
                prefixes,
                ..
            } => {
                write!(f, "join {requester} to {accepter}")?;
                if !prefixes.is_empty() {
                    write!(f, "; lines learn {}", list(prefixes))?;
                }
                let zones: Vec<String> = subnets
                    .iter()
                    .map(|(zone, subnet)| format!("{subnet} in {zone}"))
                    .collect();
                if !zones.is_empty() {
                    write!(f, " through {}", zones.join(", "))?;
                }
                match transit {
                    Some(Transit::ByTraffic {
                        max_mbps: Some(mbps),
                    }) => {
                        write!(f, "; paid by traffic, at most {mbps} Mbit/s")
                    }
                    Some(Transit::ByTraffic { max_mbps: None }) => write!(f, "; paid by traffic"),
                    None => Ok(()),
                }
            }
            Self::AcceptPeering { peering, requester } => {
                write!(f, "accept {peering} of {requester}")
            }
            Self::AllowDnsResolution { peering, side } => {
                let side = match side {
                    PeeringSide::Requester => "requester",
                    PeeringSide::Accepter => "accepter",
                };
                write!(f, "let names of the {side} be resolved over {peering}")
            }
            Self::EnableLearning {
                kind,
                peering,
                table,
            } => write!(f, "{kind} of {peering} with {table}"),
            Self::CreateRoute {
                table,
                destination,
                next_hop,
            } => write!(f, "route {destination} to {next_hop} in {table}"),
            Self::CreateGroup { network, .. } => write!(f, "firewall group in {network}"),
            Self::AuthorizeRules { group, rules } => write!(f, "rules of {group}: {}", list(rules)),
            Self::RunInstance {
                subnet,
                instance_type,
                address,
                ..
            } => {
                write!(f, "instance {instance_type} in {subnet}")?;
                address.map_or(Ok(()), |address| write!(f, " at {address}"))
            }
            Self::TerminateInstance { id } => write!(f, "delete instance {id}"),
            Self::RevokeRules { group, rules } => {
                let rules: Vec<_> = rules.iter().map(|record| &record.rule).collect();
                write!(f, "revoke from {group}: {}", list(&rules))
            }
            Self::DeleteGroup { id } => write!(f, "delete firewall group {id}"),
            Self::DeleteRoute {
                table,
                destination,
                next_hop,
            } => write!(f, "delete route {destination} to {next_hop} from {table}"),
            Self::DisableLearning { learning } => {
                write!(
                    f,
                    "disable {} of {} with {}",
                    learning.kind, learning.peering, learning.table
                )
            }
            Self::DeletePeering { id, .. } => write!(f, "delete {id}"),
            Self::RevokeGrant { grant } => {
                write!(f, "revoke grant of {} to {}", grant.member.id(), grant.hub)
            }
            Self::DeleteHub { id } => write!(f, "delete hub {id}"),
            Self::DeleteSubnet { id } => write!(f, "delete subnet {id}"),
            Self::DeleteNetwork { id } => write!(f, "delete network {id}"),
        }
    }
}
