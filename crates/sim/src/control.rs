//! The control interface, for programs that run the simulator as a process.
//!
//! Unsigned JSON under `/_sim/`, on the same (loopback) port as the clouds.
//!
//! | request | meaning |
//! | --- | --- |
//! | `GET /_sim/calls` | every call: `[{seq, at, account, product, action, region, write, parameters, status, code, request_id}]` |
//! | `GET /_sim/ledger` | everything ever created: `[{account, region, product, kind, id, created_at, deleted_at}]`; `?alive=true` for what exists |
//! | `GET /_sim/clock` | `{now, uptime_seconds}` |
//! | `POST /_sim/clock` | `{"advance_seconds": 60}`; answers like `GET` |
//! | `GET /_sim/faults` | `[{id, hits, rule}]` |
//! | `POST /_sim/faults` | a rule, for example `{"effect": {"type": "error_before", "status": 400, "code": "X"}, "action": "CreateVpc", "nth": 1}`; answers `{id}` |
//! | `DELETE /_sim/faults` | removes all rules; `DELETE /_sim/faults?id=1` one |
//! | `GET /_sim/accounts` | `[{cloud, id, name, alias, login_name, access_key_ids}]`, no secrets |
//! | `POST /_sim/accounts` | `{"cloud": "aliyun", "id": "1234567890123456", "name": "a", "identity": "user"}` (or `"aws"` with twelve digits), with optional `access_key_id` and `access_key_secret`, `alias`, `login_name`, `policy` (a document, as JSON or as text, that restricts the user), `closed_services: ["transit_router", "cdt", "cdt_cross_border"]`, `quotas: {name: n}`; answers the keys, secret included |
//! | `POST /_sim/roles` | `{"account", "name", "trusts": [..], "external_id"?, "requires_mfa"?}` |
//! | `POST /_sim/border-routers` | `{"account", "region", "prefixes": ["10.9.0.0/16"], "hosts": ["10.9.0.10"], "id"?, "name"?}`; answers `{id}` |
//! | `POST /_sim/border-router-approvals` | `{"member_account", "router_account"}`: the first may grant border routers to express connect routers of the second |
//! | `POST /_sim/oidc-providers` | `{"account", "name", "accepted_token"}`: an identity provider, Alibaba Cloud only |
//! | `POST /_sim/shares` | `{"vswitch", "account"}`: lets the account use a vSwitch of another |
//! | `POST /_sim/classic-instances` | `{"account", "region"}`: an instance in the classic network; answers `{instance_id}` |
//! | `GET /_sim/packet?source=i-..&destination=10.0.0.1&protocol=icmp` | the verdict on a packet; `protocol` is `icmp`, `tcp:80` or `udp:53` |
//!
//! A fault's `effect` is one of `error_before {status, code}`, `error_after {status, code}`, `drop_before`, `drop_after`,
//! `slow_body {milliseconds}`, `truncated_body {keep}`, `throttle {retry_after_milliseconds}`, `expire_session`,
//! `clock_skew {seconds}`; its conditions are `product`, `action`, `account`, `region`, `write`, `nth`, `probability`, `times`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::Ipv4Net;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::account::{AccountSpec, IdentityKind, RoleSpec, Service};
use crate::border_router::BorderRouterSpec;
use crate::clock::rfc3339;
use crate::faults::{FaultId, FaultRule};
use crate::ledger::LedgerEntry;
use crate::verdict::Protocol;
use crate::wire::{Reply, Request};
use crate::world::World;

type Answer = Result<Value, String>;

