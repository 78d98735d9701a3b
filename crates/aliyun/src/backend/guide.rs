//! What owners of other accounts are asked to do, in the words of Alibaba Cloud CLI (`aliyun`, with `jq`) and the console.

use ipnet::IpNet;
use landbridge_core::handover::{Act, Guide, HowTo, Party, Way, shell_word};
use landbridge_core::{AccountId, HubId, Payer, PeeringId, Permissions, SubnetId, Zone};
use serde_json::Value;

use crate::ram::permission_document;

/// The guide of Alibaba Cloud.
#[derive(Clone, Copy, Debug)]
pub(super) struct AliyunGuide;

impl Guide for AliyunGuide {
    fn how_to(&self, act: &Act) -> HowTo {
        match act {
            Act::RequestPeering {
                requester,
                accepter,
            } => request(requester, accepter),
            Act::AcceptPeering {
                peering,
                requester,
                accepter,
            } => accept(peering, requester, accepter),
            Act::Grant {
                member,
                hub,
                hub_account,
                payer: Some(payer),
            } => grant(member, hub, hub_account, *payer),
            Act::Grant {
                member,
                hub,
                hub_account,
                payer: None,
            } => grant_to_edge(member, hub, hub_account),
            Act::Attach {
                member,
                hub,
                subnets,
                edge: false,
                ..
            } => attach(member, hub, subnets),
            Act::Attach {
                member,
                hub,
                prefixes,
                ..
            } => attach_to_edge(member, hub, prefixes),
            Act::AddRoute {
                network,
                destination,
                through,
            } => add_route(network, destination, through),
            Act::RemoveRoute {
                network,
                destination,
                through,
            } => remove_route(network, destination, through),
            Act::DeletePeering { peering, requester } => delete(peering, requester),
            Act::Revoke {
                member,
                hub,
                hub_account,
                edge,
            } => revoke(member, hub, hub_account, *edge),
            _ => HowTo::default(),
        }
    }

    fn policy(&self, actions: &[String]) -> Value {
        permission_document(&Permissions::Actions(actions.to_vec())).unwrap_or_default()
    }
}

/// A line of the CLI: product, operation and parameters.
fn aliyun(product: &str, operation: &str, parameters: &[(&str, &str)]) -> String {
    let parameters: String = parameters
        .iter()
        .map(|(name, value)| format!(" --{name} {}", argument(value)))
        .collect();
    format!("aliyun {product} {operation}{parameters}")
}

// A variable of the lines before stands for its value.
fn argument(value: &str) -> String {
    match value.strip_prefix('$') {
        Some(name) if name.bytes().all(|byte| byte.is_ascii_uppercase()) => format!("\"{value}\""),
        _ => shell_word(value),
    }
}

fn ranges(party: &Party) -> String {
    let ranges: Vec<String> = party.ranges.iter().map(ToString::to_string).collect();
    ranges.join(", ")
}

fn request(requester: &Party, accepter: &Party) -> HowTo {
    let command = aliyun(
        "vpcpeer",
        "CreateVpcPeerConnection",
        &[
            ("RegionId", requester.region.as_str()),
            ("VpcId", &requester.id),
            ("AcceptingAliUid", accepter.account.as_str()),
            ("AcceptingRegionId", accepter.region.as_str()),
            ("AcceptingVpcId", &accepter.id),
        ],
    );
    HowTo::new(vec![command], &["vpc:CreateVpcPeerConnection"])
        .with_check(format!("see that none of your networks uses {}.", ranges(accepter)))
        .with_console(format!(
            "in {}, open VPC > VPC Peering Connection, choose Create, choose VPC {}, Cross-Account, account {}, region {} and \
             VPC {}, and create it.",
            requester.region, requester.id, accepter.account, accepter.region, accepter.id
        ))
}

