//! Two accounts of Alibaba Cloud on the simulator, on the simulator's own time: what the examples stand on.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use landbridge::aliyun::Aliyun;
use landbridge::aliyun::AliyunProvider;
use landbridge::aliyun::credential::StaticCredentials;
use landbridge::core::{Clock, CloudName, Place};
use landbridge_sim::{AccountSpec, Simulator};

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

/// The simulator's time: sleeping moves it on instead of waiting.
#[derive(Debug)]
pub(crate) struct SimulatedTime(pub(crate) Simulator);

#[async_trait::async_trait]
impl Clock for SimulatedTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn uptime(&self) -> Duration {
        self.0.uptime()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.advance_to(self.0.uptime() + duration);
        tokio::task::yield_now().await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}
