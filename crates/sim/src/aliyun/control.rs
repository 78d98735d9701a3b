//! Control verbs that only this cloud has: what the setup can make and calls cannot.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::Deserialize;
use serde_json::{Value, json};

use super::state::Cloud;
use crate::border_router::BorderRouterSpec;
use crate::cloud::Answer;
use crate::control::read;
use crate::world::Common;

pub(super) fn handle(
    cloud: &mut Cloud,
    common: &mut Common,
    verb: &str,
    body: &[u8],
) -> Option<Answer> {
    let done = |()| json!({});
    Some(match verb {
        "border-routers" => read(body).map(|new| add_border_router(cloud, common, new)),
        "border-router-approvals" => read(body).map(|pair| approve(cloud, &pair)).map(done),
        "oidc-providers" => read(body).map(|new| add_provider(cloud, &new)).map(done),
        "shares" => read(body).and_then(|new| add_share(cloud, &new)).map(done),
        "classic-instances" => read(body).map(|new| add_classic_instance(cloud, common, &new)),
        _ => return None,
    })
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

fn add_border_router(cloud: &mut Cloud, common: &mut Common, new: NewBorderRouter) -> Value {
    let spec = BorderRouterSpec {
        account: new.account,
        region: new.region,
        id: new.id,
        name: new.name,
        prefixes: new.prefixes,
        hosts: new.hosts,
    };
    json!({ "id": cloud.provision_border_router(common, spec) })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    member_account: String,
    router_account: String,
}

fn approve(cloud: &mut Cloud, pair: &Approval) {
    let ecr = &mut cloud.state.ecr;
    ecr.approve(&pair.member_account, &pair.router_account);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewProvider {
    account: String,
    name: String,
    accepted_token: String,
}

fn add_provider(cloud: &mut Cloud, new: &NewProvider) {
    let ram = &mut cloud.state.ram;
    ram.provision_provider(&new.account, &new.name, &new.accepted_token);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewShare {
    vswitch: String,
    account: String,
}

fn add_share(cloud: &mut Cloud, new: &NewShare) -> Result<(), String> {
    match cloud.state.vpc.share(&new.vswitch, &new.account) {
        true => Ok(()),
        false => Err(format!("unknown vSwitch `{}`", new.vswitch)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewClassicInstance {
    account: String,
    region: String,
}

fn add_classic_instance(cloud: &mut Cloud, common: &mut Common, new: &NewClassicInstance) -> Value {
    let id = cloud.provision_classic_instance(common, &new.account, &new.region);
    json!({ "instance_id": id })
}
