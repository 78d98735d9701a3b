//! The control interface, for programs that run the simulator as a process.
//!
//! Unsigned JSON under `/_sim/`, on the same (loopback) port as the clouds.
//!
//! | request | meaning |
//! | --- | --- |
//! | `GET /_sim/calls` | every call: `[{seq, at, account, product, action, region, write, parameters, status, code, request_id}]`; `?after=SEQ` for later ones |
//! | `GET /_sim/counts` | the same in numbers: `{calls, writes, by_account, by_place, by_action, by_code, created, alive}`; `?after=SEQ` counts later calls alone; a place is `ACCOUNT/REGION/PRODUCT` |
//! | `GET /_sim/ledger` | everything ever created: `[{account, region, product, kind, id, created_at, deleted_at}]`; `?alive=true` for what exists |
//! | `GET /_sim/clock` | `{now, uptime_seconds}` |
//! | `POST /_sim/clock` | `{"advance_seconds": 60}`; answers like `GET` |
//! | `GET /_sim/faults` | `[{id, hits, rule}]` |
//! | `POST /_sim/faults` | a rule, for example `{"effect": {"type": "error_before", "status": 400, "code": "X"}, "action": "CreateVpc", "nth": 1}`; answers `{id}` |
//! | `DELETE /_sim/faults` | removes all rules; `DELETE /_sim/faults?id=1` one |
//! | `GET /_sim/clouds` | `[{name, regions: [{id, zones}]}]` |
//! | `GET /_sim/accounts` | `[{cloud, id, name, alias, login_name, access_key_ids}]`, no secrets |
//! | `POST /_sim/accounts` | `{"cloud": "aliyun", "id": "1234567890123456", "name": "a", "identity": "user"}` (or `"aws"` with twelve digits), with optional `access_key_id` and `access_key_secret`, `alias`, `login_name`, `policy` (a document, as JSON or as text, that restricts the user), `closed_services: ["transit_router", "cdt", "cdt_cross_border"]`, `quotas: {name: n}`, `home` (a region of the partition of AWS that the account is in), `disabled_regions: [..]` (those that the account has not opted into); answers the keys, secret included |
//! | `POST /_sim/roles` | `{"account", "name", "trusts": [..], "external_id"?, "requires_mfa"?}` |
//! | `POST /_sim/border-routers` | `{"account", "region", "prefixes": ["10.9.0.0/16"], "hosts": ["10.9.0.10"], "id"?, "name"?}`; answers `{id}` |
//! | `POST /_sim/border-router-approvals` | `{"member_account", "router_account"}`: the first may grant border routers to express connect routers of the second |
//! | `POST /_sim/oidc-providers` | `{"account", "name", "accepted_token"}`: an identity provider, Alibaba Cloud only |
//! | `POST /_sim/shares` | `{"vswitch", "account"}`: lets the account use a vSwitch of another |
//! | `POST /_sim/classic-instances` | `{"account", "region"}`: an instance in the classic network; answers `{instance_id}` |
//! | `POST /_sim/listeners` | `{"ports": [22, 80], "instance"?}`: the TCP ports on which an instance listens, or all that have none of their own |
//! | `GET /_sim/packet?source=i-..&destination=10.0.0.1&protocol=icmp` | the verdict on a packet; `protocol` is `icmp` (an echo), `icmp:3/4`, `icmpv6`, `icmpv6:2/0`, `tcp:80`, `udp:53` or a number such as `47`; `source_port` is optional |
//!
//! A fault's `effect` is one of `error_before {status, code}`, `error_after {status, code}`, `drop_before`, `drop_after`,
//! `slow_body {milliseconds}`, `truncated_body {keep}`, `throttle {retry_after_milliseconds}`, `expire_session`, `revoke_key`,
//! `clock_skew {seconds}`, `wrong_date {seconds}`, `other_body {body}`; its conditions are `product`, `action`, `account`, `region`, `write`, `nth`, `probability`, `times`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::account::{AccountSpec, IdentityKind, RoleSpec, Service};
use crate::calls::Call;
use crate::clock::rfc3339;
use crate::cloud::{Answer, CLOUDS};
use crate::faults::{FaultId, FaultRule};
use crate::ledger::LedgerEntry;
use crate::packet::{InvalidProtocol, Protocol};

use crate::wire::{Reply, Request};
use crate::world::World;

/// The path under which the interface is.
pub(crate) const PREFIX: &str = "/_sim/";

pub(crate) fn handle(world: &mut World, request: &Request) -> Reply {
    let verb = request.path.trim_start_matches(PREFIX);
    let query: BTreeMap<String, String> = request.query_pairs().into_iter().collect();
    let answer = match request.method.as_str() {
        "GET" => get(world, verb, &query),
        "POST" => post(world, verb, &request.body),
        "DELETE" if verb == "faults" => Some(remove_faults(world, query.get("id"))),
        _ => None,
    };
    match answer {
        Some(Ok(value)) => Reply::json(200, &value),
        Some(Err(error)) => Reply::json(400, &json!({ "error": error })),
        None => {
            let error = format!(
                "unknown control request `{} {PREFIX}{verb}`",
                request.method
            );
            Reply::json(404, &json!({ "error": error }))
        }
    }
}

