//! Lists of topologies.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use landbridge_core::FormatVersion;
use schemars::JsonSchema;
use serde::Serialize;

use super::Shared;
use super::login::Login;
use super::problem::Problem;
use super::request::Query;
use super::shown::{TopologyStatus, json};
use crate::key::LinkKey;
use crate::orders::Status;
use crate::state::Phase;

/// How many topologies a page has unless it is said, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 500;
/// How many topologies are looked through for a page at most.
const LOOKED_THROUGH: usize = 2000;

/// A page of topologies.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct TopologyList {
    /// The version of this document.
    v: FormatVersion<1>,
    /// The topologies, by their names.
    topologies: Vec<TopologyStatus>,
    /// `after` for the next page. A page with a filter may have fewer topologies than asked for, or none, and a next one all the
    /// same.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// How many topologies there are.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Summary {
    /// The version of this document.
    v: FormatVersion<1>,
    /// The tenant.
    tenant: String,
    /// How many topologies the tenant has.
    topologies: usize,
    /// How many it may have.
    most_topologies: usize,
    /// How many are in each phase; a phase without any is left out.
    phases: BTreeMap<Phase, usize>,
}

struct Filter {
    phase: Option<Phase>,
    contains: String,
}

impl Filter {
    fn is_empty(&self) -> bool {
        self.phase.is_none() && self.contains.is_empty()
    }

    fn takes(&self, status: &Status) -> bool {
        self.phase.is_none_or(|phase| phase == status.phase)
            && status.key.name().contains(&self.contains)
    }
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    login: Login,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Query::of(&uri, &["limit", "after", "phase", "contains"])?;
    let expected = format!("a number from 1 to {LARGEST_PAGE}");
    let most = query.value("limit", &expected, |most| (1..=LARGEST_PAGE).contains(most))?;
    let after = query
        .text("after")
        .map(|name| login.key(name))
        .transpose()?;
    let filter = Filter {
        phase: query.text("phase").map(phase).transpose()?,
        contains: query.text("contains").unwrap_or_default().to_owned(),
    };
    let page = page(&shared, &login.0.name, after, &filter, most.unwrap_or(PAGE)).await?;
    json(&page)
}

async fn page(
    shared: &Shared,
    tenant: &str,
    mut after: Option<LinkKey>,
    filter: &Filter,
    most: usize,
) -> Result<TopologyList, Problem> {
    let mut topologies: Vec<TopologyStatus> = Vec::new();
    // What a filter leaves out takes no calls of its own.
    let at_once = match filter.is_empty() {
        true => most,
        false => LARGEST_PAGE,
    };
    for _ in 0..LOOKED_THROUGH.div_ceil(at_once) {
        let found = shared
            .orders
            .list(Some(tenant), after.as_ref(), at_once)
            .await?;
        let is_last = found.len() < at_once;
        for status in found {
            if topologies.len() == most {
                return Ok(TopologyList::of(topologies, after));
            }
            after = Some(status.key.clone());
            if filter.takes(&status) {
                topologies.push(status.into());
            }
        }
        if is_last {
            return Ok(TopologyList::of(topologies, None));
        }
        if topologies.len() == most {
            break;
        }
    }
    let orders = &shared.orders;
    let is_last = orders
        .list(Some(tenant), after.as_ref(), 1)
        .await?
        .is_empty();
    Ok(TopologyList::of(topologies, after.filter(|_| !is_last)))
}

impl TopologyList {
    fn of(topologies: Vec<TopologyStatus>, after: Option<LinkKey>) -> Self {
        Self {
            v: FormatVersion,
            topologies,
            next: after.map(|key| key.name().to_owned()),
        }
    }
}

fn phase(text: &str) -> Result<Phase, Problem> {
    let known = Phase::ALL.into_iter().find(|phase| phase.as_str() == text);
    known.ok_or_else(|| {
        let all = Phase::ALL.map(Phase::as_str).join("`, `");
        Problem::bad(format!(
            "invalid parameter `phase={text}`: expected one of `{all}`"
        ))
    })
}

pub(super) async fn summary(
    State(shared): State<Arc<Shared>>,
    login: Login,
    uri: Uri,
) -> Result<Response, Problem> {
    Query::of(&uri, &[])?;
    let tenant = &login.0;
    let mut phases: BTreeMap<Phase, usize> = BTreeMap::new();
    let mut after = None;
    loop {
        let orders = &shared.orders;
        let found = orders
            .list(Some(&tenant.name), after.as_ref(), LARGEST_PAGE)
            .await?;
        for status in &found {
            *phases.entry(status.phase).or_default() += 1;
        }
        match found.last().filter(|_| found.len() == LARGEST_PAGE) {
            Some(last) => after = Some(last.key.clone()),
            None => break,
        }
    }
    json(&Summary {
        v: FormatVersion,
        tenant: tenant.name.clone(),
        topologies: phases.values().sum(),
        most_topologies: tenant.most_topologies,
        phases,
    })
}
