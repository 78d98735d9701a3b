//! Regions that an account has not enabled. They refuse good keys as if they were wrong, so the keys are tried elsewhere
//! before they are blamed.

use std::future::Future;
use std::pin::Pin;

use aws_sdk_ec2::types::Region as Described;
use landbridge_core::{Error, ErrorKind, Region, Result};

use super::call::AwsClient;
use super::operation::{Operation, list};
use crate::partition::Partition;
use crate::sts;

/// What a region says of keys that it does not know.
const UNKNOWN_KEYS: [&str; 3] = [
    "AuthFailure",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
];

const DESCRIBE_REGIONS: Operation = list("DescribeRegions");

/// Whether the keys may be good all the same, because the account may lack the region.
pub(super) fn may_be_disabled(error: &Error, region: &Region) -> bool {
    let unknown = |code: &str| {
        UNKNOWN_KEYS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(code))
    };
    error.code().is_some_and(unknown) && Partition::of(region).may_lack(region)
}

/// The error, in other words if the home region of the partition takes the keys. In a box, because it calls by itself.
pub(super) fn explained(
    client: &AwsClient,
    error: Error,
) -> Pin<Box<dyn Future<Output = Error> + Send + '_>> {
    Box::pin(async move {
        let region = &client.place().region;
        let home = client.elsewhere(Partition::of(region).home());
        if sts::caller_identity(&home).await.is_err() {
            return error;
        }
        let status = opt_in_status(&home, region).await.ok().flatten();
        told(error, region, &home.place().region, status.as_deref())
    })
}

/// Whether an account has enabled a region, in the words of EC2. Callers may lack the permission to ask.
async fn opt_in_status(home: &AwsClient, region: &Region) -> Result<Option<String>> {
    let call = home.ec2().describe_regions();
    let call = call.all_regions(true).region_names(region.as_str());
    let answer = home.call(DESCRIBE_REGIONS, || call.clone().send()).await?;
    let mut regions: Vec<Described> = answer.regions.unwrap_or_default();
    regions.retain(|described| described.region_name() == Some(region.as_str()));
    Ok(regions.pop().and_then(|described| described.opt_in_status))
}

fn told(error: Error, region: &Region, home: &Region, status: Option<&str>) -> Error {
    let good = format!("{home} accepts the same keys");
    match status {
        Some("not-opted-in") => error
            .with_kind(ErrorKind::ServiceNotOpen)
            .with_message(format!("region {region} is not enabled for the account: {good}"))
            .with_remedy(format!("enable region {region} for the account, or choose another region")),
        None => error
            .with_kind(ErrorKind::ServiceNotOpen)
            .with_message(format!(
                "region {region} refuses the keys, and {good}: the region may not be enabled for the account"
            ))
            .with_remedy(format!(
                "enable region {region} for the account, or choose another region; \
                 `aws ec2 describe-regions --all-regions` shows which are enabled"
            )),
        Some(_) => error
            .with_message(format!(
                "region {region} refuses the keys, and {good}; the region is enabled"
            ))
            .with_remedy(format!(
                "wait, then repeat: a region takes some hours to know all keys once it was enabled; \
                 if the keys are a session, open it with the STS of a region, such as {home}"
            )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str) -> Error {
        Error::new(ErrorKind::Unauthenticated, "the keys are unknown").with_code(code)
    }

    #[test]
    fn only_keys_that_are_unknown_where_the_account_may_lack_the_region_are_tried_elsewhere() {
        for (code, region, expected) in [
            ("AuthFailure", "me-south-1", true),
            ("InvalidClientTokenId", "ap-east-1", true),
            ("AuthFailure", "us-east-1", false),
            ("InvalidClientTokenId", "eusc-de-east-1", false),
            ("InvalidClientTokenId", "cn-northwest-1", false),
            ("AuthFailure", "eu-west-1", false),
            ("SignatureDoesNotMatch", "me-south-1", false),
            ("UnauthorizedOperation", "me-south-1", false),
        ] {
            let found = may_be_disabled(&refusal(code), &region.into());
            assert_eq!(found, expected, "{code} in {region}");
        }
    }

    #[test]
    fn what_the_account_has_enabled_decides_what_is_told() {
        use ErrorKind::{ServiceNotOpen, Unauthenticated};
        for (status, kind, part) in [
            (Some("not-opted-in"), ServiceNotOpen, "is not enabled"),
            (None, ServiceNotOpen, "may not be enabled"),
            (Some("opted-in"), Unauthenticated, "is enabled"),
        ] {
            let (region, home) = ("me-south-1".into(), "us-east-1".into());
            let error = told(refusal("AuthFailure"), &region, &home, status);
            assert_eq!(error.kind(), kind);
            assert_eq!(error.code(), Some("AuthFailure"));
            assert!(error.message().contains(part), "{error}");
            assert!(error.message().contains("me-south-1"), "{error}");
        }
    }
}
