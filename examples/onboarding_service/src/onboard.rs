use landbridge::aliyun::CLOUD;
use landbridge::core::Payer;
use landbridge::core::topology::{Account, ExistingHub, Interconnect, Network, Subnet, Topology};
use serde::{Deserialize, Serialize};

use crate::clouds::Platform;

const LONGEST_NAME: usize = 32;

/// What `POST /onboard` takes.
// No `Debug`: an external ID is a secret between two companies.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Onboard {
    /// The customer's name at the platform.
    pub(crate) customer: String,
    /// The customer's account ID.
    pub(crate) account: String,
    /// The RAM role in that account which trusts the platform's account.
    pub(crate) role: String,
    /// What the role's trust policy asks for.
    pub(crate) external_id: Option<String>,
    pub(crate) region: String,
    /// The CIDR block of the new VPC.
    pub(crate) range: String,
    /// One vSwitch in each of two zones, for the attachment.
    pub(crate) subnets: Vec<SubnetOf>,
    /// Whether paid services may be opened in the customer's account.
    #[serde(default)]
    pub(crate) open_services: bool,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubnetOf {
    zone: String,
    range: String,
}

/// A member that is not as expected.
#[derive(Debug, Serialize)]
pub(crate) struct Invalid {
    pub(crate) member: String,
    pub(crate) problem: String,
}

/// Finds all that is wrong, not the first thing.
struct Check(Vec<Invalid>);

impl Check {
    fn that(&mut self, is_valid: bool, member: &str, expected: &str) {
        if !is_valid {
            self.tell(member, format!("expected {expected}"));
        }
    }

    fn tell(&mut self, member: &str, problem: String) {
        let member = member.to_owned();
        self.0.push(Invalid { member, problem });
    }

    fn parse<T: std::str::FromStr>(&mut self, text: &str, member: &str) -> Option<T> {
        let parsed = text.parse().ok();
        self.that(
            parsed.is_some(),
            member,
            "a CIDR block, such as `10.20.0.0/16`",
        );
        parsed
    }
}

impl Onboard {
    /// The customer as a topology. The same customer always gets the same one, so a run that was interrupted is continued
    /// by asking again.
    pub(crate) fn topology(&self, platform: &Platform) -> Result<Topology, Vec<Invalid>> {
        let mut check = Check(Vec::new());
        check.that(
            is_name(&self.customer),
            "customer",
            "small letters, digits and hyphens, at most 32",
        );
        check.that(
            is_account(&self.account),
            "account",
            "an account ID of 16 digits",
        );
        check.that(
            self.account != platform.account,
            "account",
            "another account than the platform's",
        );
        check.that(
            is_name(&self.role.to_lowercase()),
            "role",
            "the name of a RAM role, such as `onboarding`",
        );
        check.that(
            is_name(&self.region),
            "region",
            "a region ID, such as `cn-hangzhou`",
        );
        check.that(
            self.subnets.len() >= 2,
            "subnets",
            "a subnet in each of two zones",
        );
        let range = check.parse(&self.range, "range");
        let mut subnets = Vec::new();
        for (number, subnet) in self.subnets.iter().enumerate() {
            let range = check.parse(&subnet.range, &format!("subnets[{number}].range"));
            subnets.extend(
                range.map(|range| Subnet::new(format!("s{number}"), subnet.zone.as_str(), range)),
            );
        }
        let Some(range) = range.filter(|_| check.0.is_empty()) else {
            return Err(check.0);
        };
        let network = Network::new("customer", "customer", self.region.as_str(), range);
        let network = subnets.into_iter().fold(network, Network::with_subnet);
        let topology = self.joined(platform, network);
        topology.check().map_err(|error| {
            let problems = error.problems().iter();
            let invalid = |problem: &String| Invalid {
                member: "topology".into(),
                problem: problem.clone(),
            };
            problems.map(invalid).collect::<Vec<_>>()
        })?;
        Ok(topology)
    }

    fn joined(&self, platform: &Platform, network: Network) -> Topology {
        let ours = Account::new("platform", CLOUD, platform.account.as_str()).with_open_services();
        let mut theirs = Account::new("customer", CLOUD, self.account.as_str());
        theirs.open_services = self.open_services;
        let existing = Network::existing(
            "platform",
            "platform",
            platform.region.as_str(),
            platform.network.as_str(),
        );
        let interconnect = Interconnect::new("cen", "platform", ["platform", "customer"])
            .with_hub(ExistingHub::new(platform.hub.as_str()))
            .with_payer(Payer::HubOwner);
        Topology::new(format!("customer-{}", self.customer))
            .with_account(ours)
            .with_account(theirs)
            .with_network(existing)
            .with_network(network)
            .with_interconnect(interconnect)
    }
}

fn is_name(text: &str) -> bool {
    let is_of_a_name =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(is_of_a_name)
}

fn is_account(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit())
}
