use crate::error::{Error, Result};
use crate::ids::Place;

/// The outcome of a delete: what is absent is deleted.
///
/// # Errors
/// All but [`NotFound`](crate::ErrorKind::NotFound).
pub fn absent_is_done(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}

/// Says in which operation and place an error happened, unless it is a nested call's (`AssumeRole`) and says so itself.
pub fn locate(error: Error, operation: &str, place: &Place) -> Error {
    if error.operation().is_some() {
        return error;
    }
    error.with_operation(operation).with_place(place.clone())
}
