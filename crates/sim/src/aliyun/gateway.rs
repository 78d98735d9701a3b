//! The front door: reads a call, lets faults act, authenticates, throttles, remembers tokens, records.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::authenticate::{Caller, Dates, authenticate, claimed_key};
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::memory::Place;
use super::operation::{Operation, Product, find};
use super::parameters::Parameters;
use crate::account::Holder;
use crate::calls::Call;
use crate::clock::http_date;
use crate::faults::{FaultEffect, Subject};
use crate::wire::{Delivery, Reply, Request};
use crate::world::World;

/// A call as read from the request, before anything is believed.
struct Envelope {
    action: String,
    region: String,
    host: String,
    key_id: Option<String>,
    /// Query and form body merged, signature parameters included.
    everything: BTreeMap<String, String>,
    operation: Option<(Product, &'static Operation)>,
}

impl Envelope {
    fn read(request: &Request) -> Self {
        let everything: BTreeMap<_, _> = request
            .query_pairs()
            .into_iter()
            .chain(request.form_pairs())
            .collect();
        let common = |header: &str, parameter: &str| {
            request
                .header(header)
                .map(str::to_owned)
                .or_else(|| everything.get(parameter).cloned())
        };
        let action = common("x-acs-action", "Action").unwrap_or_default();
        let version = common("x-acs-version", "Version");
        let host = request.header("host").unwrap_or_default().to_owned();
        Self {
            region: everything.get("RegionId").cloned().unwrap_or_default(),
            key_id: claimed_key(request, &everything),
            operation: find(version.as_deref(), &host, &action),
            action,
            host,
            everything,
        }
    }

    fn product(&self) -> &'static str {
        self.operation.map_or("", |(product, _)| product.name())
    }

    fn is_write(&self) -> bool {
        self.operation.is_some_and(|(_, operation)| operation.write)
    }

    /// The operation's own parameters, without those of the signature.
    fn parameters(&self) -> Parameters {
        const COMMON: [&str; 11] = [
            "Action",
            "Version",
            "Format",
            "AccessKeyId",
            "SignatureMethod",
            "SignatureVersion",
            "SignatureNonce",
            "SignatureType",
            "Timestamp",
            "SecurityToken",
            "Signature",
        ];
        let own = self
            .everything
            .iter()
            .filter(|(name, _)| !COMMON.contains(&name.as_str()));
        Parameters::new(own.map(|(name, value)| (name.clone(), value.clone())))
    }
}

/// Answers one request.
pub(crate) fn handle(world: &mut World, request: &Request) -> Reply {
    let envelope = Envelope::read(request);
    let account = claimed_account(world, &envelope);
    let subject = Subject {
        product: envelope.product(),
        action: &envelope.action,
        account: &account,
        region: &envelope.region,
        write: envelope.is_write(),
    };
    let effect = world.faults.hit(&subject);
    let outcome = match refused_before(effect.as_ref()) {
        Some(failure) => Err(failure),
        None => answer(world, request, &envelope, effect.as_ref()),
    };
    let outcome = changed_after(outcome, effect.as_ref());
    let request_id = world.ids.uuid("request");
    let reply = reply(outcome, &request_id, &envelope.host, effect.as_ref());
    record(world, &envelope, account, &reply, request_id);
    reply.0
}

fn claimed_account(world: &World, envelope: &Envelope) -> String {
    let key = envelope
        .key_id
        .as_deref()
        .and_then(|id| world.accounts.key(id));
    key.map(|key| key.account.clone()).unwrap_or_default()
}

const INJECTED: &str = "Injected by a fault rule.";

fn refused_before(effect: Option<&FaultEffect>) -> Option<Failure> {
    match effect? {
        FaultEffect::ErrorBefore { status, code } => {
            Some(Failure::new(*status, code.clone(), INJECTED))
        }
        FaultEffect::Throttle {
            retry_after_milliseconds,
        } => Some(Failure {
            retry_after: *retry_after_milliseconds,
            ..Failure::throttled(0)
        }),
        FaultEffect::DropBefore => Some(Failure::new(0, "ConnectionDropped", INJECTED)),
        _ => None,
    }
}

fn changed_after(outcome: Outcome, effect: Option<&FaultEffect>) -> Outcome {
    match (effect, &outcome) {
        (Some(FaultEffect::ErrorAfter { status, code }), Ok(_)) => {
            Err(Failure::new(*status, code.clone(), INJECTED))
        }
        _ => outcome,
    }
}

