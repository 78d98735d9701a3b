//! What checks ask of any kind of object.

use std::sync::Arc;

use crate::error::Result;
use crate::object::Record;
use crate::traits::{Cloud, Select};

pub(super) type Handle = Arc<dyn Cloud>;

/// The objects of a kind that a selection gives.
pub(super) async fn list<R: Record>(at: &Handle, select: &Select<R::Id>) -> Result<Vec<R>> {
    R::list(at.as_ref(), &R::query(select.clone())).await
}
