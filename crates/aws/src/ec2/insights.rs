//! Reachability Analyzer: paths and their analyses.

use aws_sdk_ec2::operation::create_network_insights_path::builders::CreateNetworkInsightsPathInputBuilder;
use aws_sdk_ec2::operation::start_network_insights_analysis::builders::StartNetworkInsightsAnalysisInputBuilder;
use aws_sdk_ec2::types::{
    AnalysisComponent, AnalysisStatus, Explanation, NetworkInsightsAnalysis, NetworkInsightsPath,
    PathComponent, PathRequestFilter, Protocol as PathProtocol, RequestFilterPortRange,
    ResourceType,
};
use landbridge_core::verify::Hop;
use landbridge_core::{
    AnalysisId, AnalysisRecord, AnalysisState, Error, OracleAnswer, OracleVerdict, Phase, Protocol,
    Result, StartAnalysis, Status,
};

use super::field::need;
use super::tag::{tagged, told_by};

/// How many paths or analyses a page holds.
pub(crate) const INSIGHTS_PAGE: i32 = 100;

/// Codes with which the analyser says that it has no verdict, and not that something stops the packet.
const NO_VERDICT: &[&str] = &[
    "DISCONNECTED_VPCS",
    "NO_PATH",
    "NO_POSSIBLE_DESTINATION",
    "NO_SOURCE_OR_DESTINATION",
    "TGW_RTB_ROUTES_ARE_UNKNOWN",
    "UNKNOWN_DESTINATION",
    "UNKNOWN_PEERED_SGS",
    "UNKNOWN_RESOURCE",
    "UNSUPPORTED_COMPONENT",
];

/// What a code says in our words; codes that are not here are told as they are.
const WORDS: &[(&str, &str)] = &[
    ("BAD_STATE", "it is not in a state to pass packets"),
    (
        "BAD_STATE_ATTACHMENT",
        "the attachment is not in a state to pass packets",
    ),
    ("BAD_STATE_ROUTE", "the route is a black hole"),
    ("CANNOT_ROUTE", "the route does not lead to the destination"),
    (
        "ENI_ADDRESS_RESTRICTION",
        "the address is not one of the network interface",
    ),
    (
        "ENI_SG_RULES_MISMATCH",
        "no rule of the security groups lets the packet pass",
    ),
    (
        "ENI_SOURCE_DEST_CHECK_RESTRICTION",
        "the source/destination check of the network interface drops the packet",
    ),
    (
        "HIGHER_PRIORITY_ROUTE",
        "a route of higher priority takes the packet",
    ),
    (
        "MORE_SPECIFIC_ROUTE",
        "a more specific route takes the packet",
    ),
    (
        "NO_ROUTE_TO_DESTINATION",
        "the route table has no route to the destination",
    ),
    (
        "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR",
        "the address is in no CIDR block of the peered VPC",
    ),
    ("SG_HAS_NO_RULES", "the security group has no rules"),
    (
        "SG_REFERENCES_NOT_PRESERVED",
        "a rule names a security group, which is not seen over this way",
    ),
    (
        "SG_REFERENCING_SUPPORT",
        "the attachment lets rules name no security groups",
    ),
    (
        "SUBNET_ACL_RESTRICTION",
        "no entry of the network ACL lets the packet pass",
    ),
    (
        "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
        "the attachment is associated with no route table",
    ),
    (
        "TGW_ATTACH_VPC_AZ_RESTRICTION",
        "the attachment has no subnet in the availability zone",
    ),
    (
        "TGW_ROUTE_AZ_RESTRICTION",
        "the attachment has no subnet in the sender's availability zone",
    ),
    (
        "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
        "the route table of the transit gateway has no route to the attachment",
    ),
    (
        "UNASSOCIATED_COMPONENT",
        "it is not associated with what the packet passes",
    ),
    (
        "VPC_LOCAL_ROUTE_CIDR_RESTRICTION",
        "the local route takes the packet",
    ),
];

/// `CreateNetworkInsightsPath` for exactly this packet.
pub(crate) fn path(request: &StartAnalysis) -> Result<CreateNetworkInsightsPathInputBuilder> {
    let protocol = match request.traffic.protocol {
        Protocol::Tcp => PathProtocol::Tcp,
        Protocol::Udp => PathProtocol::Udp,
        other => {
            let message = format!("Reachability Analyzer takes no {other}");
            return Err(Error::unsupported(message).with_remedy("ask about tcp or udp"));
        }
    };
    let packet = PathRequestFilter::builder()
        .source_address(request.source_address.to_string())
        .destination_address(request.destination_address.to_string())
        .set_source_port_range(ports(request.traffic.source_port))
        .set_destination_port_range(ports(request.traffic.port))
        .build();
    Ok(CreateNetworkInsightsPathInputBuilder::default()
        .source(request.source.as_str())
        .destination(request.destination.as_str())
        .protocol(protocol)
        .filter_at_source(packet)
        .client_token(request.label.token.as_str())
        .tag_specifications(tagged(ResourceType::NetworkInsightsPath, &request.label)))
}

