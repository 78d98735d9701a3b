//! The front door: reads a call, authenticates it, throttles it, checks permissions, and remembers its token.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::authenticate::{authenticate, date_of_caller, expired};
use super::context::{Call, Context};
use super::failure::{self, Failure, Outcome, bad_value};
use super::operation::{Body, Operation, Product};
use super::sigv4::{ALGORITHM, Authorization};
use super::state::Cloud;
use super::xml::Xml;
use super::{json, permissions, rates, ssm};
use crate::clock::http_date;
use crate::faults::FaultEffect;
use crate::gateway::{Claim, Coded, Dates, admit, expire_session};
use crate::memory::Place;
use crate::parameters::Parameters;
use crate::wire::{Reply, Request};
use crate::world::Common;

/// Whether a request is for this cloud: it says so by its signature, or at least by the version of the interface.
pub(crate) fn is_addressed(request: &Request) -> bool {
    match request.header("authorization") {
        Some(header) => header.starts_with(ALGORITHM),
        None => {
            target(request).is_some()
                || everything(request)
                    .get("Version")
                    .is_some_and(|version| Product::of_version(version).is_some())
        }
    }
}

/// The product and the operation of a request in JSON.
fn target(request: &Request) -> Option<(Product, &str)> {
    Product::of_target(request.header("x-amz-target")?)
}

fn everything(request: &Request) -> BTreeMap<String, String> {
    if target(request).is_some() {
        return json::parameters(&request.body).unwrap_or_default();
    }
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
    /// Query and form body merged, or the members of the JSON body.
    everything: BTreeMap<String, String>,
    product: Option<Product>,
    operation: Option<&'static Operation>,
}

