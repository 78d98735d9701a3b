//! Paths: from where to where, and with which packets.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::analyses::Analysis;
use super::filter::{self, Filter};
use crate::aws::choices::TOO_MANY_OF_INSIGHTS;
use crate::aws::context::Context;
use crate::aws::ec2::find::INSIGHTS_PATH;
use crate::aws::ec2::tagging;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::filters::Fields;
use crate::aws::paging::paged_from;
use crate::aws::xml::Xml;
use crate::table::Base;

/// Ends of paths, by the prefix of their ids and by their kind in resource names.
const KINDS: [(&str, &str); 8] = [
    ("i-", "instance"),
    ("eni-", "network-interface"),
    ("igw-", "internet-gateway"),
    ("vpce-", "vpc-endpoint"),
    ("pcx-", "vpc-peering-connection"),
    ("tgw-", "transit-gateway"),
    ("vgw-", "vpn-gateway"),
    ("vpce-svc-", "vpc-endpoint-service"),
];

/// An end of a path, as it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) account: String,
    pub(super) region: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) base: Base,
    pub(super) source: End,
    pub(super) destination: Option<End>,
    pub(super) protocol: String,
    pub(super) port: Option<u16>,
    pub(super) source_ip: Option<Ipv4Addr>,
    pub(super) destination_ip: Option<Ipv4Addr>,
    pub(super) at_source: Filter,
    pub(super) at_destination: Filter,
}

pub(in crate::aws::ec2) fn create(ctx: &mut Context<'_>) -> Outcome {
    let source = ctx.required("Source")?;
    let source = end(ctx, &source, "source")?;
    let destination = ctx.parameters.get("Destination");
    let destination = destination.map(|named| end(ctx, named, "destination"));
    let destination = destination.transpose()?;
    let protocol = protocol(ctx)?;
    ctx.required("ClientToken")?;
    let tags = tagging::specified(ctx, &["network-insights-path"])?;
    let path = Path {
        source,
        destination,
        protocol,
        port: filter::port(ctx, "DestinationPort")?,
        source_ip: filter::address(ctx, "SourceIp")?,
        destination_ip: filter::address(ctx, "DestinationIp")?,
        at_source: filter::read(ctx, "FilterAtSource")?,
        at_destination: filter::read(ctx, "FilterAtDestination")?,
        base: ctx.base("nip", Duration::ZERO),
    };
    check(&path)?;
    let own = ctx.state.ec2.insights_paths.iter();
    let used = own.filter(|path| ctx.can_see(*path)).count();
    ctx.within("network_insights_paths", used, TOO_MANY_OF_INSIGHTS)?;
    ctx.born("network-insights-path", &path.base.id);
    tagging::put(ctx, &path.base.id, tags);
    let answer = Xml::new().node("networkInsightsPath", view(ctx, &path));
    ctx.state.ec2.insights_paths.insert(path);
    Ok(answer)
}

/// An id of the caller's, or a resource name, which may be of another account or region.
fn end(ctx: &Context<'_>, named: &str, parameter: &str) -> Outcome<End> {
    let invalid = || bad_value(named, parameter);
    let kind_of = |id: &str| {
        let known = KINDS.iter().rfind(|(prefix, _)| id.starts_with(prefix));
        known.map(|(_, kind)| *kind)
    };
    if !named.starts_with("arn:") {
        let kind = kind_of(named).ok_or_else(invalid)?;
        return Ok(End {
            id: named.to_owned(),
            arn: ctx.arn(kind, named),
            account: ctx.account().to_owned(),
            region: ctx.region.clone(),
        });
    }
    let parts: Vec<&str> = named.splitn(6, ':').collect();
    let [_, _, "ec2", region, account, resource] = parts[..] else {
        return Err(invalid());
    };
    let id = resource.split_once('/').map(|(_, id)| id);
    let id = id.filter(|id| kind_of(id).is_some()).ok_or_else(invalid)?;
    Ok(End {
        id: id.to_owned(),
        arn: named.to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
    })
}

fn protocol(ctx: &Context<'_>) -> Outcome<String> {
    let protocol = ctx.required("Protocol")?;
    match protocol.as_str() {
        "tcp" | "udp" => Ok(protocol),
        _ => Err(bad_value(&protocol, "protocol")),
    }
}

