//! CDT: whether traffic between regions may be billed to the account.

use serde_json::json;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::Operation;
use crate::account::Service;

const OPEN_ALREADY: &str = "ORDER.OPEND";

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::read("GetCdtServiceStatus", |ctx| status(ctx, Service::Cdt)),
    Operation::write("OpenCdtService", |ctx| {
        open(ctx, Service::Cdt, OPEN_ALREADY)
    }),
    Operation::read("GetCdtCbServiceStatus", |ctx| {
        status(ctx, Service::CdtCrossBorder)
    }),
    Operation::write("OpenCdtCbService", |ctx| {
        open(ctx, Service::CdtCrossBorder, OPEN_ALREADY)
    }),
];

fn status(ctx: &mut Context<'_>, service: Service) -> Outcome {
    Ok(json!({"Enabled": ctx.accounts.is_open(ctx.account(), service)}))
}

/// Opens a service of the caller; opening it twice is an error that means success.
pub(crate) fn open(ctx: &mut Context<'_>, service: Service, open_already: &str) -> Outcome {
    let account = ctx.account().to_owned();
    if ctx.accounts.is_open(&account, service) {
        return Err(Failure::bad(
            open_already,
            "The service has been opened already.",
        ));
    }
    ctx.accounts.open(&account, service);
    Ok(json!({"OrderId": ctx.ids.digits("order", 15)}))
}