fn accept(peering: &PeeringId, requester: &Party, accepter: &Party) -> HowTo {
    let of = [
        ("RegionId", accepter.region.as_str()),
        ("InstanceId", peering.as_str()),
    ];
    let look = format!(
        "{} | jq -r '.Status, .OwnerId, .Vpc.VpcId, .Vpc.Ipv4Cidrs[]'",
        aliyun("vpcpeer", "GetVpcPeerConnectionAttribute", &of)
    );
    let accept = aliyun("vpcpeer", "AcceptVpcPeerConnection", &of);
    // Routes are refused before.
    let wait = format!(
        "until [ \"$({} | jq -r .Status)\" = Activated ]; do sleep 5; done",
        aliyun("vpcpeer", "GetVpcPeerConnectionAttribute", &of)
    );
    let actions = [
        "vpc:AcceptVpcPeerConnection",
        "vpc:GetVpcPeerConnectionAttribute",
    ];
    HowTo::new(vec![look, accept, wait], &actions)
        .with_check(format!(
            "the first command must print Accepting, {}, {} and {}. If not, do not accept.",
            requester.account,
            requester.id,
            ranges(requester)
        ))
        .with_console(format!(
            "in {}, open VPC > VPC Peering Connection, choose {peering}, compare the requester's account and VPC, and choose \
             Accept.",
            accepter.region
        ))
}

fn delete(peering: &PeeringId, requester: &Party) -> HowTo {
    let of = [
        ("RegionId", requester.region.as_str()),
        ("InstanceId", peering.as_str()),
    ];
    let command = aliyun("vpcpeer", "DeleteVpcPeerConnection", &of);
    HowTo::new(vec![command], &["vpc:DeleteVpcPeerConnection"]).with_console(format!(
        "in {}, open VPC > VPC Peering Connection, and delete {peering}.",
        requester.region
    ))
}

fn is_line(member: &Party) -> bool {
    member.id.starts_with("vbr-")
}

fn grant(member: &Party, cen: &HubId, owner: &AccountId, payer: Payer) -> HowTo {
    let order = match payer {
        Payer::HubOwner => "PayByCenOwner",
        Payer::MemberOwner => "PayByResourceOwner",
    };
    let command = aliyun(
        "cbn",
        "GrantInstanceToTransitRouter",
        &[
            ("RegionId", member.region.as_str()),
            ("CenId", cen.as_str()),
            ("CenOwnerId", owner.as_str()),
            ("InstanceId", &member.id),
            ("InstanceType", "VPC"),
            ("OrderType", order),
        ],
    );
    HowTo::new(vec![command], &["cen:GrantInstanceToTransitRouter"])
        .with_check(format!(
            "see that the transit router service is open in your account (CheckTransitRouterService), and that {} has the \
             vSwitches that this document names.",
            member.id
        ))
        .with_console(format!(
            "in {}, open VPC, choose {}, and under Cross-account Authorization > Cloud Enterprise Network authorise CEN {cen} \
             of account {owner}; {payer}.",
            member.region, member.id
        ))
}

fn grant_to_edge(member: &Party, router: &HubId, owner: &AccountId) -> HowTo {
    let command = edge_consent("GrantInstanceToExpressConnectRouter", member, router, owner);
    let actions = ["expressconnectrouter:GrantInstanceToExpressConnectRouter"];
    HowTo::new(vec![command], &actions)
        .with_check(match is_line(member) {
            true => "account managers of both sides must have enabled sharing of border routers.".to_owned(),
            false => format!("see that {} is the network that you mean.", member.id),
        })
        .with_console(format!(
            "in {}, open {}, and under Cross-account Authorization > Express Connect Router authorise {router} of account \
             {owner}.",
            member.region, member.id
        ))
}

fn edge_consent(operation: &str, member: &Party, router: &HubId, owner: &AccountId) -> String {
    aliyun(
        "expressconnectrouter",
        operation,
        &[
            ("EcrId", router.as_str()),
            ("EcrOwnerAliUid", owner.as_str()),
            ("InstanceId", &member.id),
            ("InstanceType", if is_line(member) { "VBR" } else { "VPC" }),
            ("InstanceRegionId", member.region.as_str()),
        ],
    )
}

