//! The AWS backend on the simulator.

use std::sync::Arc;

use landbridge::aws::credential::StaticCredentials;
use landbridge::aws::{Aws, AwsProvider};
use landbridge_core::conformance::Subject;
use landbridge_core::{CloudName, Place, Zone};
use landbridge_sim::{AccountSpec, Simulator};

use crate::virtual_time::VirtualTime;

const A: &str = "111122223333";
const B: &str = "444455556666";
/// An account for which somebody has written down the keys of another.
const MIXED_UP: &str = "777788889999";

fn provider(simulator: &Simulator) -> Arc<AwsProvider> {
    let mut builder = Aws::builder()
        .clock(Arc::new(VirtualTime(simulator.clone())))
        .endpoint(&simulator.url())
        .expect("a loopback address is allowed");
    for (account, owner) in [(A, A), (B, B), (MIXED_UP, A)] {
        let keys = simulator.provision(AccountSpec::new("aws", owner));
        let credentials =
            StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        builder = builder.credentials(account, Arc::new(credentials));
    }
    Arc::new(builder.build().expect("a provider"))
}

#[tokio::test]
async fn aws_on_the_simulator() {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let home = Place::new(CloudName::from_static("aws"), A, "us-east-1");
    let subject = Subject::new(provider(&simulator), clock, home, "eu-central-1", B)
        .with_zones("us-east-1", [Zone::new("us-east-1a")])
        .with_machines("t3.nano", "ami-12345678")
        .with_impostor(MIXED_UP)
        .with_analyses();
    crate::keeps_every_promise("aws-on-simulator", &simulator, subject).await;
}
