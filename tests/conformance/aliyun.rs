//! The Alibaba Cloud backend on the simulator.

use std::sync::Arc;

use landbridge_aliyun::credential::StaticCredentials;
use landbridge_aliyun::{Aliyun, AliyunProvider};
use landbridge_core::conformance::Subject;
use landbridge_core::{CloudName, Place, Zone};
use landbridge_sim::{AccountSpec, Simulator};

use crate::virtual_time::VirtualTime;

const A: &str = "1234567890123456";
const B: &str = "1234567890123457";
/// An account for which somebody has written down the keys of another.
const MIXED_UP: &str = "1234567890123458";

fn provider(simulator: &Simulator) -> Arc<AliyunProvider> {
    let mut builder = Aliyun::builder()
        .clock(Arc::new(VirtualTime(simulator.clone())))
        .endpoint(&simulator.url())
        .expect("a loopback address is allowed");
    for (account, owner) in [(A, A), (B, B), (MIXED_UP, A)] {
        let keys = simulator.provision(AccountSpec::new("aliyun", owner));
        let credentials =
            StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        builder = builder.credentials(account, Arc::new(credentials));
    }
    Arc::new(builder.build().expect("a provider"))
}

#[tokio::test]
async fn aliyun_on_the_simulator() {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let home = Place::new(CloudName::from_static("aliyun"), A, "cn-hangzhou");
    let subject = Subject::new(provider(&simulator), clock, home, "cn-qingdao", B)
        .with_zones("cn-hangzhou", [Zone::new("cn-hangzhou-h")])
        .with_machines(
            "ecs.t5-lc2m1.nano",
            "acs:alibaba_cloud_linux_3_2104_lts_x64",
        )
        .with_impostor(MIXED_UP)
        // A page of vSwitches holds 50.
        .with_crowd(55)
        .with_analyses();
    crate::keeps_every_promise("aliyun-on-simulator", &simulator, subject).await;
}