fn revoke(member: &Party, hub: &HubId, owner: &AccountId, edge: bool) -> HowTo {
    if edge {
        let command = edge_consent("RevokeInstanceFromExpressConnectRouter", member, hub, owner);
        let actions = ["expressconnectrouter:RevokeInstanceFromExpressConnectRouter"];
        return HowTo::new(vec![command], &actions);
    }
    let command = aliyun(
        "cbn",
        "RevokeInstanceFromTransitRouter",
        &[
            ("RegionId", member.region.as_str()),
            ("CenId", hub.as_str()),
            ("CenOwnerId", owner.as_str()),
            ("InstanceId", &member.id),
            ("InstanceType", "VPC"),
        ],
    );
    HowTo::new(vec![command], &["cen:RevokeInstanceFromTransitRouter"]).with_console(format!(
        "in {}, open VPC, choose {}, and under Cross-account Authorization remove the authorisation of CEN {hub}.",
        member.region, member.id
    ))
}

fn attach(member: &Party, cen: &HubId, subnets: &[(Zone, SubnetId)]) -> HowTo {
    let region = ("RegionId", member.region.as_str());
    let router = aliyun(
        "cbn",
        "ListTransitRouters",
        &[region, ("CenId", cen.as_str())],
    );
    let table = aliyun(
        "cbn",
        "ListTransitRouterRouteTables",
        &[
            ("TransitRouterId", "$ROUTER"),
            ("TransitRouterRouteTableType", "System"),
        ],
    );
    let zones: Vec<(String, &str)> = subnets
        .iter()
        .zip(1..)
        .flat_map(|((zone, subnet), number)| {
            [
                (format!("ZoneMappings.{number}.ZoneId"), zone.as_str()),
                (format!("ZoneMappings.{number}.VSwitchId"), subnet.as_str()),
            ]
        })
        .collect();
    let mut parameters = vec![
        region,
        ("CenId", cen.as_str()),
        ("TransitRouterId", "$ROUTER"),
        ("VpcId", &member.id),
        ("VpcOwnerId", member.account.as_str()),
        ("ChargeType", "POSTPAY"),
    ];
    parameters.extend(zones.iter().map(|(name, value)| (name.as_str(), *value)));
    let create = aliyun("cbn", "CreateTransitRouterVpcAttachment", &parameters);
    let look = aliyun(
        "cbn",
        "ListTransitRouterVpcAttachments",
        &[region, ("TransitRouterAttachmentId", "$ATTACHMENT")],
    );
    let learn = |operation| {
        let of = [
            ("TransitRouterAttachmentId", "$ATTACHMENT"),
            ("TransitRouterRouteTableId", "$TABLE"),
        ];
        aliyun("cbn", operation, &of)
    };
    let commands = vec![
        format!("ROUTER=$({router} | jq -r '.TransitRouters[0].TransitRouterId')"),
        format!(
            "TABLE=$({table} | jq -r '.TransitRouterRouteTables[0].TransitRouterRouteTableId')"
        ),
        format!("ATTACHMENT=$({create} | jq -r .TransitRouterAttachmentId)"),
        format!(
            "until [ \"$({look} | jq -r '.TransitRouterAttachments[0].Status')\" = Attached ]; do sleep 5; done"
        ),
        learn("AssociateTransitRouterAttachmentWithRouteTable"),
        learn("EnableTransitRouterRouteTablePropagation"),
        "echo \"$ATTACHMENT\"".to_owned(),
    ];
    let actions = [
        "cen:AssociateTransitRouterAttachmentWithRouteTable",
        "cen:CreateTransitRouterVpcAttachment",
        "cen:EnableTransitRouterRouteTablePropagation",
        "cen:ListTransitRouterRouteTables",
        "cen:ListTransitRouterVpcAttachments",
        "cen:ListTransitRouters",
    ];
    HowTo::new(commands, &actions)
        .with_check(format!(
            "see that no member of {cen} overlaps {}.",
            ranges(member)
        ))
        .with_console(format!(
            "open Cloud Enterprise Network > {cen} > the transit router of {}, choose Create Connection, VPC, Different \
             Account, {} and {}, keep association and propagation with the default route table, and switch off the automatic \
             routes of the VPC.",
            member.region, member.account, member.id
        ))
}

