//! Engines for the clouds that the options describe.

use std::sync::Arc;

use landbridge_core::backend::Tap;
use landbridge_core::picture::{Offer, Words};
use landbridge_core::{Clock, CloudName, Model};
use landbridge_fleet::clouds::{CloudEngines, CloudOptions, SecretFolder, SimulatorKeys};

use super::args::CloudArgs;
use super::exit::Outcome;
use super::files;

pub(crate) fn engines(
    args: &CloudArgs,
    clock: Arc<dyn Clock>,
    tap: Option<Arc<dyn Tap>>,
) -> Outcome<CloudEngines> {
    let mut options = CloudOptions::new();
    if let Some(folder) = &args.secrets {
        options = options.with_secrets(SecretFolder::open(folder)?);
    }
    for tenant in &args.own_keys_for {
        options = options.with_own_keys_for(tenant);
    }
    let mut simulator = None;
    if let Some(file) = &args.keys {
        let keys = SimulatorKeys::from_text(&files::read("keys file", file)?)?;
        simulator = Some(keys.url().to_owned());
        options = options.with_simulator(keys);
    }
    for (cloud, address) in [
        ("aliyun", &args.aliyun_endpoint),
        ("aws", &args.aws_endpoint),
    ] {
        let built_in = cloud == "aliyun" || cfg!(feature = "aws");
        let address = address.clone().or(simulator.clone().filter(|_| built_in));
        if let Some(address) = address {
            options = options.with_endpoint(CloudName::from_static(cloud), address);
        }
    }
    if let Some(tap) = tap {
        options = options.with_tap(tap);
    }
    Ok(CloudEngines::new(clock, options)?)
}

/// How the clouds build interconnects and what they call their objects, for pictures of what is declared.
pub(crate) fn pictures() -> Vec<(CloudName, Offer, Words)> {
    vec![
        (
            CloudName::from_static("aliyun"),
            Offer::new([Model::Hub, Model::Mesh]).with_global_hub(),
            Words::new("Alibaba Cloud")
                .with_network("VPC")
                .with_hubs("CEN instance", "transit router", "Express Connect Router")
                .with_border_router("virtual border router")
                .with_peering("VPC peering connection"),
        ),
        (
            CloudName::from_static("aws"),
            Offer::new([Model::Mesh]),
            Words::new("AWS")
                .with_network("VPC")
                .with_peering("VPC peering connection"),
        ),
    ]
}