pub(crate) fn handle(world: &mut World, request: &Request) -> Reply {
    let name = request.path.trim_start_matches("/_sim/");
    let query: BTreeMap<String, String> = request.query_pairs().into_iter().collect();
    let answer = match (request.method.as_str(), name) {
        ("GET", "calls") => Ok(calls(world)),
        ("GET", "ledger") => Ok(ledger(
            world,
            query.get("alive").is_some_and(|alive| alive == "true"),
        )),
        ("GET", "clock") => Ok(clock(world)),
        ("POST", "clock") => body(request).and_then(|advance| move_clock(world, &advance)),
        ("GET", "faults") => Ok(faults(world)),
        ("POST", "faults") => {
            body::<FaultRule>(request).map(|rule| json!({"id": world.faults.add(rule)}))
        }
        ("DELETE", "faults") => remove_faults(world, query.get("id")),
        ("GET", "accounts") => Ok(accounts(world)),
        ("POST", "accounts") => body(request).and_then(|account| add_account(world, account)),
        ("POST", "roles") => body(request).map(|role| add_role(world, role)),
        ("POST", "border-routers") => body(request).map(|new| add_border_router(world, new)),
        ("POST", "border-router-approvals") => body(request).map(|pair| approve(world, &pair)),
        ("POST", "oidc-providers") => body(request).map(|new| add_provider(world, &new)),
        ("POST", "shares") => body(request).and_then(|new| add_share(world, &new)),
        ("POST", "classic-instances") => body(request).map(|new| add_classic_instance(world, &new)),
        ("GET", "packet") => packet(world, &query),
        _ => return Reply::json(404, &json!({"error": "no such control request"})),
    };
    match answer {
        Ok(value) => Reply::json(200, &value),
        Err(error) => Reply::json(400, &json!({ "error": error })),
    }
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

fn calls(world: &World) -> Value {
    let calls = world.calls.all().iter().map(|call| {
        json!({
            "seq": call.seq, "at": rfc3339(call.at), "account": call.account, "product": call.product,
            "action": call.action, "region": call.region, "write": call.write, "parameters": call.parameters,
            "status": call.status, "code": call.code, "request_id": call.request_id,
        })
    });
    calls.collect()
}

fn ledger(world: &World, alive_only: bool) -> Value {
    let entry = |entry: &LedgerEntry| {
        json!({
            "account": entry.account, "region": entry.region, "product": entry.product, "kind": entry.kind,
            "id": entry.id, "created_at": rfc3339(entry.created_at), "deleted_at": entry.deleted_at.map(rfc3339),
        })
    };
    world
        .ledger
        .entries()
        .iter()
        .filter(|entry| !alive_only || entry.deleted_at.is_none())
        .map(entry)
        .collect()
}

fn clock(world: &World) -> Value {
    json!({"now": rfc3339(world.clock.now()), "uptime_seconds": world.clock.uptime().as_secs_f64()})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: f64,
}

fn move_clock(world: &mut World, advance: &Advance) -> Answer {
    let by =
        Duration::try_from_secs_f64(advance.advance_seconds).map_err(|error| error.to_string())?;
    world.clock.advance(by);
    world.settle();
    Ok(clock(world))
}

fn faults(world: &World) -> Value {
    world
        .faults
        .rules()
        .map(|(id, rule, hits)| json!({"id": id, "hits": hits, "rule": rule}))
        .collect()
}

fn remove_faults(world: &mut World, id: Option<&String>) -> Answer {
    match id {
        None => world.faults.clear(),
        Some(id) => {
            let id = id.parse().map_err(|_| "id is not a number".to_owned())?;
            if !world.faults.remove(FaultId(id)) {
                return Err("no such rule".to_owned());
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
            "access_key_ids": world.accounts.key_ids(&account.id),
        })
    };
    world.accounts.accounts().map(account).collect()
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
        _ => return Err("access_key_id and access_key_secret go together".to_owned()),
    }
    for service in new.closed_services {
        spec = spec.service_open(service_of(&service), false);
    }
    for (name, limit) in new.quotas {
        spec = spec.quota(name, limit);
    }
    let keys = world.accounts.provision(spec, &mut world.ids);
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewProvider {
    account: String,
    name: String,
    accepted_token: String,
}

fn add_provider(world: &mut World, new: &NewProvider) -> Value {
    let ram = &mut world.aliyun.state.ram;
    ram.provision_provider(&new.account, &new.name, &new.accepted_token);
    json!({})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewShare {
    vswitch: String,
    account: String,
}

fn add_share(world: &mut World, new: &NewShare) -> Answer {
    if world.aliyun.state.vpc.share(&new.vswitch, &new.account) {
        Ok(json!({}))
    } else {
        Err("no such vSwitch".to_owned())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewClassicInstance {
    account: String,
    region: String,
}

fn add_classic_instance(world: &mut World, new: &NewClassicInstance) -> Value {
    json!({"instance_id": world.provision_classic_instance(&new.account, &new.region)})
}

fn add_role(world: &mut World, role: NewRole) -> Value {
    let spec = RoleSpec {
        account: role.account,
        name: role.name,
        trusts: role.trusts,
        external_id: role.external_id,
        requires_mfa: role.requires_mfa,
    };
    world.provision_role(spec);
    json!({})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBorderRouter {
    account: String,
    region: String,
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    prefixes: Vec<Ipv4Net>,
    #[serde(default)]
    hosts: Vec<Ipv4Addr>,
}

fn add_border_router(world: &mut World, new: NewBorderRouter) -> Value {
    let id = world.provision_border_router(BorderRouterSpec {
        account: new.account,
        region: new.region,
        id: new.id,
        name: new.name,
        prefixes: new.prefixes,
        hosts: new.hosts,
    });
    json!({ "id": id })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    member_account: String,
    router_account: String,
}

fn approve(world: &mut World, pair: &Approval) -> Value {
    let state = &mut world.aliyun.state;
    state
        .ecr
        .approve(&pair.member_account, &pair.router_account);
    json!({})
}

fn packet(world: &mut World, query: &BTreeMap<String, String>) -> Answer {
    let source = query.get("source").ok_or("source is missing")?;
    let destination = query.get("destination").ok_or("destination is missing")?;
    let destination = destination
        .parse()
        .map_err(|_| "destination is not an address".to_owned())?;
    let protocol = query
        .get("protocol")
        .map_or(Some(Protocol::Icmp), |text| protocol(text));
    let protocol = protocol.ok_or("protocol is icmp, tcp:PORT or udp:PORT")?;
    let verdict = world.packet(source, destination, protocol);
    serde_json::to_value(verdict).map_err(|error| error.to_string())
}

fn protocol(text: &str) -> Option<Protocol> {
    match text.split_once(':') {
        None if text == "icmp" => Some(Protocol::Icmp),
        Some(("tcp", port)) => port.parse().ok().map(Protocol::Tcp),
        Some(("udp", port)) => port.parse().ok().map(Protocol::Udp),
        _ => None,
    }
}
