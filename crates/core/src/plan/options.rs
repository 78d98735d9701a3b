use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a plan may do beyond what is always right.
///
/// ```
/// use landbridge_core::plan::PlanOptions;
///
/// assert!(!PlanOptions::default().prune);
/// assert!(PlanOptions::default().with_prune(true).prune);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct PlanOptions {
    /// Whether what others may have added to the topology's objects is deleted: routes over its peerings and attachments,
    /// secondary CIDR blocks of its networks that it does not declare, and rules in its groups that carry no mark of any
    /// topology. Default: no, they are told.
    pub prune: bool,
    /// Whether objects of the topology are deleted and made anew, with everything that stands on them, where they differ
    /// from it in what no write changes, such as a CIDR block. Default: no, such a plan is refused.
    pub replace: bool,
}

impl PlanOptions {
    /// Sets whether routes of others over what is the topology's, and CIDR blocks that it does not declare, are deleted.
    #[must_use]
    pub fn with_prune(mut self, prune: bool) -> Self {
        self.prune = prune;
        self
    }

    /// Sets whether objects are deleted and made anew where nothing else helps.
    #[must_use]
    pub fn with_replace(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }
}
