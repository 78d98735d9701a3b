//! From where to where, and with which packets.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Path, done, not_found};
use crate::aliyun::choices::TOO_MANY_PATHS;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::parameters::invalid;
use crate::packet::Protocol;

const SOURCES: [&str; 5] = ["ecs", "internetIp", "vsw", "vpn", "vbr"];
const TARGETS: [&str; 6] = ["ecs", "internetIp", "vsw", "vpn", "vbr", "clb"];

/// An end of a path.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) address: Option<Ipv4Addr>,
    pub(super) port: u16,
}

#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) source: End,
    pub(super) target: End,
    protocol: String,
}

/// What a call asks for. All operations have the same parameters.
pub(super) fn wish(ctx: &Context<'_>) -> Outcome<Wish> {
    let protocol = ctx.required("Protocol")?;
    if !["tcp", "udp", "icmp"].contains(&protocol.as_str()) {
        return Err(invalid("Protocol"));
    }
    let wish = Wish {
        source: end(ctx, "Source", &SOURCES)?,
        target: end(ctx, "Target", &TARGETS)?,
        protocol,
    };
    if wish.protocol != "icmp" {
        ctx.required("TargetPort")?;
    }
    ctx.region()?;
    Ok(wish)
}

fn end(ctx: &Context<'_>, side: &str, kinds: &[&str]) -> Outcome<End> {
    let (id, kind) = (format!("{side}Id"), format!("{side}Type"));
    let end = End {
        id: ctx.required(&id)?,
        kind: ctx.required(&kind)?,
        address: address(ctx, &format!("{side}IpAddress"))?,
        port: port(ctx, &format!("{side}Port"))?,
    };
    match kinds.contains(&end.kind.as_str()) {
        true => Ok(end),
        false => Err(invalid(&kind)),
    }
}

fn address(ctx: &Context<'_>, name: &str) -> Outcome<Option<Ipv4Addr>> {
    let text = ctx.parameters.get(name);
    text.map(|text| text.parse().map_err(|_| invalid(name)))
        .transpose()
}

fn port(ctx: &Context<'_>, name: &str) -> Outcome<u16> {
    let number = ctx.parameters.integer(name)?.unwrap_or_default();
    u16::try_from(number).map_err(|_| invalid(name))
}

impl Wish {
    /// What packets carry. A port that is not named, or 0, is any: the one from which clients send.
    pub(super) fn protocol(&self) -> Protocol {
        let source = match self.source.port {
            0 => Protocol::EPHEMERAL_PORT,
            port => port,
        };
        match self.protocol.as_str() {
            "tcp" => Protocol::tcp(self.target.port).from_port(source),
            "udp" => Protocol::udp(self.target.port).from_port(source),
            _ => Protocol::ECHO,
        }
    }

    /// The parameters as answers tell them, ports as texts.
    pub(super) fn view(&self) -> Value {
        let mut view = json!({"protocol": self.protocol});
        for (side, end) in [("source", &self.source), ("target", &self.target)] {
            view[format!("{side}Id")] = end.id.clone().into();
            view[format!("{side}Type")] = end.kind.clone().into();
            view[format!("{side}Port")] = end.port.to_string().into();
            let address = end.address.map(|address| address.to_string());
            view[format!("{side}IpAddress")] = address.unwrap_or_default().into();
        }
        view
    }

    /// The same with the names of parameters.
    pub(super) fn echo(&self) -> Value {
        let mut echo = json!({});
        for (name, value) in self.view().as_object().into_iter().flatten() {
            let mut letters = name.chars();
            let first = letters.next().unwrap_or_default().to_ascii_uppercase();
            echo[format!("{first}{}", letters.as_str())] = value.clone();
        }
        echo
    }
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = ctx.required("NetworkPathName")?;
    if !(1..=128).contains(&name.chars().count()) {
        return Err(invalid("NetworkPathName"));
    }
    let wish = wish(ctx)?;
    let own = ctx.state.nis.paths.iter();
    let used = own.filter(|path| ctx.is_own(*path)).count();
    if used >= ctx.quota("network_paths") {
        return Err(Failure::bad(
            TOO_MANY_PATHS,
            "The quota of network paths is used up.",
        ));
    }
    let region = ctx.region()?.unwrap_or_default();
    let mut base = ctx.base("np", "", "NetworkPathName", Duration::ZERO)?;
    base.region = region;
    ctx.born("network-path", &base);
    let answer = json!({"NetworkPathId": base.id});
    ctx.state.nis.paths.insert(Path { base, wish });
    Ok(answer)
}

pub(super) fn own(ctx: &Context<'_>, id: &str) -> Outcome<Path> {
    let path = ctx.state.nis.paths.get(id);
    let path = path.filter(|path| ctx.is_own(*path));
    path.cloned().ok_or_else(|| not_found("NetworkPath", id))
}

/// All or none; the analyses of a path go with it.
pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let named = named(ctx, "NetworkPathIds")?;
    for id in &named {
        own(ctx, id)?;
    }
    let now = ctx.now;
    for id in &named {
        if let Some(path) = ctx.state.nis.paths.get_mut(id) {
            path.base.life.leave(now);
        }
        for analysis in ctx.state.nis.analyses.iter_mut() {
            if analysis.path.as_deref() == Some(id) {
                analysis.base.life.leave(now);
            }
        }
    }
    ctx.forget_nis();
    Ok(done())
}

/// The ids in a parameter that holds a list as JSON; at least one.
pub(super) fn named(ctx: &Context<'_>, parameter: &str) -> Outcome<Vec<String>> {
    ctx.required(parameter)?;
    let named = ctx.parameters.json_list(parameter)?.unwrap_or_default();
    match named.is_empty() {
        true => Err(invalid(parameter)),
        false => Ok(named),
    }
}

impl Context<'_> {
    /// Removes what was deleted.
    pub(super) fn forget_nis(&mut self) {
        let nis = &mut self.state.nis;
        self.ledger.close_gone(&mut nis.paths, self.now);
        self.ledger.close_gone(&mut nis.analyses, self.now);
    }
}
