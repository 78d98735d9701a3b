//! Border routers, as their owner sees them. Nothing creates them but the simulator's setup.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::State;
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::paging::numbered;
use crate::aliyun::parameters::invalid;
use crate::aliyun::regions::short_code;
use crate::border_router::BorderRouterSpec;
use crate::random::Ids;
use crate::table::{Base, Life};

/// Where a private line ends, and what lies behind it.
#[derive(Debug, Clone)]
pub(crate) struct BorderRouter {
    pub(crate) base: Base,
    pub(crate) prefixes: Vec<Ipv4Net>,
    pub(crate) hosts: Vec<Ipv4Addr>,
}

impl State {
    /// Sets up a border router. It is not in the ledger: no call made it, and none can remove it.
    pub(crate) fn provision_border_router(
        &mut self,
        spec: BorderRouterSpec,
        ids: &mut Ids,
        now: Duration,
    ) -> String {
        let code = short_code(&spec.region);
        let new = || format!("vbr-{code}{}", ids.word("vbr", 20 - code.len()));
        let id = spec.id.unwrap_or_else(new);
        let base = Base {
            id: id.clone(),
            owner: spec.account,
            region: spec.region,
            name: spec.name,
            description: String::new(),
            tags: Vec::new(),
            life: Life::new(now, Duration::ZERO),
        };
        self.border_routers.insert(BorderRouter {
            base,
            prefixes: spec.prefixes,
            hosts: spec.hosts,
        });
        id
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let filters = filters(ctx)?;
    let shown = |router: &&BorderRouter| {
        ctx.lists(*router)
            && filters
                .iter()
                .all(|(key, values)| values.contains(&field(router, key).to_owned()))
    };
    let rows = ctx
        .state
        .vpc
        .border_routers
        .iter()
        .filter(shown)
        .map(|router| view(ctx, router))
        .collect();
    let page = numbered(&ctx.parameters, rows, 50)?;
    Ok(json!({
        "VirtualBorderRouterSet": {"VirtualBorderRouterType": page.items}, "TotalCount": page.total,
        "PageNumber": page.number, "PageSize": page.size,
    }))
}

/// `Filter.N.Key` with `Filter.N.Value.M`.
fn filters(ctx: &Context<'_>) -> Outcome<Vec<(String, Vec<String>)>> {
    let filter = |number| {
        let key = ctx.parameters.nested("Filter", number, "Key");
        let known = key.filter(|key| matches!(*key, "VbrId" | "Status" | "Name"));
        let key = known.ok_or_else(|| invalid("Filter"))?.to_owned();
        let values = ctx.parameters.list(&format!("Filter.{number}.Value"));
        Ok((key, values))
    };
    ctx.parameters
        .numbers("Filter")
        .into_iter()
        .map(filter)
        .collect()
}

fn field<'a>(router: &'a BorderRouter, key: &str) -> &'a str {
    match key {
        "VbrId" => &router.base.id,
        "Name" => &router.base.name,
        _ => "active",
    }
}

fn view(ctx: &Context<'_>, router: &BorderRouter) -> Value {
    let base = &router.base;
    json!({
        "VbrId": base.id, "Name": base.name, "Description": base.description, "Status": "active", "Type": "localPconn",
        "PhysicalConnectionOwnerUid": base.owner, "PhysicalConnectionBusinessStatus": "Normal", "VlanId": 1,
        "CreationTime": ctx.date(base.life.created), "ActivationTime": ctx.date(base.life.created),
        "ResourceGroupId": "rg-default", "Tags": {"Tags": []},
    })
}
