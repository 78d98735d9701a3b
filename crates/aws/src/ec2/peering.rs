//! VPC peering connections.

use aws_sdk_ec2::operation::create_vpc_peering_connection::builders::CreateVpcPeeringConnectionInputBuilder as CreateInput;
use aws_sdk_ec2::operation::modify_vpc_peering_connection_options::builders::ModifyVpcPeeringConnectionOptionsInputBuilder as ModifyInput;
use aws_sdk_ec2::types::{
    PeeringConnectionOptionsRequest, ResourceType, VpcPeeringConnection,
    VpcPeeringConnectionStateReason, VpcPeeringConnectionVpcInfo,
};
use ipnet::IpNet;
use landbridge_core::{
    DnsAccess, DnsResolution, Endpoint, Error, PeeringId, PeeringKind, PeeringRecord, PeeringSide,
    Phase, Place, RequestPeering, Result, Status,
};

use super::field::need;
use super::tag::{made_by, tagged, told_by};

/// `CreateVpcPeeringConnection`, sent in the requester's region.
pub(crate) fn create(request: &RequestPeering) -> Result<CreateInput> {
    if request.kind != PeeringKind::NetworkToNetwork {
        return Err(Error::unsupported(
            "a VPC peering connection joins two VPCs and nothing else",
        ));
    }
    let tags = tagged(ResourceType::VpcPeeringConnection, &request.label);
    let accepter = &request.accepter;
    Ok(CreateInput::default()
        .vpc_id(network(&request.requester)?)
        .peer_vpc_id(network(accepter)?)
        .peer_owner_id(accepter.account().as_str())
        .set_peer_region(accepter.region().map(ToString::to_string))
        .tag_specifications(tags))
}

fn network(end: &Endpoint) -> Result<&str> {
    match end {
        Endpoint::Network { id, .. } => Ok(id.as_str()),
        other => Err(Error::unsupported(format!(
            "invalid endpoint `{}`: expected a network",
            other.id()
        ))),
    }
}

/// `ModifyVpcPeeringConnectionOptions` for one side.
pub(crate) fn resolve_names(id: &PeeringId, side: PeeringSide, access: DnsAccess) -> ModifyInput {
    let options = PeeringConnectionOptionsRequest::builder()
        .allow_dns_resolution_from_remote_vpc(access == DnsAccess::Allow)
        .build();
    let input = ModifyInput::default().vpc_peering_connection_id(id.as_str());
    match side {
        PeeringSide::Requester => input.requester_peering_connection_options(options),
        PeeringSide::Accepter => input.accepter_peering_connection_options(options),
    }
}

/// Whether a status is that of a peering that is over, and stays visible for hours or days.
pub(crate) fn is_dead(status: &Status) -> bool {
    ["failed", "rejected", "expired", "deleted"]
        .iter()
        .any(|word| status.word == *word || status.word.starts_with(&format!("{word}: ")))
}

/// Whether it is gone, and not just of no use.
pub(crate) fn is_deleted(status: &Status) -> bool {
    status.phase == Phase::Deleting && is_dead(status)
}

/// A peering as either side sees it. Tags are per account and region: as a rule only the requester sees an owner.
pub(crate) fn read_peering(place: &Place, peering: &VpcPeeringConnection) -> Result<PeeringRecord> {
    let (name, owner) = told_by(peering.tags());
    let dns = DnsResolution {
        requester: resolves(peering.requester_vpc_info()),
        accepter: resolves(peering.accepter_vpc_info()),
    };
    Ok(PeeringRecord::new(
        need(
            peering.vpc_peering_connection_id(),
            "vpcPeeringConnectionId",
        )?
        .into(),
        PeeringKind::NetworkToNetwork,
        end(place, peering.requester_vpc_info(), "requesterVpcInfo")?,
        end(place, peering.accepter_vpc_info(), "accepterVpcInfo")?,
        read_status(peering.status()),
    )
    .with_name(name)
    .with_requester_ranges(ranges(peering.requester_vpc_info()))
    .with_accepter_ranges(ranges(peering.accepter_vpc_info()))
    .with_dns(dns)
    .with_owner(owner)
    .with_maker(made_by(peering.tags())))
}

// While a request is pending, the requester is not told those of the accepter.
fn ranges(info: Option<&VpcPeeringConnectionVpcInfo>) -> Vec<IpNet> {
    let blocks = info.into_iter().flat_map(|info| info.cidr_block_set());
    blocks
        .filter_map(|block| block.cidr_block()?.parse().ok())
        .collect()
}

fn resolves(info: Option<&VpcPeeringConnectionVpcInfo>) -> Option<bool> {
    info?
        .peering_options()?
        .allow_dns_resolution_from_remote_vpc()
}

fn end(place: &Place, info: Option<&VpcPeeringConnectionVpcInfo>, name: &str) -> Result<Endpoint> {
    let id = info.and_then(|info| info.vpc_id());
    let account = info.and_then(|info| info.owner_id());
    let region = info.and_then(|info| info.region());
    Ok(Endpoint::Network {
        id: need(id, &format!("{name}.vpcId"))?.into(),
        account: need(account, &format!("{name}.ownerId"))?.into(),
        region: region.map_or_else(|| place.region.clone(), Into::into),
    })
}

