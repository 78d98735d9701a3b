//! Network ACLs: they filter what enters and leaves vSwitches, packet by packet, without memory.

use std::time::Duration;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::acl_entries::{self, Entry, Far, Way};
use super::{check_ready, own_vpc, prefix_lists, refuse_if};
use crate::aliyun::choices::{ACL_BOUND_ALREADY, ACL_NOT_BOUND};
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::aliyun::parameters::invalid;
use crate::packet::Packet;
use crate::table::{Base, Life, Object, Phase};

#[derive(Debug, Clone)]
pub(crate) struct Acl {
    pub(crate) base: Base,
    vpc: String,
    /// The user's entries, in the order in which they count.
    pub(super) ingress: Vec<Entry>,
    pub(super) egress: Vec<Entry>,
    bindings: Vec<Binding>,
}

/// An ACL in front of a vSwitch.
#[derive(Debug, Clone)]
struct Binding {
    vswitch: String,
    life: Life,
}

impl Binding {
    /// What is being taken off still filters.
    fn filters(&self, now: Duration) -> bool {
        matches!(self.life.phase(now), Phase::Ready | Phase::Leaving)
    }

    fn exists(&self, now: Duration) -> bool {
        self.life.phase(now) != Phase::Gone
    }
}

/// The cloud's own services, which entries of the user cannot shut out.
const SERVICES: [&str; 2] = ["100.100.2.112/28", "100.100.2.128/28"];

impl Acl {
    fn custom(&self, way: Way) -> &[Entry] {
        match way {
            Way::Ingress => &self.ingress,
            Way::Egress => &self.egress,
        }
    }

    /// The entries behind the user's: those for the cloud's services, and the last word, which is no.
    fn others(&self, way: Way) -> Vec<(Entry, &'static str)> {
        let range = |text: &str| text.parse::<IpNet>().ok();
        let everything = |text: &str, accepts| Some(Entry::everything(range(text)?, accepts));
        let services = SERVICES.iter().filter_map(|text| everything(text, true));
        let mut others: Vec<(Entry, &str)> = services.map(|entry| (entry, "service")).collect();
        others.extend(everything("0.0.0.0/0", false).map(|entry| (entry, "system")));
        if self.custom(way).iter().any(Entry::is_v6) {
            others.extend(everything("::/0", false).map(|entry| (entry, "system")));
        }
        others
    }

    /// The first entry that is about a packet decides; without one it is dropped.
    pub(crate) fn lets(
        &self,
        packet: &Packet,
        way: Way,
        ranges_of_list: impl Fn(&str) -> Vec<IpNet>,
    ) -> bool {
        let others = self.others(way);
        let mut all = self
            .custom(way)
            .iter()
            .chain(others.iter().map(|(entry, _)| entry));
        let deciding = all.find(|entry| entry.covers(packet, way, &ranges_of_list));
        deciding.is_some_and(|entry| entry.accepts)
    }

    fn status(&self, now: Duration) -> &'static str {
        let moves =
            |binding: &Binding| matches!(binding.life.phase(now), Phase::Creating | Phase::Leaving);
        if self.life().is_ready(now) && !self.bindings.iter().any(moves) {
            "Available"
        } else {
            "Modifying"
        }
    }

    pub(super) fn is_of(&self, vpc: &str) -> bool {
        self.vpc == vpc
    }

    /// Whether entries refer to a prefix list.
    pub(super) fn names_list(&self, id: &str) -> bool {
        let mut entries = self.ingress.iter().chain(&self.egress);
        entries.any(|entry| matches!(&entry.far, Far::PrefixList(list) if list == id))
    }
}

/// The ACL that filters what enters and leaves a vSwitch now.
pub(crate) fn acl_of<'a>(state: &'a super::State, vswitch: &str, now: Duration) -> Option<&'a Acl> {
    let stands_at = |acl: &&Acl| {
        let mut bindings = acl.bindings.iter();
        bindings.any(|binding| binding.vswitch == vswitch && binding.filters(now))
    };
    state.acls.iter().find(stands_at)
}

/// Whether a vSwitch has an ACL, or is about to.
pub(super) fn has_acl(state: &super::State, vswitch: &str, now: Duration) -> bool {
    let mut bindings = state.acls.iter().flat_map(|acl| &acl.bindings);
    bindings.any(|binding| binding.vswitch == vswitch && binding.exists(now))
}

fn own(ctx: &Context<'_>) -> Outcome<Acl> {
    let id = ctx.required("NetworkAclId")?;
    let known = ctx.state.vpc.acls.get(&id);
    let seen = known.filter(|acl| ctx.can_see(*acl) && acl.life().phase(ctx.now) != Phase::Gone);
    let missing = || {
        Failure::missing(
            "InvalidNetworkAcl.NotFound",
            format!("Specified network ACL {id} does not exist."),
        )
    };
    seen.cloned().ok_or_else(missing)
}

