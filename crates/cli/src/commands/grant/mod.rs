//! `landbridge grant`: lets a hub of another account attach a network or border router.

mod text;

use std::sync::Arc;

use landbridge_core::engine::{Engine, Stopped};
use landbridge_core::plan::Plan;
use landbridge_core::plan::grant::Consent;
use landbridge_core::{Cloud, CreateGrant, Endpoint, GrantRecord, HubId, Payer, RevokeGrant};

use crate::accounts::{Caller, Callers, PlaceRef};
use crate::args::{self, AccountsArgs, GrantArgs, GrantCommand, ListGrantsArgs, Named, Options};
use crate::commands::{named, stages};
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::unless_cancelled;
use crate::output::Output;

pub(super) async fn run(command: &GrantCommand, options: &Options, output: &mut Output) -> Outcome {
    match command {
        GrantCommand::Create(args) => create(args, options, output).await,
        GrantCommand::List(args) => list(args, options, output).await,
        GrantCommand::Revoke(args) => revoke(args, options, output).await,
    }
}

async fn create(args: &GrantArgs, options: &Options, output: &mut Output) -> Outcome {
    let member = Member::open(args, options).await?;
    let request = member.request(args).await?;
    let before = member.grants(&request.member).await?;
    if before.iter().any(|grant| is_granted(grant, &request)) {
        text::show(output, "already granted, nothing to do", &before);
        return Ok(Exit::Ok);
    }
    text::announce_create(output, &request);
    stages::confirm(
        output,
        member.callers.cancel(),
        options,
        "Create this grant?",
    )
    .await?;
    let consent = member.consent(&request);
    let plan = consent.give(&member.engine.capabilities())?;
    member.write(&plan).await?;
    text::show(output, "granted", &member.grants(&request.member).await?);
    Ok(Exit::Ok)
}

async fn revoke(args: &GrantArgs, options: &Options, output: &mut Output) -> Outcome {
    let member = Member::open(args, options).await?;
    let created = member.request(args).await?;
    let request = RevokeGrant::from(&created);
    let before = member.grants(&request.member).await?;
    if !before.iter().any(|grant| is_of(grant, &request)) {
        text::show(output, "not granted, nothing to do; grants", &before);
        return Ok(Exit::Ok);
    }
    text::announce_revoke(output, &request);
    stages::confirm(
        output,
        member.callers.cancel(),
        options,
        "Revoke this grant?",
    )
    .await?;
    let consent = member.consent(&created);
    let plan = consent.take_back(&member.engine.capabilities())?;
    member.write(&plan).await?;
    let left = member.grants(&request.member).await?;
    text::show(output, "revoked; remaining grants", &left);
    Ok(Exit::Ok)
}

async fn list(args: &ListGrantsArgs, options: &Options, output: &mut Output) -> Outcome {
    let grants = match (&args.from, &args.member, &args.received, &args.hub) {
        (Some(from), Some(member), ..) => {
            let (callers, cloud) = open(&args.accounts, from, options).await?;
            let endpoint = endpoint(&callers, &*cloud, member).await?;
            unless_cancelled(callers.cancel(), cloud.list_grants(&endpoint)).await?
        }
        (_, _, Some(received), Some(hub)) => {
            let (callers, cloud) = open(&args.accounts, received, options).await?;
            let hub = match hub {
                Named::Id(id) => id.clone(),
                Named::Name(name) => {
                    unless_cancelled(callers.cancel(), named::hub(&*cloud, name)).await??
                }
            };
            unless_cancelled(callers.cancel(), cloud.list_received_grants(&hub)).await?
        }
        _ => {
            return Err(Failure::bad_input(
                "nothing to list: name a member with --from PLACE --member ID, or a hub with --received PLACE --hub HUB_ID",
            ));
        }
    };
    text::show(output, "grants", &grants);
    Ok(Exit::Ok)
}