fn attach_to_edge(member: &Party, router: &HubId, prefixes: &[IpNet]) -> HowTo {
    let (id, region) = (member.id.as_str(), member.region.as_str());
    let owner = member.account.as_str();
    let prefixes: Vec<(String, String)> = prefixes
        .iter()
        .zip(1..)
        .map(|(prefix, number)| (format!("AllowedPrefixes.{number}"), prefix.to_string()))
        .collect();
    let (operation, action, mut parameters) = match is_line(member) {
        true => (
            "AttachExpressConnectRouterChildInstance",
            "expressconnectrouter:AttachExpressConnectRouterChildInstance",
            vec![
                ("EcrId", router.as_str()),
                ("ChildInstanceId", id),
                ("ChildInstanceType", "VBR"),
                ("ChildInstanceRegionId", region),
                ("ChildInstanceOwnerId", owner),
            ],
        ),
        false => (
            "CreateExpressConnectRouterAssociation",
            "expressconnectrouter:CreateExpressConnectRouterAssociation",
            vec![
                ("EcrId", router.as_str()),
                ("AssociationRegionId", region),
                ("VpcId", id),
                ("VpcOwnerId", owner),
            ],
        ),
    };
    parameters.extend(
        prefixes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let command = aliyun("expressconnectrouter", operation, &parameters);
    HowTo::new(vec![command], &[action]).with_console(format!(
        "open Express Connect Router > {router}, and associate {id} of account {owner} in {region}."
    ))
}

fn hop(through: &Way) -> (&'static str, &PeeringId) {
    match through {
        Way::Peering(id) => ("VpcPeer", id),
        Way::EdgeAttachment(id) => ("Ecr", id),
        other => ("Attachment", other.id()),
    }
}

// A custom table without vSwitches concerns no packet.
const TABLES_IN_USE: &str = "jq -r '.RouterTableList.RouterTableListType[] | select(.RouteTableType == \"System\" or \
                             (.VSwitchIds.VSwitchId | length) > 0) | .RouteTableId'";

fn for_each_table(network: &Party, command: &str) -> Vec<String> {
    let of = [
        ("RegionId", network.region.as_str()),
        ("VpcId", network.id.as_str()),
        ("PageSize", "50"),
    ];
    let tables = aliyun("vpc", "DescribeRouteTableList", &of);
    vec![
        format!("for TABLE in $({tables} | {TABLES_IN_USE}); do"),
        format!("  {command}"),
        "done".to_owned(),
    ]
}

fn add_route(network: &Party, destination: &IpNet, through: &Way) -> HowTo {
    let (kind, id) = hop(through);
    let create = aliyun(
        "vpc",
        "CreateRouteEntry",
        &[
            ("RegionId", network.region.as_str()),
            ("RouteTableId", "$TABLE"),
            ("DestinationCidrBlock", &destination.to_string()),
            ("NextHopType", kind),
            ("NextHopId", id.as_str()),
        ],
    );
    let actions = ["vpc:CreateRouteEntry", "vpc:DescribeRouteTableList"];
    HowTo::new(for_each_table(network, &create), &actions)
        .with_check(format!(
            "see that no route table of {} has another route to {destination} that you need.",
            network.id
        ))
        .with_console(format!(
            "in {}, open VPC > Route Tables, and in each table that vSwitches of {} use add a custom route to {destination} \
             with next hop {id}.",
            network.region, network.id
        ))
}

fn remove_route(network: &Party, destination: &IpNet, through: &Way) -> HowTo {
    let (_, id) = hop(through);
    let region = ("RegionId", network.region.as_str());
    let destination = destination.to_string();
    let there = aliyun(
        "vpc",
        "DescribeRouteEntryList",
        &[
            region,
            ("RouteTableId", "$TABLE"),
            ("DestinationCidrBlock", &destination),
            ("NextHopId", id.as_str()),
        ],
    );
    let delete = aliyun(
        "vpc",
        "DeleteRouteEntry",
        &[
            region,
            ("RouteTableId", "$TABLE"),
            ("DestinationCidrBlock", &destination),
            ("NextHopId", id.as_str()),
        ],
    );
    let command =
        format!("if {there} | jq -e '.RouteEntrys.RouteEntry | length > 0'; then {delete}; fi");
    let actions = [
        "vpc:DeleteRouteEntry",
        "vpc:DescribeRouteEntryList",
        "vpc:DescribeRouteTableList",
    ];
    HowTo::new(for_each_table(network, &command), &actions).with_console(format!(
        "in {}, open VPC > Route Tables, and in each table of {} delete the route to {destination} with next hop {id}.",
        network.region, network.id
    ))
}