fn get(world: &mut World, verb: &str, query: &BTreeMap<String, String>) -> Option<Answer> {
    let is_alive = query.get("alive").is_some_and(|alive| alive == "true");
    Some(match verb {
        "calls" => after(query).map(|after| calls(world, after)),
        "counts" => after(query).map(|after| counts(world, after)),
        "ledger" => Ok(ledger(world, is_alive)),
        "clock" => Ok(clock(world)),
        "faults" => Ok(faults(world)),
        "clouds" => Ok(clouds(world)),
        "accounts" => Ok(accounts(world)),
        "packet" => packet(world, query),
        _ => return None,
    })
}

/// Verbs that this interface does not know are those of single clouds.
fn post(world: &mut World, verb: &str, body: &[u8]) -> Option<Answer> {
    Some(match verb {
        "clock" => read(body).and_then(|advance| move_clock(world, &advance)),
        "faults" => read::<FaultRule>(body).map(|rule| add_fault(world, rule)),
        "accounts" => read(body).and_then(|account| add_account(world, account)),
        "listeners" => read(body).and_then(|wanted| listen(world, &wanted)),
        "roles" => read(body).and_then(|role| add_role(world, role)),
        _ => {
            let common = &mut world.common;
            let mut clouds = world.clouds.all().into_iter();
            return clouds.find_map(|cloud| cloud.control(common, verb, body));
        }
    })
}

/// The body of a request.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("invalid request body: {error}"))
}

fn add_fault(world: &mut World, rule: FaultRule) -> Value {
    json!({"id": world.common.faults.add(rule)})
}

fn clouds(world: &mut World) -> Value {
    let clouds = world.clouds.all().into_iter();
    clouds
        .map(|cloud| json!({"name": cloud.name(), "regions": cloud.regions()}))
        .collect()
}

/// The number of the call after which a record is read.
fn after(query: &BTreeMap<String, String>) -> Result<usize, String> {
    let Some(after) = query.get("after") else {
        return Ok(0);
    };
    let number = after.parse();
    number.map_err(|_| format!("invalid after `{after}`: expected the number of a call"))
}

fn calls(world: &World, after: usize) -> Value {
    let calls = world.common.calls.after(after).iter().map(|call| {
        json!({
            "seq": call.seq, "at": rfc3339(call.at), "account": call.account, "product": call.product,
            "action": call.action, "region": call.region, "write": call.write, "parameters": call.parameters,
            "status": call.status, "code": call.code, "request_id": call.request_id,
        })
    });
    calls.collect()
}

/// What a record of hundreds of thousands of calls comes to.
fn counts(world: &World, after: usize) -> Value {
    let calls = world.common.calls.after(after);
    let count = |name: fn(&Call) -> &str| {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for call in calls {
            *counts.entry(name(call)).or_default() += 1;
        }
        counts
    };
    // What limits of calls are for.
    let mut places: BTreeMap<String, u64> = BTreeMap::new();
    for call in calls {
        let place = [call.account.as_str(), &call.region, &call.product].join("/");
        *places.entry(place).or_default() += 1;
    }
    let entries = world.common.ledger.entries();
    let alive = entries.iter().filter(|entry| entry.deleted_at.is_none());
    json!({
        "calls": calls.len(),
        "writes": calls.iter().filter(|call| call.write).count(),
        "by_account": count(|call| &call.account),
        "by_place": places,
        "by_action": count(|call| &call.action),
        "by_code": count(|call| call.code.as_deref().unwrap_or_default()),
        "created": entries.len(),
        "alive": alive.count(),
    })
}

fn ledger(world: &World, alive_only: bool) -> Value {
    let entry = |entry: &LedgerEntry| {
        json!({
            "account": entry.account, "region": entry.region, "product": entry.product, "kind": entry.kind,
            "id": entry.id, "created_at": rfc3339(entry.created_at), "deleted_at": entry.deleted_at.map(rfc3339),
        })
    };
    world
        .common
        .ledger
        .entries()
        .iter()
        .filter(|entry| !alive_only || entry.deleted_at.is_none())
        .map(entry)
        .collect()
}

fn clock(world: &World) -> Value {
    json!({"now": rfc3339(world.common.clock.now()), "uptime_seconds": world.common.clock.uptime().as_secs_f64()})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: f64,
}

fn move_clock(world: &mut World, advance: &Advance) -> Answer {
    let by =
        Duration::try_from_secs_f64(advance.advance_seconds).map_err(|error| error.to_string())?;
    world.common.clock.advance(by);
    world.settle();
    Ok(clock(world))
}

fn faults(world: &World) -> Value {
    world
        .common
        .faults
        .rules()
        .map(|(id, rule, hits)| json!({"id": id, "hits": hits, "rule": rule}))
        .collect()
}

fn remove_faults(world: &mut World, id: Option<&String>) -> Answer {
    match id {
        None => world.common.faults.clear(),
        Some(id) => {
            let number = id.parse();
            let number = number.map_err(|_| format!("invalid id `{id}`: expected a number"))?;
            if !world.common.faults.remove(FaultId(number)) {
                return Err(format!("unknown fault rule `{id}`"));
            }
        }
    }
    Ok(json!({}))
}

