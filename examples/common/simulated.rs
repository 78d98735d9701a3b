//! Two accounts of Alibaba Cloud on the simulator, on the simulator's own time. Most examples start from here.

use std::error::Error;
use std::sync::Arc;

use landbridge::aliyun::Aliyun;
use landbridge::aliyun::AliyunProvider;
use landbridge::aliyun::credential::StaticCredentials;
use landbridge::core::{CloudName, Place};
use landbridge_sim::{AccountSpec, Simulator};

use time::SimulatedTime;

#[path = "time.rs"]
mod time;

pub(crate) const ALIYUN: CloudName = CloudName::from_static("aliyun");
pub(crate) const A: &str = "1234567890123456";
pub(crate) const B: &str = "1234567890123457";

/// On the real cloud only this differs: give the builder no endpoint and no clock, and your credentials.
#[allow(dead_code)]
pub(crate) async fn stage()
-> Result<(Simulator, Arc<SimulatedTime>, Arc<AliyunProvider>), Box<dyn Error>> {
    let simulator = Simulator::start().await?;
    let clock = Arc::new(SimulatedTime(simulator.clone()));
    let mut builder = Aliyun::builder()
        .clock(clock.clone())
        .endpoint(&simulator.url())?;
    for id in [A, B] {
        let keys = simulator.provision(AccountSpec::new("aliyun", id));
        let keys = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        builder = builder.credentials(id, Arc::new(keys));
    }
    Ok((simulator, clock, Arc::new(builder.build()?)))
}

#[allow(dead_code)]
pub(crate) fn place(account: &str, region: &str) -> Place {
    Place::new(ALIYUN, account, region)
}
