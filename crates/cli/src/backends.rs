//! One provider for each cloud that a topology uses.

use std::collections::BTreeSet;
use std::sync::Arc;

use landbridge_core::topology::Topology;
use landbridge_core::{Clock, CloudName, CloudProvider};

use crate::exit::{Failure, Outcome};
use crate::simulated::Keys;

/// How the clouds are reached.
#[derive(Debug)]
#[cfg_attr(not(feature = "aliyun"), allow(dead_code))]
pub(crate) struct Access {
    pub(crate) clock: Arc<dyn Clock>,
    /// One address for all products of Alibaba Cloud.
    pub(crate) aliyun_endpoint: Option<String>,
    /// Keys of a simulator, in place of the credential sources of the topology.
    pub(crate) keys: Option<Keys>,
}

/// The names of the clouds that this program was built with.
const BUILT_WITH: &[&str] = &[
    #[cfg(feature = "aliyun")]
    crate::aliyun::CLOUD,
];

pub(crate) fn providers(
    topology: &Topology,
    access: &Access,
) -> Outcome<Vec<Arc<dyn CloudProvider>>> {
    let clouds: BTreeSet<&CloudName> = topology
        .accounts
        .iter()
        .map(|account| &account.cloud)
        .collect();
    clouds
        .into_iter()
        .map(|cloud| provider(cloud, topology, access))
        .collect()
}

#[cfg_attr(not(feature = "aliyun"), allow(unused_variables))]
fn provider(
    cloud: &CloudName,
    topology: &Topology,
    access: &Access,
) -> Outcome<Arc<dyn CloudProvider>> {
    match cloud.as_str() {
        #[cfg(feature = "aliyun")]
        crate::aliyun::CLOUD => crate::aliyun::provider(topology, access),
        unknown => Err(Failure::bad_input(format!(
            "this program was built without a backend for cloud `{unknown}`; it knows: {}",
            BUILT_WITH.join(", ")
        ))),
    }
}
