//! Routes that give orders, and plans.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use landbridge_core::ErrorKind;

use super::login::Asked;
use super::problem::Problem;
use super::request::{self, Query};
use super::shown::{TopologyStatus, json};
use super::{PLANS, Shared, place};
use crate::key::LinkKey;
use crate::orders::{Order, Orders};
use crate::spec::Spec;
use crate::state::other_generation;
use crate::tenants::Tenant;

type Given = State<Arc<Shared>>;
type Body = Result<Bytes, BytesRejection>;
type Answer = Result<Response, Problem>;

pub(super) async fn submit(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let spec = request::spec(&uri, &headers, body)?;
    let spec = spec.ok_or_else(|| Problem::bad("missing body: expected a topology"))?;
    admitted(&asked.tenant, &asked.key, &spec)?;
    let terms = request::terms(&shared, &asked.key, &headers).await?;
    let room = shared.room(&asked.tenant.name);
    let now = shared.clock.uptime();
    let _counted = room
        .topologies
        .one_more(shared.orders.as_ref(), &asked, now)
        .await?;
    let status = shared
        .orders
        .give(&asked.key, Order::Submit { spec }, &terms)
        .await?;
    TopologyStatus::from(status).accepted()
}

pub(super) async fn delete(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    if Query::of(&uri, &["forget"])?
        .flag("forget")?
        .unwrap_or_default()
    {
        // A topology that is submitted again meanwhile is not forgotten: it is not deleted any more.
        if let Some(expected) = request::terms(&shared, &asked.key, &headers)
            .await?
            .generation
        {
            has_generation(shared.orders.as_ref(), &asked.key, expected).await?;
        }
        shared.orders.forget(&asked.key).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    given(&shared, &asked.key, Order::Delete, &headers).await
}

pub(super) async fn stop(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    Query::of(&uri, &[])?;
    given(&shared, &asked.key, Order::Stop, &headers).await
}

pub(super) async fn resume(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    Query::of(&uri, &[])?;
    // What the tenant may name may have changed since.
    admitted(
        &asked.tenant,
        &asked.key,
        &shared.orders.spec(&asked.key).await?,
    )?;
    given(&shared, &asked.key, Order::Resume, &headers).await
}

pub(super) async fn peer_ready(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    Query::of(&uri, &[])?;
    admitted(
        &asked.tenant,
        &asked.key,
        &shared.orders.spec(&asked.key).await?,
    )?;
    given(&shared, &asked.key, Order::PeerReady, &headers).await
}

pub(super) async fn plan(
    State(shared): Given,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let spec = match request::spec(&uri, &headers, body)? {
        Some(spec) => spec,
        None if uri.query().is_some_and(|query| !query.is_empty()) => {
            let message =
                "missing body: a policy is that of a topology, and the stored one has its own";
            return Err(Problem::bad(message));
        }
        None => shared.orders.spec(&asked.key).await?,
    };
    admitted(&asked.tenant, &asked.key, &spec)?;
    let _place = place(&shared.room(&asked.tenant.name).plans, PLANS, "plans")?;
    json(&shared.orders.plan(&asked.key, &spec).await?)
}

async fn given(shared: &Shared, key: &LinkKey, order: Order, headers: &HeaderMap) -> Answer {
    let terms = request::terms(shared, key, headers).await?;
    let status = shared.orders.give(key, order, &terms).await?;
    TopologyStatus::from(status).accepted()
}

async fn has_generation(orders: &dyn Orders, key: &LinkKey, expected: u64) -> Result<(), Problem> {
    let found = generation(orders, key).await?;
    match found == expected {
        true => Ok(()),
        false => Err(other_generation(key, expected, found).into()),
    }
}

/// 0 for a topology that is not known.
pub(super) async fn generation(orders: &dyn Orders, key: &LinkKey) -> Result<u64, Problem> {
    match orders.status(key).await {
        Ok(status) => Ok(status.generation),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Refuses what is no topology, and what its tenant may not name.
fn admitted(tenant: &Tenant, key: &LinkKey, spec: &Spec) -> Result<(), Problem> {
    let objections = tenant.objections(&spec.topology_of(key)?);
    match objections.is_empty() {
        true => Ok(()),
        false => Err(Problem::objected(objections)),
    }
}
