//! What lists held and could not be read.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::Place;
use crate::traits::NotUnderstood;

/// One item of a list, as far as it can be told before it is read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Listed<'a> {
    /// Where it was listed.
    pub place: &'a Place,
    /// The operation that listed it.
    pub operation: &'a str,
    /// Its ID, in the cloud's words, if it has one.
    pub id: Option<&'a str>,
    /// The ID of what it is part of, if that is known.
    pub within: Option<&'a str>,
    /// Whether it carries tags of ours, of whatever topology.
    pub is_ours: bool,
}

impl<'a> Listed<'a> {
    /// An item without ID and tags.
    pub fn new(place: &'a Place, operation: &'a str) -> Self {
        Self {
            place,
            operation,
            id: None,
            within: None,
            is_ours: false,
        }
    }

    /// Sets its ID.
    #[must_use]
    pub fn with_id(mut self, id: Option<&'a str>) -> Self {
        self.id = id;
        self
    }

    /// Sets the ID of what it is part of.
    #[must_use]
    pub fn with_within(mut self, within: Option<&'a str>) -> Self {
        self.within = within;
        self
    }

    /// Says whether it carries tags of ours.
    #[must_use]
    pub fn with_tags_of_ours(mut self, is_ours: bool) -> Self {
        self.is_ours = is_ours;
        self
    }
}

/// Gathers what lists held and could not be read, so that one odd object stops nothing. A backend makes a fresh one for each
/// inventory, and puts what it gathered into [`Inventory::not_understood`](crate::Inventory::not_understood).
#[derive(Debug, Default)]
pub struct Unread(Mutex<BTreeSet<NotUnderstood>>);

impl Unread {
    /// Keeps what was read. An item that was not understood is left out with a warning that names it.
    ///
    /// # Errors
    /// If the item is ours, or for another error than that its answer is [`Malformed`](ErrorKind::Malformed).
    pub fn keep<T>(&self, item: &Listed<'_>, read: Result<T>) -> Result<Option<T>> {
        match read {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.kind() == ErrorKind::Malformed && !item.is_ours => {
                self.leave_out(item, &error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn leave_out(&self, item: &Listed<'_>, error: &Error) {
        let skipped = NotUnderstood::new(
            item.place.clone(),
            item.operation,
            item.id.unwrap_or_default(),
            error.message(),
        )
        .with_within(item.within.map(str::to_owned));
        tracing::warn!(
            place = %skipped.place,
            operation = %skipped.operation,
            id = %skipped.id,
            reason = %skipped.reason,
            "left out an object that was not understood"
        );
        if let Ok(mut all) = self.0.lock() {
            all.insert(skipped);
        }
    }

    /// Everything that was left out so far, each once, in a fixed order. It is not given again.
    pub fn take(&self) -> Vec<NotUnderstood> {
        let all = self.0.lock().map(|mut all| std::mem::take(&mut *all));
        all.unwrap_or_default().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CloudName;

    fn malformed() -> Result<u8> {
        Err(Error::new(
            ErrorKind::Malformed,
            "the answer has no `CidrBlock`",
        ))
    }

    #[test]
    fn a_foreign_item_is_left_out_once_and_named() {
        let place = Place::new(CloudName::from_static("memory"), "1", "r1");
        let unread = Unread::default();
        let item = Listed::new(&place, "ListThings").with_id(Some("t-1"));
        assert_eq!(unread.keep(&item, Ok(7)).expect("read"), Some(7));
        for _ in 0..2 {
            assert_eq!(unread.keep(&item, malformed()).expect("left out"), None);
        }
        let all = unread.take();
        let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            ["t-1 in memory:1:r1 (ListThings): the answer has no `CidrBlock`"]
        );
        assert!(unread.take().is_empty());
    }

    #[test]
    fn what_is_ours_and_other_errors_are_not_swallowed() {
        let place = Place::new(CloudName::from_static("memory"), "1", "r1");
        let unread = Unread::default();
        let item = Listed::new(&place, "ListThings");
        let ours = item.with_tags_of_ours(true);
        assert!(unread.keep(&ours, malformed()).is_err());
        let busy: Result<u8> = Err(Error::new(ErrorKind::Busy, "busy"));
        assert!(unread.keep(&item, busy).is_err());
        assert!(unread.take().is_empty());
    }
}
