use clap::{Args, Subcommand, ValueEnum};
use landbridge_core::topology::Ports;
use landbridge_core::{PortRange, Protocol};

use super::access::{AccountsArgs, mark};
use super::party::{GroupRef, MemberRef, PartyRef};

#[derive(Debug, Subcommand)]
pub(crate) enum FirewallCommand {
    /// Let two parties talk: show which rules of which groups it takes and whom they cover, write them, prove it.
    Allow(AllowArgs),
    /// List the rules of a group, ours and those of others.
    List(ListRulesArgs),
    /// Take back what `allow` with the same options wrote.
    Revoke(PermitArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PermitArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// One party: PLACE/i-.. or PLACE/sg-..
    #[arg(long, value_name = "PLACE/ID")]
    pub(crate) left: MemberRef,
    /// The other: PLACE/ID; or, where nothing is to be changed, an address range, or OWNER/sg-.. with the owner's
    /// account id, alias or e-mail address.
    #[arg(long, value_name = "PARTY")]
    pub(crate) right: PartyRef,
    /// What may pass: icmp, tcp:22, udp:53, tcp:8000-8080, all. Repeat for more.
    #[arg(long, value_name = "PROTOCOL", value_parser = traffic, default_value = "icmp")]
    pub(crate) protocol: Vec<Traffic>,
    /// How rules name the other party. Default: an instance by its address, a group by itself.
    #[arg(long, value_enum)]
    pub(crate) by: Option<Naming>,
    /// Only the left party may begin.
    #[arg(long)]
    pub(crate) one_way: bool,
    /// The mark of the rules. Rules without it are never touched.
    #[arg(long, value_name = "NAME", default_value = "landbridge", value_parser = mark)]
    pub(crate) mark: String,
    /// Write the rules although no path joins the two.
    #[arg(long)]
    pub(crate) unconnected: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AllowArgs {
    #[command(flatten)]
    pub(crate) permit: PermitArgs,
    /// Do not prove afterwards that packets flow.
    #[arg(long)]
    pub(crate) no_verify: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListRulesArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// The group: PLACE/sg-..
    #[arg(value_name = "PLACE/ID")]
    pub(crate) group: GroupRef,
    /// The mark of the rules that are ours.
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
                "`{name}` is no protocol; write icmp, icmpv6, tcp, udp, gre or all"
            ));
        }
    };
    if ports.is_some() && !protocol.has_ports() {
        return Err(format!("{protocol} has no ports; only tcp and udp have"));
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