fn check(path: &Path) -> Outcome<()> {
    let has_filters = !path.at_source.is_empty() || !path.at_destination.is_empty();
    let has_older =
        path.port.is_some() || path.source_ip.is_some() || path.destination_ip.is_some();
    if has_filters && has_older {
        let message = "The parameters FilterAtSource and FilterAtDestination cannot be used with SourceIp, DestinationIp or DestinationPort.";
        return Err(Failure::bad("InvalidParameterCombination", message));
    }
    if path.destination.is_none() && path.at_source.destination.is_none() {
        let message = "The request must include either the Destination parameter or the FilterAtSource.DestinationAddress parameter. Add the required parameter and retry the request.";
        return Err(Failure::bad("MissingParameter", message));
    }
    Ok(())
}

impl Path {
    /// What packets it is about; `None` if its filters exclude each other.
    pub(super) fn packets(&self) -> Option<Filter> {
        let older = Filter {
            source: self.source_ip,
            source_ports: None,
            destination: self.destination_ip,
            destination_ports: self.port.map(|port| (port, port)),
        };
        older.and(&self.at_source)?.and(&self.at_destination)
    }
}

pub(in crate::aws::ec2) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 7] = [
        "destination",
        "protocol",
        "source",
        "filter-at-source.source-address",
        "filter-at-source.destination-address",
        "filter-at-destination.source-address",
        "filter-at-destination.destination-address",
    ];
    let fields = |path: &Path| {
        let destination = path.destination.as_ref().map(|end| &end.id);
        Fields::new(ctx.tags(&path.base.id))
            .with("source", &path.source.id)
            .many("destination", destination)
            .with("protocol", &path.protocol)
            .many(FILTERS[3], path.at_source.source)
            .many(FILTERS[4], path.at_source.destination)
            .many(FILTERS[5], path.at_destination.source)
            .many(FILTERS[6], path.at_destination.destination)
    };
    let found = INSIGHTS_PATH.select(ctx, "NetworkInsightsPathId", &FILTERS, fields)?;
    let rows = found.iter().map(|path| view(ctx, path)).collect();
    paged_from(ctx, "networkInsightsPathSet", rows, 1..=100)
}

pub(in crate::aws::ec2) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let path = INSIGHTS_PATH.named(ctx, "NetworkInsightsPathId")?;
    let is_of_it =
        |analysis: &Analysis| analysis.path.base.id == path.base.id && ctx.can_see(analysis);
    if ctx.state.ec2.analyses.iter().any(is_of_it) {
        let message = format!(
            "The network insights path '{}' has analyses and cannot be deleted.",
            path.base.id
        );
        return Err(Failure::bad(
            "AnalysisExistsForNetworkInsightsPath",
            message,
        ));
    }
    let now = ctx.now;
    if let Some(stored) = ctx.state.ec2.insights_paths.get_mut(&path.base.id) {
        stored.base.life.leave(now);
    }
    ctx.gone(&path.base.id);
    tagging::forget(ctx, &path.base.id);
    Ok(Xml::new().leaf("networkInsightsPathId", &path.base.id))
}

fn view(ctx: &Context<'_>, path: &Path) -> Xml {
    let id = &path.base.id;
    let destination = path.destination.as_ref();
    let mut view = Xml::new()
        .leaf("networkInsightsPathId", id)
        .leaf(
            "networkInsightsPathArn",
            ctx.arn("network-insights-path", id),
        )
        .leaf("createdDate", ctx.date(path.base.life.created))
        .leaf("source", &path.source.id)
        .leaf("sourceArn", &path.source.arn)
        .maybe("destination", destination.map(|end| &end.id))
        .maybe("destinationArn", destination.map(|end| &end.arn))
        .maybe("sourceIp", path.source_ip)
        .maybe("destinationIp", path.destination_ip)
        .leaf("protocol", &path.protocol)
        .maybe("destinationPort", path.port);
    for (name, filter) in [
        ("filterAtSource", &path.at_source),
        ("filterAtDestination", &path.at_destination),
    ] {
        if !filter.is_empty() {
            view = view.node(name, filter.view());
        }
    }
    view.and(ctx.tag_set(id))
}
