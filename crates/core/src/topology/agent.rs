//! What the agents on instances get, which fetch the commands that verification runs.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use super::text::as_text;
use super::{Instance, Network, Subnet, Topology};

/// Which role the agent of an instance gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentRole {
    /// `auto`: one that Landbridge makes for the topology in the account, where the cloud asks for one.
    #[default]
    Auto,
    /// `none`: no role.
    None,
    /// The name of one that exists.
    Named(String),
}

/// Where a network gets ends of the services that agents call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentEndpoints {
    /// `auto`: in a network that Landbridge creates, in the subnet of its first instance whose agent gets a role; none in an
    /// existing network.
    #[default]
    Auto,
    /// `none`: nowhere.
    None,
    /// In this subnet of the network.
    In(String),
}

impl AgentRole {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::Auto
    }
}

impl AgentEndpoints {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::Auto
    }
}

const AUTO: &str = "auto";
const NONE: &str = "none";

impl FromStr for AgentRole {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            AUTO => Self::Auto,
            NONE => Self::None,
            name => Self::Named(name.to_owned()),
        })
    }
}

impl fmt::Display for AgentRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => AUTO,
            Self::None => NONE,
            Self::Named(name) => name,
        })
    }
}

impl FromStr for AgentEndpoints {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            AUTO => Self::Auto,
            NONE => Self::None,
            subnet => Self::In(subnet.to_owned()),
        })
    }
}

impl fmt::Display for AgentEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => AUTO,
            Self::None => NONE,
            Self::In(subnet) => subnet,
        })
    }
}

as_text!(AgentRole, AgentEndpoints);

impl Topology {
    /// The subnet in which a network gets ends of the services that agents call, where the cloud has such ends.
    pub(crate) fn endpoint_subnet<'t>(&'t self, network: &'t Network) -> Option<&'t Subnet> {
        let called = |name: &str| network.subnets.iter().find(|subnet| subnet.name == name);
        if self.is_held_by_other(&network.account) {
            return None;
        }
        match &network.agent_endpoints {
            AgentEndpoints::None => None,
            AgentEndpoints::In(name) => called(name),
            AgentEndpoints::Auto if network.id.is_some() => None,
            AgentEndpoints::Auto => {
                let mut paths = self.instances.iter().filter_map(|one| {
                    let path = one.subnet.as_ref().filter(|_| has_agent(one))?;
                    (path.network == network.name).then_some(path)
                });
                paths.next().and_then(|path| called(&path.subnet))
            }
        }
    }
}

/// Whether Landbridge makes an instance whose agent can fetch commands.
fn has_agent(instance: &Instance) -> bool {
    instance.id.is_none() && instance.agent_role != AgentRole::None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::SubnetPath;

    fn topology() -> Topology {
        let range = |text: &str| text.parse().expect("a range");
        let subnet = |name: &str, at: &str| Subnet::new(name, "z", range(at));
        let network = Network::new("n", "a", "r", range("10.0.0.0/16"))
            .with_subnet(subnet("one", "10.0.1.0/24"))
            .with_subnet(subnet("two", "10.0.2.0/24"));
        Topology::new("t").with_network(network)
    }

    fn with_instance(role: AgentRole) -> Topology {
        let path: SubnetPath = "n/two".parse().expect("a path");
        let instance = Instance::new("i", path, "type", "image", ["f"]).with_agent_role(role);
        topology().with_instance(instance)
    }

    fn chosen(topology: &Topology) -> Option<&str> {
        let subnet = topology.endpoint_subnet(&topology.networks[0]);
        subnet.map(|subnet| subnet.name.as_str())
    }

    #[test]
    fn endpoints_are_where_the_file_says_or_beside_the_first_instance() {
        assert_eq!(chosen(&topology()), None);
        assert_eq!(chosen(&with_instance(AgentRole::Auto)), Some("two"));
        assert_eq!(chosen(&with_instance(AgentRole::None)), None);
        for (said, expected) in [("auto", Some("two")), ("none", None), ("one", Some("one"))] {
            let mut topology = with_instance(AgentRole::Auto);
            topology.networks[0].agent_endpoints = said.parse().unwrap_or_default();
            assert_eq!(chosen(&topology), expected, "{said}");
        }
    }

    #[test]
    fn words_are_written_as_they_are_read() {
        for word in ["auto", "none", "web-servers"] {
            let role: AgentRole = word.parse().unwrap_or_default();
            let ends: AgentEndpoints = word.parse().unwrap_or_default();
            assert_eq!(
                (role.to_string(), ends.to_string()),
                (word.to_owned(), word.to_owned())
            );
        }
    }
}
