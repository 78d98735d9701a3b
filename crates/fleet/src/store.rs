use std::fmt::Debug;

use async_trait::async_trait;
use landbridge_core::Result;

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A topology: its [`LinkState`](crate::LinkState).
    Link,
    /// An account: its [`AccountShares`](crate::AccountShares).
    Account,
}

impl Kind {
    /// The kind as one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Account => "account",
        }
    }
}

/// A document as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// JSON.
    pub text: String,
    /// A number that is another one after each change.
    pub revision: u64,
}

impl Document {
    /// A document of this revision.
    pub fn new(text: impl Into<String>, revision: u64) -> Self {
        Self {
            text: text.into(),
            revision,
        }
    }
}

/// Where documents are kept that workers share.
///
/// - What [`save`](Self::save) has returned outlives a crash.
/// - Of two saves with the same expectation, one is refused.
#[async_trait]
pub trait Store: Debug + Send + Sync + 'static {
    /// A document, if it is there.
    ///
    /// # Errors
    /// What kept it from being read.
    async fn load(&self, kind: Kind, key: &str) -> Result<Option<Document>>;

    /// Keeps a document in place of the one of `expected`, or as a new one where nothing is expected. Tells whether it did:
    /// it does nothing if another one is there.
    ///
    /// # Errors
    /// What kept it from being written.
    async fn save(&self, kind: Kind, key: &str, text: &str, expected: Option<u64>) -> Result<bool>;

    /// Removes the document of `expected`, and tells whether it did.
    ///
    /// # Errors
    /// What kept it from being removed.
    async fn remove(&self, kind: Kind, key: &str, expected: u64) -> Result<bool>;

    /// The keys of all documents of a kind, in their order.
    ///
    /// # Errors
    /// What kept them from being read.
    async fn keys(&self, kind: Kind) -> Result<Vec<String>>;
}