fn ports(port: Option<u16>) -> Option<RequestFilterPortRange> {
    let port = i32::from(port?);
    let range = RequestFilterPortRange::builder();
    Some(range.from_port(port).to_port(port).build())
}

/// `StartNetworkInsightsAnalysis` of a path.
pub(crate) fn analysis(
    path: &AnalysisId,
    request: &StartAnalysis,
) -> StartNetworkInsightsAnalysisInputBuilder {
    StartNetworkInsightsAnalysisInputBuilder::default()
        .network_insights_path_id(path.as_str())
        .client_token(request.label.token.as_str())
        .tag_specifications(tagged(
            ResourceType::NetworkInsightsAnalysis,
            &request.label,
        ))
}

/// A path that is there can be deleted.
pub(crate) fn read_path(path: &NetworkInsightsPath) -> Result<AnalysisRecord> {
    let id = need(path.network_insights_path_id(), "networkInsightsPathId")?;
    let (name, owner) = told_by(path.tags());
    let status = Status::new(Phase::Ready, "available");
    Ok(AnalysisRecord::new(id.into(), status)
        .with_name(name)
        .with_owner(owner))
}

/// How far an analysis is, and what it found.
pub(crate) fn read_analysis(analysis: &NetworkInsightsAnalysis) -> AnalysisState {
    let done = |answer| AnalysisState::Done(answer);
    match analysis.status() {
        Some(AnalysisStatus::Succeeded) => done(answer(analysis)),
        Some(AnalysisStatus::Failed) => {
            let why = analysis.status_message().unwrap_or("without a reason");
            let reason = format!("the analysis failed: {why}");
            done(OracleAnswer::new(OracleVerdict::cannot_tell(reason)))
        }
        Some(other) => AnalysisState::Running(other.as_str().to_owned()),
        None => AnalysisState::Running("no status".to_owned()),
    }
}

fn answer(analysis: &NetworkInsightsAnalysis) -> OracleAnswer {
    let (forward, back) = (
        analysis.forward_path_components(),
        analysis.return_path_components(),
    );
    let verdict = match analysis.network_path_found() {
        Some(true) => OracleVerdict::Reachable,
        Some(false) => not_found(analysis),
        None => OracleVerdict::cannot_tell("the answer does not say whether there is a path"),
    };
    // Of a connection through a transit gateway only the way there is analysed.
    let one_way = back.is_empty() && verdict == OracleVerdict::Reachable;
    OracleAnswer::new(verdict)
        .with_forward(hops(forward))
        .with_back(hops(back))
        .with_one_way(one_way)
}

// Of several explanations one that names what stops the packet counts, in the order of the answer.
fn not_found(analysis: &NetworkInsightsAnalysis) -> OracleVerdict {
    let explanations = analysis.explanations();
    let is_verdict = |one: &&Explanation| {
        let code = one.explanation_code();
        code.is_some_and(|code| !NO_VERDICT.contains(&code))
    };
    if let Some(explanation) = explanations.iter().find(is_verdict) {
        let code = explanation.explanation_code().unwrap_or_default();
        return OracleVerdict::Blocked {
            element: element(explanation).unwrap_or_default(),
            code: code.to_owned(),
            text: text(explanation, code),
        };
    }
    let codes: Vec<&str> = explanations
        .iter()
        .filter_map(Explanation::explanation_code)
        .collect();
    OracleVerdict::cannot_tell(match codes.is_empty() {
        true => "there is no path, and no explanation".to_owned(),
        false => codes.join(", "),
    })
}

fn text(explanation: &Explanation, code: &str) -> String {
    let known = WORDS.iter().find(|(known, _)| *known == code);
    let words = known.map(|(_, words)| (*words).to_owned());
    let direction = explanation.direction();
    match (words, direction) {
        (Some(words), Some(direction)) => format!("{words}; {direction}"),
        (Some(words), None) => words,
        (None, direction) => direction.unwrap_or_default().to_owned(),
    }
}

fn id_of(component: Option<&AnalysisComponent>) -> Option<String> {
    let component = component?;
    let id = component.id().or_else(|| component.arn())?;
    Some(id.to_owned())
}

// The member that names what the code is about; the more specific ones first.
fn element(explanation: &Explanation) -> Option<String> {
    let groups = || id_of(explanation.security_groups().first());
    let rule = || {
        let rule = explanation.security_group_rule()?;
        rule.security_group_id().map(str::to_owned)
    };
    id_of(explanation.security_group())
        .or_else(groups)
        .or_else(rule)
        .or_else(|| id_of(explanation.acl()))
        .or_else(|| id_of(explanation.transit_gateway_route_table()))
        .or_else(|| id_of(explanation.transit_gateway_attachment()))
        .or_else(|| id_of(explanation.vpc_peering_connection()))
        .or_else(|| id_of(explanation.route_table()))
        .or_else(|| id_of(explanation.subnet_route_table()))
        .or_else(|| id_of(explanation.transit_gateway()))
        .or_else(|| id_of(explanation.network_interface()))
        .or_else(|| id_of(explanation.component()))
        .or_else(|| explanation.missing_component().map(str::to_owned))
        .or_else(|| id_of(explanation.subnet()))
        .or_else(|| id_of(explanation.vpc()))
}

