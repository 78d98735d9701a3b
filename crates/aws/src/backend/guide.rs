//! What owners of other accounts are asked to do, in the words of the AWS CLI and the console.

use ipnet::IpNet;
use landbridge_core::handover::{Act, Guide, HowTo, Party, Way, shell_word};
use landbridge_core::{PeeringId, Region};
use serde_json::{Value, json};

/// The guide of AWS.
#[derive(Clone, Copy, Debug)]
pub(super) struct AwsGuide;

impl Guide for AwsGuide {
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
            Act::AddRoute {
                network,
                destination,
                through: Way::Peering(id),
            } => add_route(network, destination, id),
            Act::RemoveRoute {
                network,
                destination,
                through: Way::Peering(id),
            } => remove_route(network, destination, id),
            Act::DeletePeering { peering, requester } => delete(peering, requester),
            // There are no hubs.
            _ => HowTo::default(),
        }
    }

    fn policy(&self, actions: &[String]) -> Value {
        json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
        })
    }
}

fn ec2(operation: &str, region: &Region) -> String {
    format!(
        "aws ec2 {operation} --region {}",
        shell_word(region.as_str())
    )
}

fn request(requester: &Party, accepter: &Party) -> HowTo {
    let command = format!(
        "{} --vpc-id {} --peer-owner-id {} --peer-vpc-id {} --peer-region {}",
        ec2("create-vpc-peering-connection", &requester.region),
        shell_word(&requester.id),
        shell_word(accepter.account.as_str()),
        shell_word(&accepter.id),
        shell_word(accepter.region.as_str()),
    );
    HowTo::new(vec![command], &["ec2:CreateVpcPeeringConnection"])
        .with_check(format!(
            "see that none of your networks uses {}.",
            ranges(accepter)
        ))
        .with_console(format!(
            "in {}, open VPC > Peering connections, choose Create peering connection, choose VPC {}, Another account, account \
             ID {}, Region {} and VPC {}, and create it.",
            requester.region, requester.id, accepter.account, accepter.region, accepter.id
        ))
}

fn accept(peering: &PeeringId, requester: &Party, accepter: &Party) -> HowTo {
    let id = shell_word(peering.as_str());
    let look = format!(
        "{} --vpc-peering-connection-ids {id} --query 'VpcPeeringConnections[].[Status.Code, RequesterVpcInfo.OwnerId, \
         RequesterVpcInfo.VpcId, RequesterVpcInfo.CidrBlock]' --output text",
        ec2("describe-vpc-peering-connections", &accepter.region)
    );
    let accept = format!(
        "{} --vpc-peering-connection-id {id}",
        ec2("accept-vpc-peering-connection", &accepter.region)
    );
    let actions = [
        "ec2:AcceptVpcPeeringConnection",
        "ec2:DescribeVpcPeeringConnections",
    ];
    HowTo::new(vec![look, accept], &actions)
        .with_check(format!(
            "the first command must print pending-acceptance, {}, {} and one of {}. If not, do not accept.",
            requester.account,
            requester.id,
            ranges(requester)
        ))
        .with_console(format!(
            "in {}, open VPC > Peering connections, choose {peering}, compare requester account and VPC, and choose Actions > \
             Accept request.",
            accepter.region
        ))
}

fn add_route(network: &Party, destination: &IpNet, through: &PeeringId) -> HowTo {
    // A table that nothing is associated with concerns no packet.
    let tables = format!(
        "{} --filters Name=vpc-id,Values={} --query 'RouteTables[?Associations[0]].RouteTableId' --output text",
        ec2("describe-route-tables", &network.region),
        shell_word(&network.id)
    );
    let create = format!(
        "{} --route-table-id \"$TABLE\" {} --vpc-peering-connection-id {}",
        ec2("create-route", &network.region),
        to(destination),
        shell_word(through.as_str())
    );
    let actions = ["ec2:CreateRoute", "ec2:DescribeRouteTables"];
    HowTo::new(for_each(&tables, &create), &actions)
        .with_check(format!(
            "see that no route table of {} has another route to {destination} that you need.",
            network.id
        ))
        .with_console(format!(
            "in {}, open VPC > Route tables, and in each table that subnets of {} use choose Edit routes, and add destination \
             {destination} with target {through}.",
            network.region, network.id
        ))
}

fn remove_route(network: &Party, destination: &IpNet, through: &PeeringId) -> HowTo {
    let member = match destination {
        IpNet::V4(_) => "DestinationCidrBlock",
        IpNet::V6(_) => "DestinationIpv6CidrBlock",
    };
    let tables = format!(
        "{} --filters Name=vpc-id,Values={} --query \"RouteTables[?Routes[?{member}=='{destination}' && \
         VpcPeeringConnectionId=='{through}']].RouteTableId\" --output text",
        ec2("describe-route-tables", &network.region),
        shell_word(&network.id)
    );
    let delete = format!(
        "{} --route-table-id \"$TABLE\" {}",
        ec2("delete-route", &network.region),
        to(destination)
    );
    let actions = ["ec2:DeleteRoute", "ec2:DescribeRouteTables"];
    HowTo::new(for_each(&tables, &delete), &actions).with_console(format!(
        "in {}, open VPC > Route tables, and in each table of {} remove the route to {destination} with target {through}.",
        network.region, network.id
    ))
}

fn delete(peering: &PeeringId, requester: &Party) -> HowTo {
    let command = format!(
        "{} --vpc-peering-connection-id {}",
        ec2("delete-vpc-peering-connection", &requester.region),
        shell_word(peering.as_str())
    );
    HowTo::new(vec![command], &["ec2:DeleteVpcPeeringConnection"]).with_console(format!(
        "in {}, open VPC > Peering connections, choose {peering}, and choose Actions > Delete peering connection.",
        requester.region
    ))
}

fn for_each(tables: &str, command: &str) -> Vec<String> {
    vec![
        format!("for TABLE in $({tables}); do"),
        format!("  {command}"),
        "done".to_owned(),
    ]
}

fn to(destination: &IpNet) -> String {
    match destination {
        IpNet::V4(range) => format!("--destination-cidr-block {range}"),
        IpNet::V6(range) => format!("--destination-ipv6-cidr-block {range}"),
    }
}

fn ranges(party: &Party) -> String {
    let ranges: Vec<String> = party.ranges.iter().map(ToString::to_string).collect();
    ranges.join(", ")
}