fn answer(
    world: &mut World,
    request: &Request,
    envelope: &Envelope,
    effect: Option<&FaultEffect>,
) -> Outcome {
    if request.path != "/" || !matches!(request.method.as_str(), "GET" | "POST") {
        return Err(Failure::missing(
            "InvalidApi.NotFound",
            "Specified api is not found, please check your url and method.",
        ));
    }
    let Some((product, operation)) = envelope.operation else {
        return Err(Failure::missing(
            "InvalidAction.NotFound",
            "Specified api is not found, please check your url and method.",
        ));
    };
    if let (Some(FaultEffect::ExpireSession), Some(key_id)) = (effect, &envelope.key_id) {
        world.accounts.expire(key_id);
        if !matches!(
            world.accounts.key(key_id).map(|key| &key.holder),
            Some(Holder::Session { .. })
        ) {
            return Err(Failure::bad("InvalidSecurityToken.Expired", INJECTED));
        }
    }
    let now = world.clock.uptime();
    let dates = Dates {
        uptime: now,
        accepted: [world.date(now), SystemTime::now()].map(|date| skewed(date, effect)),
    };
    let nonces = &mut world.aliyun.nonces;
    let caller = authenticate(
        request,
        &envelope.everything,
        &world.accounts,
        nonces,
        &dates,
    )?;
    let rate = operation.rate.unwrap_or(world.aliyun.setup.default_rate);
    let (account, region) = (&caller.account, &envelope.region);
    world
        .aliyun
        .throttle
        .take(account, region, operation.name, rate, now)?;
    perform(
        world,
        caller,
        product,
        operation,
        envelope.parameters(),
        now,
    )
}

fn skewed(date: SystemTime, effect: Option<&FaultEffect>) -> SystemTime {
    let Some(FaultEffect::ClockSkew { seconds }) = effect else {
        return date;
    };
    let by = Duration::from_secs(seconds.unsigned_abs());
    let shifted = if *seconds < 0 {
        date.checked_sub(by)
    } else {
        date.checked_add(by)
    };
    shifted.unwrap_or(date)
}

/// Runs an authenticated call, unless its token says that it ran already or it is a dry run.
fn perform(
    world: &mut World,
    caller: Caller,
    product: Product,
    operation: &Operation,
    parameters: Parameters,
    now: Duration,
) -> Outcome {
    if operation.write && parameters.flag("DryRun")? {
        return rehearse(world, caller, product, operation, parameters, now);
    }
    let place = if operation.token {
        Place::of(&caller.account, operation.name, &parameters)?
    } else {
        None
    };
    let memory = world.aliyun.setup.timings.token_memory;
    if let Some(place) = &place
        && let Some(first) = world.aliyun.tokens.recall(place, now, memory)?
    {
        return Ok(first);
    }
    let mut context = Context {
        state: &mut world.aliyun.state,
        setup: &world.aliyun.setup,
        ids: &mut world.ids,
        ledger: &mut world.ledger,
        accounts: &mut world.accounts,
        clock: &world.clock,
        now,
        caller,
        product,
        parameters,
    };
    let answer = (operation.run)(&mut context)?;
    if let Some(place) = place {
        world.aliyun.tokens.remember(place, &answer, now);
    }
    Ok(answer)
}

/// A dry run that would succeed is reported as an error, as the clouds do.
fn rehearse(
    world: &World,
    caller: Caller,
    product: Product,
    operation: &Operation,
    parameters: Parameters,
    now: Duration,
) -> Outcome {
    let mut context = Context {
        state: &mut world.aliyun.state.clone(),
        setup: &world.aliyun.setup,
        ids: &mut world.ids.clone(),
        ledger: &mut world.ledger.clone(),
        accounts: &mut world.accounts.clone(),
        clock: &world.clock,
        now,
        caller,
        product,
        parameters,
    };
    (operation.run)(&mut context)?;
    let code = if operation.name == "DeleteInstances" {
        "DRYRUN.SUCCESS"
    } else {
        "DryRunOperation"
    };
    Err(Failure::bad(
        code,
        "Request validation has been passed with DryRun flag set.",
    ))
}

fn reply(
    outcome: Outcome,
    request_id: &str,
    host: &str,
    effect: Option<&FaultEffect>,
) -> (Reply, Option<String>) {
    let (mut reply, code) = match outcome {
        Ok(mut body) => {
            if let Some(object) = body.as_object_mut() {
                object.insert("RequestId".to_owned(), Value::from(request_id));
            }
            (Reply::json(200, &body), None)
        }
        Err(failure) => {
            let mut reply = Reply::json(failure.status, &failure.body(request_id, host));
            if let Some(milliseconds) = failure.retry_after {
                reply
                    .headers
                    .push(("x-acs-retry-after", milliseconds.to_string()));
            }
            (reply, Some(failure.code))
        }
    };
    reply
        .headers
        .push(("x-acs-request-id", request_id.to_owned()));
    reply
        .headers
        .push(("date", http_date(skewed(SystemTime::now(), effect))));
    reply.delivery = match effect {
        Some(FaultEffect::DropBefore | FaultEffect::DropAfter) => Delivery::Dropped,
        Some(FaultEffect::SlowBody { milliseconds }) => {
            Delivery::Slow(FaultEffect::slowness(*milliseconds))
        }
        Some(FaultEffect::TruncatedBody { keep }) => Delivery::Truncated(*keep),
        _ => Delivery::Whole,
    };
    (reply, code)
}

fn record(
    world: &mut World,
    envelope: &Envelope,
    account: String,
    reply: &(Reply, Option<String>),
    request_id: String,
) {
    let dropped = reply.0.delivery == Delivery::Dropped;
    world.calls.record(Call {
        seq: 0,
        at: world.clock.now(),
        account,
        product: envelope.product().to_owned(),
        action: envelope.action.clone(),
        region: envelope.region.clone(),
        write: envelope.is_write(),
        parameters: envelope.parameters().all().clone(),
        status: if dropped { 0 } else { reply.0.status },
        code: reply.1.clone(),
        request_id,
    });
}
