//! Alibaba Cloud.

#[cfg(feature = "aliyun")]
mod provider;

use landbridge_core::picture::{Offer, Words};
use landbridge_core::{AccountId, Model, Region};

use super::{AccountDigits, Example, KnownCloud, Provider, Roles, Simulated};

pub(super) const CLOUD: KnownCloud = KnownCloud {
    name: "aliyun",
    title: "Alibaba Cloud",
    also_called: &["alibaba", "alibabacloud", "alibaba-cloud", "alicloud"],
    account_digits: AccountDigits::Usually(16),
    default_chain: "the environment, OIDC, ~/.aliyun/config.json, ~/.alibabacloud/credentials, instance metadata, \
                    credentials URI",
    example: Example {
        account: "aliyun:env-A",
        region: "cn-hangzhou",
    },
    // Accounts and their roles are the same in every region; the backend takes any name here.
    home: |_, _, _| Ok(Region::from("global")),
    roles: Roles {
        form: "acs:ram::ID:role/NAME",
        account_in: |arn| {
            let (account, name) = arn.strip_prefix("acs:ram::")?.split_once(":role/")?;
            (!name.is_empty()).then_some(account)
        },
        arn: role_arn,
    },
    offer: || Offer::new([Model::Hub, Model::Mesh]).with_global_hub(),
    words: || {
        Words::new("Alibaba Cloud")
            .with_network("VPC")
            .with_hubs("CEN instance", "transit router", "Express Connect Router")
            .with_border_router("virtual border router")
            .with_peering("VPC peering connection")
    },
    network_prefix: (8, 29),
    former_endpoint_flag: Some("aliyun-endpoint"),
    simulated: Some(Simulated {
        name: "aliyun",
        accounts: ["1234567890123456", "1234567890123457"],
    }),
    provider: PROVIDER,
    feature: "aliyun",
};

#[cfg(feature = "aliyun")]
const PROVIDER: Option<Provider> = Some(provider::provider);
#[cfg(not(feature = "aliyun"))]
const PROVIDER: Option<Provider> = None;

fn role_arn(_caller: &str, account: &AccountId, role: &str) -> String {
    format!("acs:ram::{account}:role/{}", role.to_lowercase())
}
