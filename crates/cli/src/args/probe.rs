use clap::Args;
use landbridge_core::probe::ProbeOptions;
use landbridge_core::topology::SubnetPath;
use landbridge_core::verify::Traffic;

/// Instances for the time of a verification.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ProbeArgs {
    /// Start an instance in each joined network that has none, probe from there, and terminate them
    ///
    /// Shows the instances and what they cost, and asks for confirmation. Changes nothing else of the topology, and removes the
    /// instances whatever happens, Ctrl-C included; a second Ctrl-C leaves them to the next `apply` or `destroy`.
    #[arg(long)]
    pub(crate) probe: bool,
    /// Start the instances in these subnets instead, as NETWORK/SUBNET; repeatable
    #[arg(long, value_name = "NETWORK/SUBNET", requires = "probe")]
    pub(crate) probe_in: Vec<SubnetPath>,
    /// Set the instance type. Default: the smallest that the backend knows, such as ecs.t5-lc2m1.nano or t3.nano
    #[arg(long, value_name = "TYPE", requires = "probe")]
    pub(crate) probe_type: Option<String>,
    /// Set the image or image family. Default: the cloud's own Linux, which has the agent that runs commands
    #[arg(long, value_name = "IMAGE", requires = "probe")]
    pub(crate) probe_image: Option<String>,
}

impl ProbeArgs {
    pub(crate) fn options(&self, traffic: Traffic) -> ProbeOptions {
        let options = ProbeOptions::default()
            .with_traffic(traffic)
            .with_instance_type(self.probe_type.clone())
            .with_image(self.probe_image.clone());
        let subnets = self.probe_in.iter().cloned();
        subnets.fold(options, ProbeOptions::with_subnet)
    }
}