fn accounts(world: &World) -> Value {
    let account = |account: &crate::account::Account| {
        json!({
            "cloud": account.cloud, "id": account.id, "name": account.name, "alias": account.alias,
            "login_name": account.login_name,
            "access_key_ids": world.common.accounts.key_ids(&account.id),
        })
    };
    world.common.accounts.accounts().map(account).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    cloud: String,
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    identity: Identity,
    #[serde(default)]
    access_key_id: Option<String>,
    #[serde(default)]
    access_key_secret: Option<String>,
    #[serde(default)]
    closed_services: Vec<ServiceName>,
    #[serde(default)]
    quotas: BTreeMap<String, u64>,
    #[serde(default)]
    alias: String,
    #[serde(default)]
    login_name: String,
    #[serde(default)]
    policy: Option<Value>,
    #[serde(default)]
    home: Option<String>,
    #[serde(default)]
    disabled_regions: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum Identity {
    #[default]
    User,
    Root,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ServiceName {
    TransitRouter,
    Cdt,
    CdtCrossBorder,
}

fn add_account(world: &mut World, new: NewAccount) -> Answer {
    if !CLOUDS.contains(&new.cloud.as_str()) {
        let known = CLOUDS.join(" or ");
        return Err(format!("unknown cloud `{}`: expected {known}", new.cloud));
    }
    let mut spec = AccountSpec::new(new.cloud, new.id).identity(match new.identity {
        Identity::User => IdentityKind::User,
        Identity::Root => IdentityKind::Root,
    });
    spec = spec.alias(new.alias).login_name(new.login_name);
    if let Some(name) = new.name {
        spec = spec.name(name);
    }
    match new.policy {
        None => {}
        Some(Value::String(text)) => spec = spec.policy(text),
        Some(document) => spec = spec.policy(document.to_string()),
    }
    match (new.access_key_id, new.access_key_secret) {
        (Some(id), Some(secret)) => spec = spec.access_key(id, secret),
        (None, None) => {}
        _ => {
            return Err(
                "missing half of the key: give both access_key_id and access_key_secret".to_owned(),
            );
        }
    }
    for service in new.closed_services {
        spec = spec.service_open(service_of(&service), false);
    }
    for (name, limit) in new.quotas {
        spec = spec.quota(name, limit);
    }
    if let Some(region) = new.home {
        spec = spec.home(region);
    }
    for region in new.disabled_regions {
        spec = spec.region_enabled(region, false);
    }
    let keys = world.provision(spec);
    Ok(json!({
        "account_id": keys.account_id,
        "access_key_id": keys.access_key_id,
        "access_key_secret": keys.access_key_secret,
    }))
}

fn service_of(name: &ServiceName) -> Service {
    match name {
        ServiceName::TransitRouter => Service::TransitRouter,
        ServiceName::Cdt => Service::Cdt,
        ServiceName::CdtCrossBorder => Service::CdtCrossBorder,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRole {
    account: String,
    name: String,
    trusts: Vec<String>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    requires_mfa: bool,
}

fn add_role(world: &mut World, role: NewRole) -> Answer {
    let account = role.account.clone();
    let spec = RoleSpec {
        account: role.account,
        name: role.name,
        trusts: role.trusts,
        external_id: role.external_id,
        requires_mfa: role.requires_mfa,
    };
    match world.provision_role(spec) {
        true => Ok(json!({})),
        false => Err(format!("unknown account `{account}`: provision it first")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listening {
    instance: Option<String>,
    ports: Vec<u16>,
}

fn listen(world: &mut World, wanted: &Listening) -> Answer {
    match &wanted.instance {
        None => world.listen_by_default(&wanted.ports),
        Some(instance) if world.listen(instance, &wanted.ports) => {}
        Some(instance) => {
            return Err(format!(
                "unknown instance `{instance}`: expected the ID of an instance"
            ));
        }
    }
    Ok(json!({}))
}

fn packet(world: &mut World, query: &BTreeMap<String, String>) -> Answer {
    let source = query.get("source").ok_or(
        "missing query parameter `source`: expected the ID of an instance or a network interface",
    )?;
    let destination = query
        .get("destination")
        .ok_or("missing query parameter `destination`: expected an IP address")?;
    let destination = destination
        .parse()
        .map_err(|_| format!("invalid destination `{destination}`: expected an IP address"))?;
    let protocol: Protocol = match query.get("protocol") {
        None => Protocol::echo_to(destination),
        Some(text) => text
            .parse()
            .map_err(|error: InvalidProtocol| error.to_string())?,
    };
    let protocol =
        match query.get("source_port") {
            None => protocol,
            Some(text) => protocol.from_port(text.parse().map_err(|_| {
                format!("invalid source port `{text}`: expected a number up to 65535")
            })?),
        };
    let verdict = world.packet(source, destination, protocol);
    serde_json::to_value(verdict).map_err(|error| error.to_string())
}