fn hops(components: &[PathComponent]) -> Vec<Hop> {
    let mut components: Vec<&PathComponent> = components.iter().collect();
    components.sort_by_key(|component| component.sequence_number());
    components.into_iter().map(hop).collect()
}

fn hop(component: &PathComponent) -> Hop {
    let id = id_of(component.component()).unwrap_or_default();
    let kind = id.split_once('-').map_or("", |(prefix, _)| kind_of(prefix));
    Hop::new(kind, &id, action(component))
}

fn kind_of(prefix: &str) -> &'static str {
    match prefix {
        "i" => "instance",
        "eni" => "network interface",
        "sg" => "security group",
        "acl" => "network ACL",
        "rtb" => "route table",
        "pcx" => "VPC peering connection",
        "vpc" => "VPC",
        "subnet" => "subnet",
        "tgw" => "transit gateway",
        _ => "",
    }
}

fn action(component: &PathComponent) -> String {
    if let Some(route) = component.route_table_route() {
        let to = route.destination_cidr().unwrap_or("a prefix list");
        let over = route
            .vpc_peering_connection_id()
            .or_else(|| route.transit_gateway_id())
            .or_else(|| route.gateway_id())
            .unwrap_or("another target");
        return format!("sends {to} to {over}");
    }
    if let Some(rule) = component.security_group_rule() {
        let range = rule.cidr().or_else(|| rule.security_group_id());
        let direction = rule.direction().unwrap_or("any direction");
        let protocol = rule.protocol().unwrap_or("all");
        return format!(
            "lets {protocol} pass, {direction}, {}",
            range.unwrap_or("any address")
        );
    }
    if let Some(rule) = component.acl_rule() {
        let number = rule.rule_number().unwrap_or_default();
        let action = rule.rule_action().unwrap_or("has no word for it");
        return format!("entry {number}: {action}");
    }
    match component.vpc().and_then(AnalysisComponent::id) {
        Some(vpc) => format!("passes it on, in {vpc}"),
        None => "passes it on".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::verify::Traffic;
    use landbridge_core::{Label, Owner, Token};
    use std::net::IpAddr;

    fn request(traffic: Traffic) -> StartAnalysis {
        let owner = Owner::new("t", "analysis/x");
        let label = Label::new("n", owner, Token::derive(&["x"]));
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        StartAnalysis::new(
            label,
            ("i-1".into(), address("10.0.0.4")),
            ("i-2".into(), address("10.1.0.4")),
            traffic,
        )
    }

    #[test]
    fn a_path_is_for_exactly_one_packet() {
        let input = path(&request(Traffic::tcp(22))).expect("tcp");
        let input = input.build().expect("builds");
        let packet = input.filter_at_source().expect("a packet");
        assert_eq!(packet.destination_address(), Some("10.1.0.4"));
        let port = packet.destination_port_range().expect("a port");
        assert_eq!((port.from_port(), port.to_port()), (Some(22), Some(22)));
        assert_eq!(input.destination_port(), None, "one or the other");
        let token = Token::derive(&["x"]);
        assert_eq!(input.client_token(), Some(token.as_str()));
        assert!(path(&request(Traffic::PING)).is_err());
    }

    fn of_codes(codes: &[&str]) -> OracleVerdict {
        let explanations = codes.iter().map(|code| {
            let group = AnalysisComponent::builder().id("sg-1").build();
            let explanation = Explanation::builder().explanation_code(*code);
            explanation.security_group(group).build()
        });
        let analysis = NetworkInsightsAnalysis::builder()
            .status(AnalysisStatus::Succeeded)
            .network_path_found(false)
            .set_explanations(Some(explanations.collect()))
            .build();
        match read_analysis(&analysis) {
            AnalysisState::Done(answer) => answer.verdict,
            state => panic!("{state:?}"),
        }
    }

    #[test]
    fn what_has_no_verdict_is_not_blocked() {
        for code in NO_VERDICT {
            assert_eq!(of_codes(&[code]), OracleVerdict::cannot_tell(*code));
        }
        assert!(matches!(
            of_codes(&["NO_PATH", "ENI_SG_RULES_MISMATCH"]),
            OracleVerdict::Blocked { element, code, .. }
                if element == "sg-1" && code == "ENI_SG_RULES_MISMATCH"
        ));
        let unknown = of_codes(&["NEVER_HEARD"]);
        assert_eq!(unknown.to_string(), "blocked at sg-1: NEVER_HEARD");
        assert!(matches!(of_codes(&[]), OracleVerdict::CannotTell { .. }));
    }

    #[test]
    fn no_code_has_two_meanings() {
        let known: Vec<&str> = WORDS.iter().map(|(code, _)| *code).collect();
        assert!(known.is_sorted());
        assert!(known.iter().all(|code| !NO_VERDICT.contains(code)));
    }
}
