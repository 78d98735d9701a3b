//! The front door: reads a call, lets faults act, authenticates, throttles, asks for permission, remembers tokens, records.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::authenticate::{Dates, authenticate, expired};
use super::context::Context;
use super::failure::{self, Failure, Outcome, bad_value};
use super::operation::{Operation, Product};
use super::sigv4::{ALGORITHM, Authorization};
use super::xml::Xml;
use super::{permissions, rates};
use crate::account::Caller;
use crate::calls::Call;
use crate::clock::http_date;
use crate::faults::{FaultEffect, Subject};
use crate::memory::Place;
use crate::parameters::Parameters;
use crate::wire::{Delivery, Reply, Request};
use crate::world::World;

/// Whether a request is for this cloud: it says so by its signature, or at least by the version of the interface.
pub(crate) fn is_addressed(request: &Request) -> bool {
    match request.header("authorization") {
        Some(header) => header.starts_with(ALGORITHM),
        None => everything(request)
            .get("Version")
            .is_some_and(|version| Product::of_version(version).is_some()),
    }
}

fn everything(request: &Request) -> BTreeMap<String, String> {
    request
        .query_pairs()
        .into_iter()
        .chain(request.form_pairs())
        .collect()
}

/// A call as read from the request, before anything is believed.
struct Envelope {
    action: String,
    version: String,
    region: String,
    key_id: Option<String>,
    /// Query and form body merged.
    everything: BTreeMap<String, String>,
    product: Option<Product>,
    operation: Option<&'static Operation>,
}

impl Envelope {
    fn read(request: &Request) -> Self {
        let everything = everything(request);
        let text = |name: &str| everything.get(name).cloned().unwrap_or_default();
        let (action, version) = (text("Action"), text("Version"));
        let claim = request
            .header("authorization")
            .and_then(|header| Authorization::parse(header).ok());
        let scope = claim.map(|claim| claim.scope);
        let product = Product::of_version(&version)
            .or_else(|| Product::of_service(scope.map_or("", |scope| scope.service)));
        Self {
            region: scope.map_or("", |scope| scope.region).to_owned(),
            key_id: claim.map(|claim| claim.key_id.to_owned()),
            operation: product.and_then(|product| product.operation(&action)),
            product,
            action,
            version,
            everything,
        }
    }

    fn product_name(&self) -> &'static str {
        self.product.map_or("", Product::name)
    }

    fn is_write(&self) -> bool {
        self.operation.is_some_and(|operation| operation.write)
    }

    /// The operation's own parameters.
    fn parameters(&self) -> Parameters {
        let own = self
            .everything
            .iter()
            .filter(|(name, _)| !["Action", "Version"].contains(&name.as_str()));
        Parameters::new(own.map(|(name, value)| (name.clone(), value.clone())))
    }
}

/// Answers one request.
pub(crate) fn handle(world: &mut World, request: &Request) -> Reply {
    let envelope = Envelope::read(request);
    let account = claimed_account(world, &envelope);
    let subject = Subject {
        product: envelope.product_name(),
        action: &envelope.action,
        account: &account,
        region: &envelope.region,
        write: envelope.is_write(),
    };
    let effect = world.faults.hit(&subject);
    let effect = effect.as_ref();
    let throttled = |_| failure::throttled(envelope.product);
    let outcome = match effect.and_then(|effect| effect.refusal(throttled)) {
        Some(failure) => Err(failure),
        None => answer(world, request, &envelope, effect),
    };
    let outcome = match effect.and_then(FaultEffect::afterthought) {
        Some(failure) if outcome.is_ok() => Err(failure),
        _ => outcome,
    };
    let request_id = world.ids.uuid("request").to_lowercase();
    let (reply, code) = reply(outcome, &envelope, &request_id, effect);
    record(world, &envelope, account, &reply, code, request_id);
    reply
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
    let no_such_action = || {
        let message = format!(
            "The action {} is not valid for this web service.",
            envelope.action
        );
        Failure::bad("InvalidAction", message)
    };
    let product = envelope.product.ok_or_else(no_such_action)?;
    if let (Some(FaultEffect::ExpireSession), Some(key_id)) = (effect, &envelope.key_id) {
        world.accounts.expire(key_id);
        let key = world.accounts.key(key_id);
        if key.is_none_or(|key| key.holder.session().is_none()) {
            return Err(expired(product));
        }
    }
    let now = world.clock.uptime();
    let dates = Dates {
        uptime: now,
        accepted: [world.date(now), SystemTime::now()]
            .map(|date| FaultEffect::skewed(effect, date)),
    };
    let caller = authenticate(request, product, &world.accounts, &dates)?;
    if request.path != "/" || envelope.version != product.version() {
        return Err(no_such_action());
    }
    let operation = envelope.operation.ok_or_else(no_such_action)?;
    let parameters = envelope.parameters();
    throttle(world, &caller, envelope, operation, &parameters, now)?;
    perform(world, caller, envelope, operation, parameters, now)
}

