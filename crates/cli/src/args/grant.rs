//! Arguments of `landbridge grant`.

use clap::{Args, Subcommand, ValueEnum};
use landbridge_core::{BorderRouterId, Endpoint, HubId, NetworkId, Payer, Place};

use super::access::AccountsArgs;
use super::named::{Named, name};
use crate::accounts::{IdRef, PlaceRef};

#[derive(Debug, Subcommand)]
pub(crate) enum GrantCommand {
    /// Let a hub of another account attach a network or border router
    ///
    /// Runs with the keys of the account that owns the network or border router.
    Create(GrantArgs),
    /// List the grants on a network or border router, or those that a hub received
    List(ListGrantsArgs),
    /// Revoke a grant
    ///
    /// Runs with the keys of the account that owns the network or border router. Detach it first.
    Revoke(GrantArgs),
}

#[derive(Debug, Args)]
pub(crate) struct GrantArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// Account and region of the network or border router: ACCOUNT@REGION
    ///
    /// Example: aliyun:env-B@cn-shanghai
    #[arg(long, value_name = "PLACE")]
    pub(crate) from: PlaceRef,
    /// Network (vpc-..) or border router (vbr-..) to attach, or the name of a network
    ///
    /// A name counts if no other network in the place has it.
    #[arg(long, value_name = "ID|NAME", value_parser = member)]
    pub(crate) member: Named<Member>,
    /// Hub: a CEN instance (cen-..) or an Express Connect Router (ecr-..)
    #[arg(long = "to", value_name = "HUB_ID", value_parser = hub)]
    pub(crate) hub: HubId,
    /// Account that owns the hub: its ID, or the name of an account
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) hub_account: IdRef,
    /// Account that pays for the attachment to a CEN instance
    ///
    /// By default the owner of the hub. The payer can be changed again after an hour.
    #[arg(long, value_enum)]
    pub(crate) payer: Option<PayerChoice>,
}

#[derive(Debug, Args)]
pub(crate) struct ListGrantsArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// Account and region of the network or border router: ACCOUNT@REGION
    ///
    /// Example: aliyun:env-B@cn-shanghai
    #[arg(
        long,
        value_name = "PLACE",
        requires = "member",
        required_unless_present = "received"
    )]
    pub(crate) from: Option<PlaceRef>,
    /// Network (vpc-..) or border router (vbr-..) to attach, or the name of a network
    #[arg(long, value_name = "ID|NAME", value_parser = member, requires = "from")]
    pub(crate) member: Option<Named<Member>>,
    /// Account that owns the hub, and a region: ACCOUNT@REGION
    ///
    /// Lists the grants that the hub received. Example: aliyun:env-A@cn-hangzhou
    #[arg(long, value_name = "PLACE", requires = "hub", conflicts_with = "from")]
    pub(crate) received: Option<PlaceRef>,
    /// Hub: a CEN instance (cen-..) or an Express Connect Router (ecr-..), or the name of one
    #[arg(long, value_name = "HUB_ID|NAME", value_parser = named_hub, requires = "received")]
    pub(crate) hub: Option<Named<HubId>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PayerChoice {
    HubOwner,
    MemberOwner,
}

impl From<PayerChoice> for Payer {
    fn from(choice: PayerChoice) -> Self {
        match choice {
            PayerChoice::HubOwner => Self::HubOwner,
            PayerChoice::MemberOwner => Self::MemberOwner,
        }
    }
}

/// What is granted; `--from` says in which place it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    Network(NetworkId),
    BorderRouter(BorderRouterId),
}

impl Member {
    pub(crate) fn at(&self, place: &Place) -> Endpoint {
        let (account, region) = (place.account.clone(), place.region.clone());
        match self.clone() {
            Self::Network(id) => Endpoint::Network {
                id,
                account,
                region,
            },
            Self::BorderRouter(id) => Endpoint::BorderRouter {
                id,
                account,
                region,
            },
        }
    }
}

fn member(text: &str) -> Result<Named<Member>, String> {
    if is_id(text, "vpc-") {
        return Ok(Named::Id(Member::Network(NetworkId::from(text))));
    }
    if is_id(text, "vbr-") {
        return Ok(Named::Id(Member::BorderRouter(BorderRouterId::from(text))));
    }
    name(text).map(Named::Name).ok_or_else(|| {
        format!(
            "invalid member `{text}`: expected a network vpc-.., a border router vbr-.., or the name of a network"
        )
    })
}

fn named_hub(text: &str) -> Result<Named<HubId>, String> {
    match (hub(text), name(text)) {
        (Ok(id), _) => Ok(Named::Id(id)),
        (Err(_), Some(name)) => Ok(Named::Name(name)),
        (Err(error), None) => Err(error),
    }
}

fn hub(text: &str) -> Result<HubId, String> {
    if is_id(text, "cen-") || is_id(text, "ecr-") {
        Ok(HubId::from(text))
    } else {
        Err(format!(
            "invalid hub `{text}`: expected a CEN instance cen-.. or an Express Connect Router ecr-.."
        ))
    }
}

/// Whether this is an id with this prefix.
pub(super) fn is_id(text: &str, prefix: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let rest = text.strip_prefix(prefix);
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_hubs_are_told_by_their_prefix() {
        let network = Member::Network(NetworkId::from("vpc-1"));
        assert_eq!(member("vpc-1"), Ok(Named::Id(network)));
        let router = Member::BorderRouter("vbr-1".into());
        assert_eq!(member("vbr-1"), Ok(Named::Id(router)));
        assert_eq!(member("web"), Ok(Named::Name("web".to_owned())));
        assert_eq!(named_hub("core"), Ok(Named::Name("core".to_owned())));
        assert_eq!(named_hub("cen-1"), hub("cen-1").map(Named::Id));
        assert!(named_hub("vpc-1").is_err() && hub("core").is_err());
        assert!(hub("cen-1").is_ok() && hub("ecr-1").is_ok());
        for bad in ["", "vpc-", "tr-1", "vpc-1/2", "eni-1"] {
            assert!(member(bad).is_err() && hub(bad).is_err(), "{bad}");
        }
    }
}
