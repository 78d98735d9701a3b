//! Routes of a table, many in one call.

use landbridge_core::{CreateRoute, DeleteRoute, Error, ErrorKind, Result, Routing};

use super::{AliyunCloud, absent_is_done};
use crate::document::Doc;
use crate::error::CODES;
use crate::vpc::{self, Told};

const CREATE: &str = "CreateRouteEntries";
const DELETE: &str = "DeleteRouteEntries";

impl AliyunCloud {
    pub(super) async fn create_portion(&self, wanted: &[CreateRoute]) -> Vec<Result<()>> {
        let call = vpc::create_routes(self.region(), wanted);
        let keys = wanted.iter().map(|one| (&one.destination, &one.next_hop));
        let read = |answer: Doc<'_>| Ok(vpc::read_told(keys.clone(), answer));
        let told = match self.ask(call, read).await {
            Err(error) if !is_for_one(&error) => return of_each(error, wanted.len()),
            told => told.unwrap_or_default(),
        };
        let mut results = Vec::with_capacity(wanted.len());
        for (index, one) in wanted.iter().enumerate() {
            results.push(match self.settle(CREATE, told.get(index)) {
                None => self.create_route(one).await,
                Some(Err(error)) if error.kind() == ErrorKind::AlreadyExists => {
                    self.adopt_route(one, error).await
                }
                Some(result) => result,
            });
        }
        results
    }

    pub(super) async fn delete_portion(&self, routes: &[DeleteRoute]) -> Vec<Result<()>> {
        let call = vpc::delete_routes(self.region(), routes);
        let keys = routes.iter().map(|one| (&one.destination, &one.next_hop));
        let read = |answer: Doc<'_>| Ok(vpc::read_told(keys.clone(), answer));
        let told = match self.ask(call, read).await {
            Err(error) if !is_for_one(&error) => return of_each(error, routes.len()),
            told => told.unwrap_or_default(),
        };
        let mut results = Vec::with_capacity(routes.len());
        for (index, one) in routes.iter().enumerate() {
            let (table, to, hop) = (&one.table, &one.destination, &one.next_hop);
            results.push(match self.settle(DELETE, told.get(index)) {
                None => self.delete_route(table, to, hop).await,
                Some(result) => absent_is_done(result),
            });
        }
        results
    }

    /// What became of a route; none where only a call for it alone tells: nothing was written, and why is not documented.
    fn settle(&self, action: &str, told: Option<&Told>) -> Option<Result<()>> {
        let error = match told? {
            Told::Taken => return Some(Ok(())),
            Told::Nothing => Error::new(
                ErrorKind::OutcomeUnknown,
                "the answer does not tell what became of the route",
            ),
            Told::Refused { code, message } => {
                let row = CODES.lookup(action, code)?;
                Error::new(row.kind, message.clone())
                    .with_code(code.clone())
                    .with_remedy(row.remedy)
            }
        };
        Some(Err(self.locate(error, action)))
    }
}

// One route may be why the call as a whole was refused, and a caller may be allowed to write single routes only.
fn is_for_one(error: &Error) -> bool {
    use ErrorKind::{
        AlreadyExists, InUse, InvalidInput, NotFound, PermissionDenied, QuotaExceeded, Refused,
        Unsupported,
    };
    matches!(
        error.kind(),
        AlreadyExists
            | InUse
            | InvalidInput
            | NotFound
            | PermissionDenied
            | QuotaExceeded
            | Refused
            | Unsupported
    )
}

fn of_each(error: Error, count: usize) -> Vec<Result<()>> {
    let others = (1..count)
        .map(|_| Err(error.repeated()))
        .collect::<Vec<_>>();
    std::iter::once(Err(error)).chain(others).collect()
}
