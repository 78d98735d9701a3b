//! The front door: reads a call, authenticates it, throttles it, and remembers its token.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::authenticate::{authenticate, claimed_key, date_of_caller};
use super::choices::ECR_BY_GET;
use super::context::{Call, Context};
use super::ecr;
use super::failure::{self, Failure, Outcome};
use super::operation::{Operation, Product, find};
use super::parameters::{Parameters, invalid};
use super::permissions;
use super::signature::ACS3;
use super::state::Cloud;
use super::xml;
use crate::account::Caller;
use crate::clock::http_date;
use crate::faults::{FaultEffect, INJECTED};
use crate::gateway::{Claim, Coded, Dates, admit, expire_session};
use crate::memory::Place;
use crate::wire::{Reply, Request};
use crate::world::Common;

/// The reads that know `DryRun`; others ignore it.
const READS_WITH_DRY_RUN: [&str; 8] = [
    "DescribeVpcs",
    "DescribeVSwitches",
    "DescribeInstances",
    "DescribeSecurityGroups",
    "DescribeExpressConnectRouter",
    "DescribeExpressConnectRouterAssociation",
    "DescribeExpressConnectRouterChildInstance",
    "DescribeInstanceGrantedToExpressConnectRouter",
];

/// A call as read from the request, before anything is believed.
struct Envelope {
    action: String,
    region: String,
    host: String,
    key_id: Option<String>,
    /// Query and form body merged, signature parameters included.
    everything: BTreeMap<String, String>,
    operation: Option<(Product, &'static Operation)>,
    /// Whether the answer is to be XML: the older signature's default, unless `Format` says `JSON`.
    wants_xml: bool,
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
            wants_xml: wants_xml(&everything),
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

/// Whether a request is for this cloud: it carries one of its signatures, or names one of its operations.
pub(crate) fn is_addressed(request: &Request) -> bool {
    match request.header("authorization") {
        Some(header) => header.starts_with(ACS3) || request.header("x-acs-action").is_some(),
        None => {
            let envelope = Envelope::read(request);
            envelope.operation.is_some()
                || request.header("x-acs-action").is_some()
                || envelope.everything.contains_key("SignatureNonce")
        }
    }
}

impl Cloud {
    /// Answers one request.
    pub(crate) fn answer_request(&mut self, common: &mut Common, request: &Request) -> Reply {
        let envelope = Envelope::read(request);
        let request_id = common.ids.uuid("request");
        let claim = Claim {
            product: envelope.product(),
            action: &envelope.action,
            region: &envelope.region,
            key_id: envelope.key_id.as_deref(),
            write: envelope.is_write(),
            parameters: envelope.parameters(),
            request_id: &request_id,
        };
        let date = common.date(common.clock.uptime());
        let date = date_of_caller(request, &envelope.everything, date);
        let throttled = |retry_after| Failure {
            retry_after,
            ..failure::throttled(0)
        };
        admit(
            common,
            claim,
            throttled,
            |common, effect| self.answer(common, request, &envelope, effect),
            |outcome, effect| {
                let date = FaultEffect::shown(effect, date);
                reply(outcome, &request_id, &envelope, (date, effect))
            },
        )
    }

    fn answer(
        &mut self,
        common: &mut Common,
        request: &Request,
        envelope: &Envelope,
        effect: Option<&FaultEffect>,
    ) -> Outcome {
        let (product, operation) = called(request, envelope)?;
        let expired = || Failure::bad("InvalidSecurityToken.Expired", INJECTED);
        expire_session(common, effect, envelope.key_id.as_deref(), expired)?;
        if product == Product::ExpressConnectRouter && request.method == "GET" {
            return Err(Failure::bad(
                ECR_BY_GET,
                "This http method is not supported.",
            ));
        }
        let dates = Dates::now(common, effect);
        let caller = if operation.anonymous {
            Caller::anonymous()
        } else {
            let (everything, nonces) = (&envelope.everything, &mut self.nonces);
            authenticate(request, everything, &common.accounts, nonces, &dates)?
        };
        let now = dates.uptime;
        self.throttle(&caller, &envelope.region, operation, now)?;
        let call = Call {
            now,
            caller,
            region: envelope.region.clone(),
            product,
            parameters: envelope.parameters(),
        };
        permissions::check(&self.state, &common.accounts, &call, operation)?;
        let outcome = self.perform(common, call, operation);
        match product {
            Product::ExpressConnectRouter => ecr::envelop(outcome),
            _ => outcome,
        }
    }

    fn throttle(
        &mut self,
        caller: &Caller,
        region: &str,
        operation: &Operation,
        now: Duration,
    ) -> Outcome<()> {
        let rate = operation.rate.unwrap_or(self.setup.default_rate);
        let place = (caller.account.as_str(), region, operation.name);
        let taken = self.throttle.take(place, rate, 1, now);
        taken.map_err(|wait| {
            failure::throttled(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) + 1)
        })
    }

    /// Runs an authenticated call, unless its token says that it ran already or it is a dry run.
    fn perform(&mut self, common: &mut Common, call: Call, operation: &Operation) -> Outcome {
        let knows = operation.write || READS_WITH_DRY_RUN.contains(&operation.name);
        if knows && call.parameters.flag("DryRun")? {
            return self.rehearse(common, call, operation);
        }
        let now = call.now;
        let place = if operation.token {
            place(&call.caller.account, operation.name, &call.parameters)?
        } else {
            None
        };
        let memory = self.setup.timings.token_memory;
        if let Some(place) = &place
            && let Some(first) = self
                .tokens
                .recall(place, now, memory)
                .map_err(|_| other_parameters())?
        {
            return Ok(first);
        }
        let mut context = Context::new(common, &mut self.state, &self.setup, call);
        let answer = (operation.run)(&mut context)?;
        if let Some(place) = place {
            self.tokens.remember(place, &answer, now);
        }
        Ok(answer)
    }

    /// A dry run that would succeed is reported as an error, as the clouds do.
    fn rehearse(&self, common: &Common, call: Call, operation: &Operation) -> Outcome {
        let (mut common, mut state) = (common.clone(), self.state.clone());
        let mut context = Context::new(&mut common, &mut state, &self.setup, call);
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
}

/// The operation that a request calls.
fn called(request: &Request, envelope: &Envelope) -> Outcome<(Product, &'static Operation)> {
    let unknown = |code| {
        Failure::missing(
            code,
            "Specified api is not found, please check your url and method.",
        )
    };
    if request.path != "/" || !matches!(request.method.as_str(), "GET" | "POST") {
        return Err(unknown("InvalidApi.NotFound"));
    }
    envelope
        .operation
        .ok_or_else(|| unknown("InvalidAction.NotFound"))
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

fn wants_xml(parameters: &BTreeMap<String, String>) -> bool {
    match parameters.get("Format") {
        Some(format) => format.eq_ignore_ascii_case("XML"),
        None => parameters.contains_key("SignatureVersion"),
    }
}

/// An answer in the form that was asked for.
fn written(envelope: &Envelope, status: u16, body: &Value) -> Reply {
    if !envelope.wants_xml {
        return Reply::json(status, body);
    }
    let root = match status {
        200 => format!("{}Response", envelope.action),
        _ => "Error".to_owned(),
    };
    Reply {
        headers: vec![("content-type", "text/xml;charset=utf-8".to_owned())],
        body: xml::document(&root, body).into_bytes(),
        ..Reply::json(status, body)
    }
}

fn reply(
    outcome: Outcome,
    request_id: &str,
    envelope: &Envelope,
    (date, effect): (SystemTime, Option<&FaultEffect>),
) -> Coded {
    let (mut reply, code) = match outcome {
        Ok(mut body) => {
            if let Some(object) = body.as_object_mut() {
                object.insert("RequestId".to_owned(), Value::from(request_id));
            }
            (written(envelope, 200, &body), None)
        }
        Err(failure) if failure.enveloped => {
            let body = ecr::failure_body(&failure, request_id);
            (written(envelope, 200, &body), Some(failure.code))
        }
        Err(failure) => {
            let body = failure::body(&failure, request_id, &envelope.host);
            let mut reply = written(envelope, failure.status, &body);
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
    reply.headers.push(("date", http_date(date)));
    FaultEffect::dress(effect, &mut reply);
    reply.delivery = FaultEffect::delivery(effect);
    (reply, code)
}
