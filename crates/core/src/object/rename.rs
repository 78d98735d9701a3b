//! Renames: an object that was made under another name of the topology, or of one of its parts, gets the tags that it would
//! be made with now. The name that the console shows stays.

use super::adoption::{is_tagged, tag};
use super::prelude::*;
use crate::traits::TaggedId;

/// Tags an object with the step's key, in place of the one that it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rename {
    /// The object.
    pub object: TaggedId,
    /// What its tags say now.
    pub from: Owner,
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Owner { topology, key } = &self.from;
        write!(
            f,
            "tag {} anew, which is {key} of topology {topology}",
            self.object
        )
    }
}

#[async_trait]
impl Action for Rename {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Adoption)
    }

    fn is_at_edge(&self, key: &ObjectKey) -> bool {
        matches!(key, ObjectKey::EdgeHub(_))
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        tag(site, &self.object).await
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        is_tagged(site, &self.object).await
    }
}