/// One that nothing else changes at the moment.
fn own_idle(ctx: &Context<'_>) -> Outcome<Acl> {
    let acl = own(ctx)?;
    let is_busy = acl.status(ctx.now) != "Available";
    refuse_if(is_busy, "TaskConflict", "The network ACL")?;
    Ok(acl)
}

fn store(ctx: &mut Context<'_>, acl: Acl) {
    if let Some(stored) = ctx.state.vpc.acls.get_mut(&acl.base.id) {
        *stored = acl;
    }
}

/// A new ACL lets everything of IPv4 pass.
pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let vpc = own_vpc(ctx, &ctx.required("VpcId")?)?;
    check_ready(&vpc, ctx.now)?;
    let used = ctx
        .state
        .vpc
        .acls
        .iter()
        .filter(|acl| ctx.is_own(*acl))
        .count();
    if used >= ctx.quota("network_acls") {
        return Err(Failure::bad(
            "QuotaExceeded.NetworkAcl",
            "Network ACL quota exceeded.",
        ));
    }
    let takes = ctx.setup.timings.network_acl;
    let mut base = ctx.base("nacl", &region, "NetworkAclName", takes)?;
    base.description = ctx.parameters.text("Description");
    ctx.born("network-acl", &base);
    let mut acl = Acl {
        base,
        vpc: vpc.base.id,
        ingress: Vec::new(),
        egress: Vec::new(),
        bindings: Vec::new(),
    };
    let everything = Entry::everything(IpNet::V4(ipnet::Ipv4Net::default()), true);
    acl.ingress = with_ids(ctx, &region, vec![everything.clone()]);
    acl.egress = with_ids(ctx, &region, vec![everything]);
    let answer =
        json!({ "NetworkAclId": acl.base.id, "NetworkAclAttribute": fresh_view(ctx, &acl) });
    ctx.state.vpc.acls.insert(acl);
    Ok(answer)
}

/// The answer to its creation tells less than lists do.
fn fresh_view(ctx: &Context<'_>, acl: &Acl) -> Value {
    let mut view = view(ctx, acl);
    let forget = |value: &mut Value, names: &[&str]| {
        let members = value.as_object_mut().into_iter();
        members.for_each(|members| members.retain(|name, _| !names.contains(&name.as_str())));
    };
    forget(&mut view, &["OwnerId", "Tags"]);
    for way in ["IngressAclEntries", "EgressAclEntries"] {
        let lists = view[way].as_object_mut().into_iter().flatten();
        let entries = lists.filter_map(|(_, list)| list.as_array_mut()).flatten();
        entries.for_each(|entry| forget(entry, &["EntryType", "IpVersion"]));
    }
    view
}

fn with_ids(ctx: &mut Context<'_>, region: &str, mut entries: Vec<Entry>) -> Vec<Entry> {
    for entry in entries.iter_mut().filter(|entry| entry.id.is_empty()) {
        entry.id = ctx.new_id("nae", region);
    }
    entries
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let resource = parameters.get("ResourceId").filter(|_| {
        // The two count together only.
        parameters.get("ResourceType").is_some()
    });
    let shown = |acl: &&Acl| {
        let mut bound = acl
            .bindings
            .iter()
            .filter(|binding| binding.exists(ctx.now));
        ctx.lists(*acl)
            && parameters.tags_match_under("Tags", &acl.base.tags)
            && parameters.matches("VpcId", &acl.vpc)
            && parameters.matches("NetworkAclId", &acl.base.id)
            && parameters.matches("NetworkAclName", &acl.base.name)
            && resource.is_none_or(|id| bound.any(|binding| binding.vswitch == id))
    };
    let acls = ctx.state.vpc.acls.iter().filter(shown);
    let rows = acls.map(|acl| view(ctx, acl)).collect();
    let page = numbered(parameters, rows, 50)?;
    Ok(json!({
        "NetworkAcls": {"NetworkAcl": page.items},
        "TotalCount": page.total.to_string(), "PageNumber": page.number.to_string(), "PageSize": page.size.to_string(),
    }))
}

pub(super) fn describe_one(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let acl = own(ctx)?;
    Ok(json!({ "NetworkAclAttribute": view(ctx, &acl) }))
}

fn view(ctx: &Context<'_>, acl: &Acl) -> Value {
    let entries = |way: Way| -> Value {
        let custom = acl
            .custom(way)
            .iter()
            .map(|entry| entry.view(way, "custom"));
        let others = acl.others(way);
        let others = others.iter().map(|(entry, kind)| entry.view(way, kind));
        json!({ way.member(): custom.chain(others).collect::<Vec<Value>>() })
    };
    let bound = acl
        .bindings
        .iter()
        .filter(|binding| binding.exists(ctx.now));
    let resources = bound.map(|binding| {
        let status = match binding.life.phase(ctx.now) {
            Phase::Creating => "BINDING",
            Phase::Leaving => "UNBINDING",
            _ => "BINDED",
        };
        json!({"ResourceId": binding.vswitch, "ResourceType": "VSwitch", "Status": status})
    });
    json!({
        "NetworkAclId": acl.base.id, "NetworkAclName": acl.base.name, "Description": acl.base.description,
        "VpcId": acl.vpc, "RegionId": acl.base.region, "OwnerId": uid(&acl.base.owner), "Status": acl.status(ctx.now),
        "CreationTime": ctx.date(acl.base.life.created), "Tags": {"Tag": tags(&acl.base.tags)},
        Way::Ingress.list(): entries(Way::Ingress), Way::Egress.list(): entries(Way::Egress),
        "Resources": {"Resource": resources.collect::<Vec<Value>>()},
    })
}

