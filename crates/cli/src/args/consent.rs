use clap::Args;
use landbridge_core::plan::PlanOptions;

/// What a plan may do only when asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConsentArgs {
    /// Delete routes that others added over peerings and attachments of the topology
    ///
    /// Without it such routes are told and stay, and a plan that would delete what they lead over is refused.
    #[arg(long)]
    pub(crate) prune: bool,
}

impl ConsentArgs {
    pub(crate) fn plan_options(&self) -> PlanOptions {
        PlanOptions::default().with_prune(self.prune)
    }
}
