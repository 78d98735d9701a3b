//! The topology file that the answers describe, with comments.

use std::fmt::Write as _;

use landbridge_core::topology::{Account, CredentialSource, Holder};
use serde_json::json;

use super::answers::{Answers, Wanted};
use super::suggest;
use crate::clouds::KnownCloud;

/// The text of the file. Names have letters that need no quotes.
pub(super) fn text(name: &str, answers: &Answers) -> String {
    let mut text = format!(
        "# Networks of {} that reach each other. `landbridge schema` prints the JSON Schema of this format.\n\n\
         # Landbridge writes this name into the tags of every object that it creates and finds the objects by it, so keep it.\n\
         name: {name}\n\n",
        answers.cloud.title
    );
    // Writing to a string does not fail.
    let _ = write!(text, "{}", accounts(&answers.accounts, answers.model));
    text.push_str(
        "\n# The networks to join; their CIDR blocks (`range`) must not overlap. To join an existing VPC, write its `id: vpc-...`\n\
         # instead of `range`, and leave out `subnets`.\nnetworks:\n",
    );
    for network in &answers.networks {
        let _ = write!(text, "{}", of_network(network, answers.cloud));
    }
    let members: Vec<&str> = answers
        .networks
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let owner = answers
        .accounts
        .first()
        .map_or("", |account| account.name.as_str());
    let _ = write!(
        text,
        "\n# All members reach each other, in both directions. `owner` is the account that owns what joins them.\n\
         interconnects:\n  - name: main\n    owner: {owner}\n    # {}\n    model: {}\n    members: [{}]\n",
        meaning(answers.model),
        answers.model,
        members.join(", ")
    );
    text.push_str(MORE);
    text
}

const MORE: &str = "
# Security groups decide which packets instances take. One that the members reach by ping and by SSH:
#
# firewalls:
#   - name: members
#     networks: [NETWORK, NETWORK]
#     rules:
#       - { allow: icmp, from: [\"members:main\"] }
#       - { allow: tcp, ports: \"22\", from: [\"members:main\"] }
";

fn accounts(accounts: &[Account], model: &str) -> String {
    let mut text = String::from(
        "# The accounts. This file never contains an access key: `credentials` names where the keys are. `profile: NAME` is a\n\
         # profile of the cloud's own command-line program, `env: PREFIX` reads PREFIX_ACCESS_KEY_ID and\n\
         # PREFIX_ACCESS_KEY_SECRET; without `credentials` the cloud's own chain is used.\naccounts:\n",
    );
    for account in accounts {
        let _ = write!(
            text,
            "  - name: {}\n    cloud: {}\n    id: \"{}\"\n",
            account.name, account.cloud, account.id
        );
        if account.held_by == Holder::Other {
            text.push_str("    held-by: other\n");
        } else if account.credentials != CredentialSource::Default {
            // JSON is also YAML.
            let _ = writeln!(text, "    credentials: {}", json!(account.credentials));
        }
    }
    if model != "mesh" {
        text.push_str(
            "    # Hubs and traffic between regions may need paid services that an account must open. `plan` names those that are not\n\
             \x20   # open. With this line in an account, `apply` opens them there:\n    # open-services: true\n",
        );
    }
    text
}

fn of_network(network: &Wanted, cloud: &KnownCloud) -> String {
    let Wanted {
        name,
        account,
        region,
        range,
    } = network;
    let mut text = format!(
        "  - name: {name}\n    account: {account}\n    region: {region}\n    range: {range}\n    subnets:\n"
    );
    let zones = cloud.known_zones(region);
    let subnets = suggest::subnets(*range);
    for ((zone, range), name) in zones.iter().zip(subnets).zip(["first", "second"]) {
        let _ = writeln!(
            text,
            "      - {{ name: {name}, zone: {zone}, range: {range} }}"
        );
    }
    text
}

fn meaning(model: &str) -> &'static str {
    match model {
        "hub" => {
            "`hub`: through a hub in each region. `mesh`: a VPC peering connection between every two."
        }
        "mesh" => "`mesh`: a VPC peering connection between every two.",
        _ => "`auto`: the model that quotas and prices speak for. `hub` and `mesh` decide it here.",
    }
}
