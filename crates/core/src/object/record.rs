use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::hash::Hash;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Kind, ObjectKey};
use crate::error::Result;
use crate::traits::{Cloud, Inventory, Owner, Phase, Select, Status};

/// A record that a cloud lists.
#[async_trait]
pub trait Listed: Clone + Debug + Send + Sync + 'static {
    /// What the record is of.
    const KIND: Kind;
    /// What a list is asked with.
    type Query: Clone + Debug + Eq + Hash + Send + Sync + 'static;

    /// Lists through the verb of its family.
    ///
    /// # Errors
    /// The cloud's.
    async fn list(cloud: &dyn Cloud, query: &Self::Query) -> Result<Vec<Self>>;
}

/// What all ids have in common.
pub trait Id:
    Clone
    + Debug
    + Display
    + Ord
    + Hash
    + AsRef<str>
    + From<String>
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
}

impl<T> Id for T where
    T: Clone
        + Debug
        + Display
        + Ord
        + Hash
        + AsRef<str>
        + From<String>
        + Serialize
        + DeserializeOwned
        + Send
        + Sync
        + 'static
{
}

/// The record of an object with an id, an owner and a state, which is listed and deleted.
#[async_trait]
pub trait Record: Listed {
    /// The type of its id.
    type Id: Id;

    /// Its id.
    fn id(&self) -> &Self::Id;
    /// Its name.
    fn name(&self) -> &str;
    /// The topology that made it, if its tags tell.
    fn owner(&self) -> Option<&Owner>;
    /// What else made it, if its tags tell.
    fn maker(&self) -> Option<&str>;
    /// Its state, as the cloud tells it.
    fn status(&self) -> &Status;

    /// The query for such objects.
    fn query(select: Select<Self::Id>) -> Self::Query;
    /// The records of its kind in an inventory.
    fn of(inventory: &Inventory) -> &[Self];

    /// Its state, as those see it who wait for it: some objects lack a part for a while after the cloud calls them ready.
    fn state(&self) -> Cow<'_, Status> {
        Cow::Borrowed(self.status())
    }

    /// The phase of its [state](Self::state).
    fn phase(&self) -> Phase {
        self.state().phase
    }

    /// How much the record tells: of two views of one object the fuller is kept.
    fn completeness(&self) -> usize {
        0
    }

    /// Whether it is being deleted.
    fn is_leaving(&self) -> bool {
        self.status().phase == Phase::Deleting
    }

    /// Deletes it.
    ///
    /// # Errors
    /// The cloud's.
    async fn delete(&self, cloud: &dyn Cloud) -> Result<()>;
}

/// A record whose id is all that a delete needs.
#[async_trait]
pub(crate) trait DeletedById: Record {
    /// Whether the conflict domain stays locked until the object is gone.
    const HOLDS_DOMAIN: bool = false;

    /// The conflict domain in which such objects are created and deleted.
    fn domain(_key: &ObjectKey) -> Option<String> {
        None
    }

    /// Deletes the object with this id.
    async fn delete_id(cloud: &dyn Cloud, id: &Self::Id) -> Result<()>;
}

// The fields that every record has.
macro_rules! fields {
    ($id:ty) => {
        type Id = $id;

        fn id(&self) -> &$id {
            &self.id
        }

        fn name(&self) -> &str {
            &self.name
        }

        fn owner(&self) -> Option<&Owner> {
            self.owner.as_ref()
        }

        fn maker(&self) -> Option<&str> {
            self.maker.as_deref()
        }

        fn status(&self) -> &Status {
            &self.status
        }
    };
}
pub(super) use fields;
