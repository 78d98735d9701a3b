//! Partitions, and regions that an account has not enabled.

use std::sync::Arc;

use landbridge::aws::Aws;
use landbridge::aws::credential::{AssumeRoleCredentials, Credentials, StaticCredentials};
use landbridge_core::{CrossAccountAuth, ErrorKind};
use landbridge_sim::{AccountKeys, AccountSpec, RoleSpec, Simulator};

use crate::virtual_time::VirtualTime;
use crate::world::{A, B, place};

fn source(keys: &AccountKeys) -> Arc<dyn Credentials> {
    let secret = keys.access_key_secret.as_str();
    Arc::new(StaticCredentials::new(&keys.access_key_id, secret))
}

async fn identity(
    simulator: &Simulator,
    account: &str,
    source: Arc<dyn Credentials>,
    region: &str,
) -> landbridge_core::Result<String> {
    let provider = Aws::builder()
        .clock(Arc::new(VirtualTime(simulator.clone())))
        .endpoint(&simulator.url())
        .expect("a loopback address is allowed")
        .credentials(account, source)
        .build()
        .expect("a provider");
    let cloud = provider.place(&place(account, region)).expect("a place");
    cloud.caller_identity().await.map(|caller| caller.arn)
}

#[tokio::test]
async fn a_region_that_is_not_enabled_is_told_as_that() {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let spec = AccountSpec::new("aws", A).region_enabled("me-south-1", false);
    let keys = simulator.provision(spec);
    let refused = identity(&simulator, A, source(&keys), "me-south-1").await;
    let error = refused.expect_err("not enabled");
    assert_eq!(error.kind(), ErrorKind::ServiceNotOpen);
    let text = error.to_string();
    assert!(text.contains("region me-south-1 is not enabled"), "{text}");
    let enabled = identity(&simulator, A, source(&keys), "ap-east-1").await;
    enabled.expect("enabled");
}

#[tokio::test]
async fn roles_of_every_partition_are_assumed_in_it() {
    for (region, partition) in [
        ("cn-northwest-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ] {
        let simulator = Simulator::start().await.expect("the simulator starts");
        let spec = |id| AccountSpec::new("aws", id).home(region);
        let keys = simulator.provision(spec(A));
        simulator.provision(spec(B));
        simulator.provision_role(RoleSpec::new(B, "peer").trust(A));
        let arn = format!("arn:{partition}:iam::{B}:role/peer");
        let role = AssumeRoleCredentials::new(source(&keys), arn);
        let found = identity(&simulator, B, Arc::new(role), region).await;
        let expected = format!("arn:{partition}:sts::{B}:assumed-role/peer/landbridge");
        assert_eq!(found.expect("assumed"), expected);
    }
}
