//! Lists that could not be read where the others are wanted all the same.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use crate::error::Result;
use crate::ids::Place;
use crate::traits::NotRead;

/// Gathers the lists of a place that could not be read, so that one refusal hides nothing else. For inventories of
/// [everything](crate::traits::Scope::everything).
#[derive(Debug)]
pub struct Gaps {
    place: Place,
    lists: Mutex<Vec<NotRead>>,
}

impl Gaps {
    /// None yet.
    pub fn new(place: Place) -> Self {
        Self {
            place,
            lists: Mutex::default(),
        }
    }

    /// Reads a list, which is empty and noted if it cannot be read. `what` names its items, in the plural.
    pub async fn read<T>(
        &self,
        what: &str,
        reading: impl Future<Output = Result<Vec<T>>>,
    ) -> Vec<T> {
        match reading.await {
            Ok(items) => items,
            Err(error) => {
                let list = NotRead::new(self.place.clone(), what, &error);
                let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
                lists.push(list);
                Vec::new()
            }
        }
    }

    /// The lists that could not be read, in the order of what they hold.
    pub fn take(self) -> Vec<NotRead> {
        let lists = self.lists.into_inner();
        let mut lists = lists.unwrap_or_else(PoisonError::into_inner);
        lists.sort();
        lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::ids::CloudName;

    #[tokio::test]
    async fn what_fails_is_noted_and_the_rest_is_there() {
        let gaps = Gaps::new(Place::new(CloudName::from_static("memory"), "1", "r1"));
        assert_eq!(gaps.read("networks", async { Ok(vec![1]) }).await, [1]);
        let refused = async { Err(Error::new(ErrorKind::PermissionDenied, "not allowed")) };
        assert!(gaps.read::<u8>("groups", refused).await.is_empty());
        let told: Vec<String> = gaps.take().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["groups of memory:1:r1: permission denied: not allowed"]
        );
    }
}