impl Envelope {
    fn read(request: &Request) -> Self {
        let everything = everything(request);
        if let Some((product, action)) = target(request) {
            return Self::of_target(request, product, action, everything);
        }
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
            // Products that speak JSON know operations by the header only.
            operation: product
                .filter(|product| !product.speaks_json())
                .and_then(|product| product.operation(&action)),
            product,
            action,
            version,
            everything,
        }
    }

    fn of_target(
        request: &Request,
        product: Product,
        action: &str,
        everything: BTreeMap<String, String>,
    ) -> Self {
        let claim = request
            .header("authorization")
            .and_then(|header| Authorization::parse(header).ok());
        Self {
            region: claim.map_or("", |claim| claim.scope.region).to_owned(),
            key_id: claim.map(|claim| claim.key_id.to_owned()),
            operation: product.operation(action),
            product: Some(product),
            action: action.to_owned(),
            version: product.version().to_owned(),
            everything,
        }
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

impl Cloud {
    /// Answers one request.
    pub(crate) fn answer_request(&mut self, common: &mut Common, request: &Request) -> Reply {
        let envelope = Envelope::read(request);
        let request_id = common.ids.uuid("request").to_lowercase();
        let claim = Claim {
            product: envelope.product.map_or("", Product::name),
            action: &envelope.action,
            region: &envelope.region,
            key_id: envelope.key_id.as_deref(),
            write: envelope.operation.is_some_and(|operation| operation.write),
            parameters: envelope.parameters(),
            request_id: &request_id,
        };
        let date = date_of_caller(request, common.date(common.clock.uptime()));
        admit(
            common,
            claim,
            |_| failure::throttled(envelope.product),
            |common, effect| self.answer(common, request, &envelope, effect),
            |outcome, effect| {
                let date = FaultEffect::shown(effect, date);
                reply(outcome, &envelope, &request_id, (date, effect))
            },
        )
    }

    fn answer(
        &mut self,
        common: &mut Common,
        request: &Request,
        envelope: &Envelope,
        effect: Option<&FaultEffect>,
    ) -> Outcome<Body> {
        let no_such_action = || {
            if envelope.product.is_some_and(Product::speaks_json) {
                return Failure::bad("UnknownOperationException", "");
            }
            let message = format!(
                "The action {} is not valid for this web service.",
                envelope.action
            );
            Failure::bad("InvalidAction", message)
        };
        let product = envelope.product.ok_or_else(no_such_action)?;
        let key_id = envelope.key_id.as_deref();
        expire_session(common, effect, key_id, || expired(product))?;
        let dates = Dates::now(common, effect);
        let caller = authenticate(request, product, &common.accounts, &dates)?;
        if request.path != "/" || envelope.version != product.version() {
            return Err(no_such_action());
        }
        let operation = envelope.operation.ok_or_else(no_such_action)?;
        if product.speaks_json() && json::parameters(&request.body).is_none() {
            return Err(Failure::bad("SerializationException", ""));
        }
        let call = Call {
            now: dates.uptime,
            caller,
            region: envelope.region.clone(),
            product,
            parameters: envelope.parameters(),
        };
        self.throttle(&call, operation)?;
        self.perform(common, call, operation)
    }

    fn throttle(&mut self, call: &Call, operation: &Operation) -> Outcome<()> {
        if !self.setup.throttling {
            return Ok(());
        }
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let mut take = |name, rate, count| {
            let taken = self
                .throttle
                .take((account, region, name), rate, count, call.now);
            taken.map_err(|_| failure::throttled(Some(call.product)))
        };
        if let Some((name, rate)) = rates::bucket(operation, &call.parameters) {
            take(name, rate, 1)?;
        }
        if operation.name == "RunInstances" {
            let count = call
                .parameters
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
    fn perform(&mut self, common: &mut Common, call: Call, operation: &Operation) -> Outcome<Body> {
        let now = call.now;
        let place = place(&call, operation)?;
        let memory = self.setup.timings.token_memory;
        let mut context = Context::new(common, &mut self.state, &self.setup, call);
        permissions::check(&context, operation)?;
        if context.product == Product::Ec2 && context.flag("DryRun")? {
            return Err(would_have_succeeded());
        }
        if let Some(place) = &place
            && let Some(first) = self
                .tokens
                .recall(place, now, memory)
                .map_err(|_| other_parameters())?
        {
            return Ok(first);
        }
        let answer = operation.run.run(&mut context)?;
        if operation.write {
            // Agents notice at once what the call did to their way out.
            ssm::settle(&mut self.state, &self.setup.timings, now);
        }
        if let Some(place) = place {
            self.tokens.remember(place, &answer, now);
        }
        Ok(answer)
    }
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
fn place(call: &Call, operation: &Operation) -> Outcome<Option<Place>> {
    let parameters = &call.parameters;
    match parameters.get("ClientToken").filter(|_| operation.token) {
        Some(token) if token.len() > 64 || !token.is_ascii() => {
            Err(bad_value(token, "clientToken"))
        }
        Some(token) => {
            let owner = format!("{} {}", call.caller.account, call.region);
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
    outcome: Outcome<Body>,
    envelope: &Envelope,
    request_id: &str,
    (date, effect): (SystemTime, Option<&FaultEffect>),
) -> Coded {
    let (status, document, code) = match outcome {
        Ok(Body::Json(value)) => (200, value.to_string(), None),
        Ok(Body::Xml(body)) => (200, success(body, envelope, request_id), None),
        Err(failure) => {
            let document = failure::document(&failure, envelope.product, request_id);
            (failure.status, document, Some(failure.code))
        }
    };
    let content_type = match envelope.product {
        Some(product) if product.speaks_json() => json::CONTENT_TYPE,
        _ => "text/xml;charset=UTF-8",
    };
    let mut reply = Reply {
        status,
        headers: vec![
            ("content-type", content_type.to_owned()),
            ("x-amzn-requestid", request_id.to_owned()),
            ("date", http_date(date)),
        ],
        body: document.into_bytes(),
        delivery: FaultEffect::delivery(effect),
    };
    FaultEffect::dress(effect, &mut reply);
    (reply, code)
}

fn success(body: Xml, envelope: &Envelope, request_id: &str) -> String {
    let product = envelope.product.unwrap_or(Product::Ec2);
    let action = &envelope.action;
    let content = match product {
        Product::Ec2 => Xml::new().leaf("requestId", request_id).and(body),
        Product::Sts | Product::Iam | Product::Ssm | Product::Pricing => Xml::new()
            .node(&format!("{action}Result"), body)
            .node("ResponseMetadata", Xml::new().leaf("RequestId", request_id)),
    };
    content.document(&format!("{action}Response"), product.namespace())
}
