use clap::Args;
use landbridge_core::plan::PlanOptions;

/// What a plan may do only when asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConsentArgs {
    /// Delete routes that others added over peerings and attachments of the topology, CIDR blocks of its networks that the
    /// file does not name, and rules of its security groups that carry no mark of a topology
    ///
    /// Without it all of this is told and stays, and a plan that would delete what such routes lead over is refused.
    #[arg(long)]
    pub(crate) prune: bool,
    /// Delete and make anew what no cloud can change in place
    ///
    /// Without it, a plan that would have to is refused and lists the objects. `destroy` ignores it.
    #[arg(long)]
    pub(crate) replace: bool,
}

impl ConsentArgs {
    pub(crate) fn plan_options(&self) -> PlanOptions {
        PlanOptions::default()
            .with_prune(self.prune)
            .with_replace(self.replace)
    }
}