fn throttle(
    world: &mut World,
    caller: &Caller,
    envelope: &Envelope,
    operation: &Operation,
    parameters: &Parameters,
    now: Duration,
) -> Outcome<()> {
    if !world.aws.setup.throttling {
        return Ok(());
    }
    let (account, region) = (&caller.account, &envelope.region);
    let mut take = |name, rate, count| {
        let place = (account.as_str(), region.as_str(), name);
        let taken = world.aws.throttle.take(place, rate, count, now);
        taken.map_err(|_| failure::throttled(envelope.product))
    };
    if let Some((name, rate)) = rates::bucket(operation, parameters) {
        take(name, rate, 1)?;
    }
    if operation.name == "RunInstances" {
        let count = parameters
            .get("MaxCount")
            .and_then(|count| count.parse().ok());
        take(
            "RunInstances (instances)",
            rates::INSTANCES,
            count.unwrap_or(1),
        )?;
    }
    Ok(())
}

/// Runs an authenticated call if its caller may make it, unless its token says that it ran already or it is a dry run.
fn perform(
    world: &mut World,
    caller: Caller,
    envelope: &Envelope,
    operation: &Operation,
    parameters: Parameters,
    now: Duration,
) -> Outcome {
    let place = place(&caller, envelope, operation, &parameters)?;
    let memory = world.aws.setup.timings.token_memory;
    let tokens = &mut world.aws.tokens;
    let mut context = Context {
        state: &mut world.aws.state,
        setup: &world.aws.setup,
        ids: &mut world.ids,
        ledger: &mut world.ledger,
        accounts: &mut world.accounts,
        clock: &world.clock,
        now,
        caller,
        region: envelope.region.clone(),
        product: envelope.product.unwrap_or(Product::Ec2),
        parameters,
    };
    permissions::check(&context, operation)?;
    if context.product == Product::Ec2 && context.flag("DryRun")? {
        return Err(would_have_succeeded());
    }
    if let Some(place) = &place
        && let Some(first) = tokens
            .recall(place, now, memory)
            .map_err(|_| other_parameters())?
    {
        return Ok(first);
    }
    let answer = (operation.run)(&mut context)?;
    if let Some(place) = place {
        tokens.remember(place, &answer, now);
    }
    Ok(answer)
}

/// A dry run looks at permissions only.
fn would_have_succeeded() -> Failure {
    Failure::new(
        412,
        "DryRunOperation",
        "Request would have succeeded, but DryRun flag is set.",
    )
}

/// Tokens are remembered per account and region. `None` if none was sent.
fn place(
    caller: &Caller,
    envelope: &Envelope,
    operation: &Operation,
    parameters: &Parameters,
) -> Outcome<Option<Place>> {
    match parameters.get("ClientToken").filter(|_| operation.token) {
        Some(token) if token.len() > 64 || !token.is_ascii() => {
            Err(bad_value(token, "clientToken"))
        }
        Some(token) => {
            let owner = format!("{} {}", caller.account, envelope.region);
            Ok(Some(Place::new(&owner, operation.name, token, parameters)))
        }
        None => Ok(None),
    }
}

fn other_parameters() -> Failure {
    Failure::bad(
        "IdempotentParameterMismatch",
        "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
    )
}

fn reply(
    outcome: Outcome,
    envelope: &Envelope,
    request_id: &str,
    effect: Option<&FaultEffect>,
) -> (Reply, Option<String>) {
    let (status, document, code) = match outcome {
        Ok(body) => (200, success(body, envelope, request_id), None),
        Err(failure) => {
            let document = failure::document(&failure, envelope.product, request_id);
            (failure.status, document, Some(failure.code))
        }
    };
    let date = http_date(FaultEffect::skewed(effect, SystemTime::now()));
    let reply = Reply {
        status,
        headers: vec![
            ("content-type", "text/xml;charset=UTF-8".to_owned()),
            ("x-amzn-requestid", request_id.to_owned()),
            ("date", date),
        ],
        body: document.into_bytes(),
        delivery: FaultEffect::delivery(effect),
    };
    (reply, code)
}

fn success(body: Xml, envelope: &Envelope, request_id: &str) -> String {
    let product = envelope.product.unwrap_or(Product::Ec2);
    let action = &envelope.action;
    let content = match product {
        Product::Ec2 => Xml::new().leaf("requestId", request_id).and(body),
        Product::Sts | Product::Iam => Xml::new()
            .node(&format!("{action}Result"), body)
            .node("ResponseMetadata", Xml::new().leaf("RequestId", request_id)),
    };
    content.document(&format!("{action}Response"), Some(product.namespace()))
}

fn record(
    world: &mut World,
    envelope: &Envelope,
    account: String,
    reply: &Reply,
    code: Option<String>,
    request_id: String,
) {
    let dropped = reply.delivery == Delivery::Dropped;
    world.calls.record(Call {
        seq: 0,
        at: world.clock.now(),
        account,
        product: envelope.product_name().to_owned(),
        action: envelope.action.clone(),
        region: envelope.region.clone(),
        write: envelope.is_write(),
        parameters: envelope.parameters().all().clone(),
        status: if dropped { 0 } else { reply.status },
        code,
        request_id,
    });
}