/// What a state means. Of one that ended, the word carries the cloud's reason.
pub(crate) fn read_status(status: Option<&VpcPeeringConnectionStateReason>) -> Status {
    let code = status.and_then(|status| status.code());
    let code = code.map_or("initiating-request", |code| code.as_str());
    let reason = status
        .and_then(|status| status.message())
        .unwrap_or_default();
    let phase = match code {
        "active" => Phase::Ready,
        "pending-acceptance" => Phase::AwaitingAcceptance,
        "failed" | "rejected" | "expired" => Phase::Failed,
        "deleting" | "deleted" => Phase::Deleting,
        _ => Phase::Pending,
    };
    match phase {
        Phase::Failed if !reason.is_empty() => Status::new(phase, format!("{code}: {reason}")),
        _ => Status::new(phase, code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::VpcPeeringConnectionStateReasonCode as Code;
    use landbridge_core::{CloudName, Label, Owner, Token};

    fn status(code: &str, reason: &str) -> Status {
        let status = VpcPeeringConnectionStateReason::builder()
            .code(Code::from(code))
            .message(reason)
            .build();
        read_status(Some(&status))
    }

    #[test]
    fn every_state_has_its_phase() {
        for (code, phase, dead) in [
            ("initiating-request", Phase::Pending, false),
            ("pending-acceptance", Phase::AwaitingAcceptance, false),
            ("provisioning", Phase::Pending, false),
            ("active", Phase::Ready, false),
            ("failed", Phase::Failed, true),
            ("rejected", Phase::Failed, true),
            ("expired", Phase::Failed, true),
            ("deleting", Phase::Deleting, false),
            ("deleted", Phase::Deleting, true),
            ("something-new", Phase::Pending, false),
        ] {
            for reason in ["", "because"] {
                let status = status(code, reason);
                assert_eq!((status.phase, is_dead(&status)), (phase, dead), "{code}");
            }
        }
        assert_eq!(read_status(None).phase, Phase::Pending);
        assert!(is_deleted(&status("deleted", "x")) && !is_deleted(&status("failed", "x")));
        assert_eq!(
            status("failed", "overlapping CIDR range").word,
            "failed: overlapping CIDR range"
        );
        assert_eq!(
            status("pending-acceptance", "Pending Acceptance by 4").word,
            "pending-acceptance"
        );
    }

    fn network(id: &str, account: &str, region: &str) -> Endpoint {
        Endpoint::Network {
            id: id.into(),
            account: account.into(),
            region: region.into(),
        }
    }

    #[test]
    fn a_request_names_the_other_account_and_region() {
        let label = Label::new("p", Owner::new("t", "peering/x"), Token::derive(&["x"]));
        let left = network("vpc-1", "011111111111", "eu-central-1");
        let right = network("vpc-2", "022222222222", "us-east-1");
        let request = RequestPeering::new(label, PeeringKind::NetworkToNetwork, left, right);
        let input = create(&request).expect("builds").build().expect("builds");
        assert_eq!(input.vpc_id(), Some("vpc-1"));
        assert_eq!(input.peer_vpc_id(), Some("vpc-2"));
        assert_eq!(input.peer_owner_id(), Some("022222222222"));
        assert_eq!(input.peer_region(), Some("us-east-1"));
        assert_eq!(
            input.tag_specifications()[0].resource_type(),
            Some(&ResourceType::VpcPeeringConnection)
        );
        let mut attachment = request;
        attachment.kind = PeeringKind::Attachment;
        assert!(create(&attachment).is_err());
    }

    #[test]
    fn each_side_sets_its_own_option() {
        let id = PeeringId::from("pcx-1");
        let own = resolve_names(&id, PeeringSide::Accepter, DnsAccess::Allow)
            .build()
            .expect("builds");
        assert!(own.requester_peering_connection_options().is_none());
        let options = own.accepter_peering_connection_options().expect("set");
        assert_eq!(options.allow_dns_resolution_from_remote_vpc(), Some(true));
    }

    #[test]
    fn an_end_without_region_is_in_ours_and_one_without_id_is_refused() {
        let place = Place::new(CloudName::from_static("aws"), "1", "eu-central-1");
        let info = |id: &str| {
            VpcPeeringConnectionVpcInfo::builder()
                .vpc_id(id)
                .owner_id("1")
                .build()
        };
        let peering = |requester| {
            VpcPeeringConnection::builder()
                .vpc_peering_connection_id("pcx-1")
                .requester_vpc_info(requester)
                .accepter_vpc_info(info("vpc-2"))
                .build()
        };
        let record = read_peering(&place, &peering(info("vpc-1"))).expect("reads");
        assert_eq!(record.requester.region(), Some(&place.region));
        assert!(
            read_peering(
                &place,
                &peering(VpcPeeringConnectionVpcInfo::builder().build())
            )
            .is_err()
        );
    }
}
