//! AWS.

#[cfg(feature = "aws")]
mod provider;
#[cfg(feature = "aws")]
mod sessions;

#[cfg(not(feature = "aws"))]
use landbridge_core::Region;
use landbridge_core::picture::{Offer, Words};
use landbridge_core::{AccountId, Model};

use super::{AccountDigits, Example, Home, KnownCloud, Provider, Roles, Simulated};

pub(super) const CLOUD: KnownCloud = KnownCloud {
    name: "aws",
    title: "AWS",
    also_called: &[
        "amazon",
        "amazon web services",
        "amazon-web-services",
        "ec2",
    ],
    account_digits: AccountDigits::Always(12),
    default_chain: "the environment, ~/.aws/config and ~/.aws/credentials, web identity, container and instance metadata",
    example: Example {
        account: "aws:profile-work",
        region: "eu-central-1",
    },
    home: HOME,
    roles: Roles {
        form: "arn:aws:iam::ID:role/NAME",
        account_in: |arn| {
            let (_partition, rest) = arn.strip_prefix("arn:")?.split_once(":iam::")?;
            let (account, name) = rest.split_once(":role/")?;
            (!name.is_empty()).then_some(account)
        },
        arn: role_arn,
    },
    offer: || Offer::new([Model::Mesh]),
    words: || {
        Words::new("AWS")
            .with_network("VPC")
            .with_peering("VPC peering connection")
    },
    network_prefix: (16, 28),
    former_endpoint_flag: Some("aws-endpoint"),
    simulated: Some(Simulated {
        name: "aws",
        accounts: ["111122223333", "444455556666"],
    }),
    provider: PROVIDER,
    feature: "aws",
};

#[cfg(feature = "aws")]
const PROVIDER: Option<Provider> = Some(provider::provider);
#[cfg(not(feature = "aws"))]
const PROVIDER: Option<Provider> = None;

// Roles are the same in all regions of a partition.
#[cfg(feature = "aws")]
const HOME: Home = provider::home;
// Nothing is asked without the backend.
#[cfg(not(feature = "aws"))]
const HOME: Home = |_, _, _| Ok(Region::from("us-east-1"));

/// The role is in the partition of its account's caller.
fn role_arn(caller: &str, account: &AccountId, role: &str) -> String {
    let partition = caller
        .strip_prefix("arn:")
        .and_then(|rest| rest.split(':').next());
    format!(
        "arn:{}:iam::{account}:role/{role}",
        partition.unwrap_or("aws")
    )
}