/// Replaces all entries of a way, if it is asked to.
pub(super) fn update_entries(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let mut acl = own_idle(ctx)?;
    for (way, flag, quota) in [
        (
            Way::Ingress,
            "UpdateIngressAclEntries",
            "network_acl_ingress_entries",
        ),
        (
            Way::Egress,
            "UpdateEgressAclEntries",
            "network_acl_egress_entries",
        ),
    ] {
        if !ctx.parameters.flag(flag)? {
            continue;
        }
        let entries = acl_entries::sent(ctx, way)?;
        check_lists(ctx, &entries)?;
        check_count(ctx, &entries, quota)?;
        let entries = with_ids(ctx, &region, entries);
        match way {
            Way::Ingress => acl.ingress = entries,
            Way::Egress => acl.egress = entries,
        }
    }
    acl.base
        .life
        .modify(ctx.now + ctx.setup.timings.network_acl);
    store(ctx, acl);
    Ok(json!({}))
}

fn check_lists(ctx: &Context<'_>, entries: &[Entry]) -> Outcome<()> {
    for entry in entries {
        if let Far::PrefixList(id) = &entry.far {
            prefix_lists::own(ctx, id)?;
        }
    }
    Ok(())
}

/// Each family has the quota for itself.
fn check_count(ctx: &Context<'_>, entries: &[Entry], quota: &str) -> Outcome<()> {
    let of_family = |v6: bool| entries.iter().filter(|entry| entry.is_v6() == v6).count();
    if of_family(false).max(of_family(true)) <= ctx.quota(quota) {
        return Ok(());
    }
    Err(Failure::bad(
        "QuotaExceeded.AclEntry",
        "Network ACL entry quota exceeded.",
    ))
}

/// The vSwitches that a call names, `Resource.N.ResourceId`.
fn resources(ctx: &Context<'_>) -> Outcome<Vec<String>> {
    let parameters = &ctx.parameters;
    let one = |number| {
        let kind = parameters.nested("Resource", number, "ResourceType");
        let id = parameters.nested("Resource", number, "ResourceId");
        match (kind, id) {
            (Some("VSwitch"), Some(id)) => Ok(id.to_owned()),
            _ => Err(invalid("Resource")),
        }
    };
    let ids: Vec<String> = parameters
        .numbers("Resource")
        .into_iter()
        .map(one)
        .collect::<Outcome<_>>()?;
    if ids.is_empty() || ids.len() > 30 {
        return Err(invalid("Resource"));
    }
    Ok(ids)
}

pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let mut acl = own_idle(ctx)?;
    let takes = ctx.setup.timings.network_acl;
    for id in resources(ctx)? {
        let vswitch = ctx.state.vpc.vswitches.get(&id);
        let here = vswitch.filter(|vswitch| ctx.can_see(*vswitch) && vswitch.vpc == acl.vpc);
        if here.is_none() {
            let message = format!("vSwitch {id} does not exist in the VPC of the network ACL.");
            return Err(Failure::missing("InvalidVSwitchId.NotFound", message));
        }
        let is_doubled = acl
            .bindings
            .iter()
            .any(|known| known.vswitch == id && known.exists(ctx.now));
        if is_doubled || has_acl(&ctx.state.vpc, &id, ctx.now) {
            let message = format!("vSwitch {id} has a network ACL already.");
            return Err(Failure::bad(ACL_BOUND_ALREADY, message));
        }
        acl.bindings.push(Binding {
            vswitch: id,
            life: Life::new(ctx.now, takes),
        });
    }
    store(ctx, acl);
    Ok(json!({}))
}

pub(super) fn unassociate(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let mut acl = own_idle(ctx)?;
    let end = ctx.now + ctx.setup.timings.network_acl;
    for id in resources(ctx)? {
        let mut bindings = acl.bindings.iter_mut();
        let bound = bindings.find(|binding| binding.vswitch == id && binding.exists(ctx.now));
        let Some(binding) = bound else {
            let message = format!("vSwitch {id} does not have the network ACL.");
            return Err(Failure::bad(ACL_NOT_BOUND, message));
        };
        binding.life.leave(end);
    }
    store(ctx, acl);
    Ok(json!({}))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let mut acl = own_idle(ctx)?;
    if acl.bindings.iter().any(|binding| binding.exists(ctx.now)) {
        return Err(Failure::bad(
            "NetworkAclExistBinding",
            "The network ACL is still bound to a vSwitch.",
        ));
    }
    acl.base.life.leave(ctx.now + ctx.setup.timings.network_acl);
    store(ctx, acl);
    Ok(json!({}))
}
