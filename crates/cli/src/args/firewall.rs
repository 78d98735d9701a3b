//! Arguments of `landbridge firewall`.

use clap::{Args, Subcommand, ValueEnum};
use landbridge_core::topology::Ports;
use landbridge_core::{PortRange, Protocol};

use super::access::{AccountsArgs, mark};
use super::party::{GroupRef, MemberRef, PartyRef};

#[derive(Debug, Subcommand)]
pub(crate) enum FirewallCommand {
    /// Let two parties talk
    ///
    /// Shows the security group rules that this takes and the instances that they cover, writes the rules, and verifies
    /// the path.
    Allow(AllowArgs),
    /// List the rules of a security group
    ///
    /// Rules that carry the mark of `--mark` come first.
    List(ListRulesArgs),
    /// Remove the rules that `allow` wrote with the same options
    Revoke(PermitArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PermitArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// First party: PLACE/i-.., PLACE/sg-.. or PLACE/NAME
    ///
    /// NAME is the name of an instance or a security group, if no other one in the place has it. Example:
    /// aliyun:env-A@cn-hangzhou/i-bp1abc
    #[arg(long, value_name = "PLACE/ID")]
    pub(crate) left: MemberRef,
    /// Second party: PLACE/ID, PLACE/NAME, a CIDR block, or OWNER/sg-..
    ///
    /// Nothing is changed on the side of a CIDR block, or of a security group that is named by its owner: an account ID,
    /// the name of an account, an alias or an e-mail address. Examples: b@cn-shanghai/sg-uf6abc, 10.0.0.0/8, 1234567890123457/sg-uf6abc
    #[arg(long, value_name = "PARTY")]
    pub(crate) right: PartyRef,
    /// Protocol and ports to allow; repeat for more
    ///
    /// Examples: icmp, tcp:22, tcp:8000-8080, udp:53, all
    #[arg(long, value_name = "PROTOCOL", value_parser = traffic, default_value = "icmp")]
    pub(crate) protocol: Vec<Traffic>,
    /// Choose how rules name the other party
    ///
    /// By default, an instance by its address and a security group by its ID.
    #[arg(long, value_enum)]
    pub(crate) by: Option<Naming>,
    /// Let only the first party open connections
    #[arg(long)]
    pub(crate) one_way: bool,
    /// Mark of the rules that this command manages
    ///
    /// Rules without this mark are never changed.
    #[arg(long, value_name = "NAME", default_value = "landbridge", value_parser = mark)]
    pub(crate) mark: String,
    /// Write the rules even if no path joins the two parties
    #[arg(long)]
    pub(crate) unconnected: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AllowArgs {
    #[command(flatten)]
    pub(crate) permit: PermitArgs,
    /// Skip the verification
    #[arg(long)]
    pub(crate) no_verify: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListRulesArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// Security group: PLACE/sg-.. or PLACE/NAME
    ///
    /// Example: aliyun:env-A@cn-hangzhou/sg-bp1abc
    #[arg(value_name = "PLACE/ID")]
    pub(crate) group: GroupRef,
    /// Mark of the rules to list first
    #[arg(long, value_name = "NAME", default_value = "landbridge", value_parser = mark)]
    pub(crate) mark: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Naming {
    Address,
    Group,
    Network,
}

/// A protocol and its ports.
pub(crate) type Traffic = (Protocol, Option<PortRange>);

fn traffic(text: &str) -> Result<Traffic, String> {
    let (name, ports) = match text.split_once(':') {
        Some((name, ports)) => (name, Some(ports.parse::<Ports>()?.0)),
        None => (text, None),
    };
    let protocol = match name {
        "icmp" => Protocol::Icmp,
        "icmpv6" => Protocol::Icmpv6,
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "gre" => Protocol::Gre,
        "all" => Protocol::All,
        _ => {
            return Err(format!(
                "invalid protocol `{name}`: expected icmp, icmpv6, tcp, udp, gre or all"
            ));
        }
    };
    if ports.is_some() && !protocol.has_ports() {
        return Err(format!(
            "invalid protocol `{text}`: {protocol} has no ports; only tcp and udp take them"
        ));
    }
    Ok((protocol, ports))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_read_with_their_ports() {
        let range = PortRange {
            first: 8000,
            last: 8080,
        };
        assert_eq!(traffic("icmp"), Ok((Protocol::Icmp, None)));
        assert_eq!(
            traffic("tcp:22"),
            Ok((Protocol::Tcp, Some(PortRange::single(22))))
        );
        assert_eq!(traffic("udp:8000-8080"), Ok((Protocol::Udp, Some(range))));
        for bad in ["", "icmp:1", "tcp:", "tcp:0", "tcp:9-8", "smtp", "all:1"] {
            assert!(traffic(bad).is_err(), "{bad}");
        }
    }
}
