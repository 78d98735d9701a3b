//! The front door: reads a call, lets faults act, authenticates, throttles, remembers tokens, records.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::authenticate::{Dates, authenticate, claimed_key};
use super::choices::ECR_BY_GET;
use super::context::Context;
use super::ecr;
use super::failure::{self, Failure, Outcome};
use super::operation::{Operation, Product, find};
use super::parameters::{Parameters, invalid};
use super::permissions;
use crate::account::Caller;
use crate::calls::Call;
use crate::clock::http_date;
use crate::faults::{FaultEffect, INJECTED, Subject};
use crate::memory::Place;
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
    let throttled = |retry_after| Failure {
        retry_after,
        ..failure::throttled(0)
    };
    let outcome = match effect.as_ref().and_then(|effect| effect.refusal(throttled)) {
        Some(failure) => Err(failure),
        None => answer(world, request, &envelope, effect.as_ref()),
    };
    let outcome = match effect.as_ref().and_then(FaultEffect::afterthought) {
        Some(failure) if outcome.is_ok() => Err(failure),
        _ => outcome,
    };
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
        let key = world.accounts.key(key_id);
        if key.is_none_or(|key| key.holder.session().is_none()) {
            return Err(Failure::bad("InvalidSecurityToken.Expired", INJECTED));
        }
    }
    if product == Product::ExpressConnectRouter && request.method == "GET" {
        return Err(Failure::bad(
            ECR_BY_GET,
            "This http method is not supported.",
        ));
    }
    let now = world.clock.uptime();
    let dates = Dates {
        uptime: now,
        accepted: [world.date(now), SystemTime::now()]
            .map(|date| FaultEffect::skewed(effect, date)),
    };
    let nonces = &mut world.aliyun.nonces;
    let caller = if operation.anonymous {
        Caller::anonymous()
    } else {
        authenticate(
            request,
            &envelope.everything,
            &world.accounts,
            nonces,
            &dates,
        )?
    };
    let rate = operation.rate.unwrap_or(world.aliyun.setup.default_rate);
    let (account, region) = (&caller.account, &envelope.region);
    world
        .aliyun
        .throttle
        .take((account, region, operation.name), rate, 1, now)
        .map_err(|wait| {
            failure::throttled(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) + 1)
        })?;
    let parameters = envelope.parameters();
    let asked = permissions::Asked {
        product,
        operation,
        parameters: &parameters,
        now,
    };
    permissions::check(&world.aliyun.state, &world.accounts, &caller, &asked)?;
    let outcome = perform(world, caller, product, operation, parameters, now);
    match product {
        Product::ExpressConnectRouter => ecr::envelop(outcome),
        _ => outcome,
    }
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
        place(&caller.account, operation.name, &parameters)?
    } else {
        None
    };
    let memory = world.aliyun.setup.timings.token_memory;
    if let Some(place) = &place
        && let Some(first) = world
            .aliyun
            .tokens
            .recall(place, now, memory)
            .map_err(|_| other_parameters())?
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

/// `None` if no token was sent.
fn place(account: &str, action: &'static str, parameters: &Parameters) -> Outcome<Option<Place>> {
    match parameters.get("ClientToken") {
        Some(token) if token.len() > 64 || !token.is_ascii() => Err(invalid("ClientToken")),
        Some(token) => Ok(Some(Place::new(account, action, token, parameters))),
        None => Ok(None),
    }
}

fn other_parameters() -> Failure {
    Failure::bad(
        "IdempotentParameterMismatch",
        "The ClientToken was used with different parameters.",
    )
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
        Err(failure) if failure.enveloped => {
            let body = ecr::failure_body(&failure, request_id);
            (Reply::json(200, &body), Some(failure.code))
        }
        Err(failure) => {
            let mut reply = Reply::json(failure.status, &failure::body(&failure, request_id, host));
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
    reply.headers.push((
        "date",
        http_date(FaultEffect::skewed(effect, SystemTime::now())),
    ));
    reply.delivery = FaultEffect::delivery(effect);
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