async fn open(
    accounts: &AccountsArgs,
    place: &PlaceRef,
    options: &Options,
) -> Outcome<(Callers, Arc<dyn Cloud>)> {
    let callers = Callers::open(accounts, options)?;
    let caller = callers.caller(&place.account).await?;
    let engine = callers.engine([&caller])?;
    let cloud = cloud(&callers, &engine, &caller, place).await?;
    Ok((callers, cloud))
}

/// The network or border router in the place of a cloud.
async fn endpoint(
    callers: &Callers,
    cloud: &dyn Cloud,
    member: &Named<args::Member>,
) -> Outcome<Endpoint> {
    let member = match member {
        Named::Id(member) => member.clone(),
        Named::Name(name) => {
            let found = unless_cancelled(callers.cancel(), named::network(cloud, name)).await??;
            args::Member::Network(found)
        }
    };
    Ok(member.at(cloud.place()))
}

async fn cloud(
    callers: &Callers,
    engine: &Engine,
    caller: &Caller,
    place: &PlaceRef,
) -> Outcome<Arc<dyn Cloud>> {
    let place = caller.place(&place.region);
    let cloud = unless_cancelled(callers.cancel(), engine.cloud(&place)).await?;
    if cloud.capabilities().grants {
        return Ok(cloud);
    }
    Err(Failure::bad_input(format!(
        "cloud `{}` has no grants: the owner of a network consents there by accepting a peering connection",
        caller.cloud()
    )))
}

/// A network or border router, with the keys of its owner.
struct Member {
    callers: Callers,
    engine: Engine,
    cloud: Arc<dyn Cloud>,
}

impl Member {
    async fn open(args: &GrantArgs, options: &Options) -> Outcome<Self> {
        let callers = Callers::open(&args.accounts, options)?;
        let caller = callers.writer(&args.from.account).await?;
        let engine = callers.engine([&caller])?;
        let cloud = cloud(&callers, &engine, &caller, &args.from).await?;
        Ok(Self {
            callers,
            engine,
            cloud,
        })
    }

    async fn request(&self, args: &GrantArgs) -> Outcome<CreateGrant> {
        if args.payer.is_some() && is_at_edge(&args.hub) {
            return Err(Failure::bad_input(
                "--payer is for a CEN instance only: leave it out for an Express Connect Router",
            ));
        }
        let endpoint = endpoint(&self.callers, &*self.cloud, &args.member).await?;
        let payer = args.payer.map(Payer::from).unwrap_or_default();
        let (hub, account) = (
            args.hub.clone(),
            self.callers
                .id_of(&args.hub_account, &self.cloud.place().cloud)?,
        );
        Ok(CreateGrant::new(endpoint, hub, account).with_payer(payer))
    }

    async fn grants(&self, member: &Endpoint) -> Outcome<Vec<GrantRecord>> {
        let listing = self.cloud.list_grants(member);
        unless_cancelled(self.callers.cancel(), listing).await
    }

    fn consent(&self, request: &CreateGrant) -> Consent {
        Consent {
            place: self.cloud.place().clone(),
            member: request.member.clone(),
            hub: request.hub.clone(),
            hub_account: request.hub_account.clone(),
            payer: (!is_at_edge(&request.hub)).then_some(request.payer),
        }
    }

    /// Takes the one step of a plan.
    async fn write(&self, plan: &Plan) -> Outcome<()> {
        let Err(stopped) = self.engine.apply(plan).await else {
            return Ok(());
        };
        Err(match stopped.reason {
            // The error of the only write is that of the command.
            Stopped::Failed(failures) => match failures.into_iter().next() {
                Some((_, error)) => error.into(),
                None => Failure::cancelled(),
            },
            _ => stopped.into(),
        })
    }
}

fn is_at_edge(hub: &HubId) -> bool {
    hub.as_str().starts_with("ecr-")
}

fn is_of(grant: &GrantRecord, request: &RevokeGrant) -> bool {
    grant.hub == request.hub && grant.hub_account == request.hub_account
}

fn is_granted(grant: &GrantRecord, request: &CreateGrant) -> bool {
    // An Express Connect Router has no payer.
    is_of(grant, &request.into()) && grant.payer.is_none_or(|payer| payer == request.payer)
}
