//! `landbridge validate`: checks a topology file without contacting a cloud.

use landbridge_core::topology::Topology;
use serde_json::json;

use super::stages;
use crate::args::FileArgs;
use crate::exit::{Exit, Outcome};
use crate::files;
use crate::output::Output;

pub(super) fn run(args: &FileArgs, output: &mut Output) -> Outcome {
    let text = files::read_topology(&args.file)?;
    stages::parse(output, &args.file, &text)?;
    let text = stages::completed(&args.file, &text)?;
    let topology =
        Topology::validate_text(&text).map_err(|error| error.in_file(files::shown(&args.file)))?;
    let value = json!({
        "topology": topology.name,
        "accounts": topology.accounts.len(),
        "networks": topology.networks.len(),
        "subnets": subnets(&topology),
        "interconnects": topology.interconnects.len(),
        "firewalls": topology.firewalls.len(),
        "instances": topology.instances.len(),
        "places": topology.places(),
    });
    output.section("summary", summary(&topology), value);
    Ok(Exit::Ok)
}

fn subnets(topology: &Topology) -> usize {
    let networks = topology.networks.iter();
    networks.map(|network| network.subnets.len()).sum()
}

fn summary(topology: &Topology) -> String {
    let counts = [
        count(topology.accounts.len(), "account"),
        count(topology.networks.len(), "network"),
        count(subnets(topology), "subnet"),
        count(topology.interconnects.len(), "interconnect"),
        count(topology.firewalls.len(), "firewall"),
        count(topology.instances.len(), "instance"),
    ];
    let mut text = format!("{}: valid; {}", topology.name, counts.join(", "));
    for place in topology.places() {
        text.push_str(&format!("\n  {place}"));
    }
    text
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
