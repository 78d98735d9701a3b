//! `landbridge grant`: lets a hub of another account attach a network or border router.

mod text;

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::retry::{Backoff, Look, Patience, wait_until};
use landbridge_core::{Cloud, CreateGrant, Endpoint, GrantRecord, Payer, Result, RevokeGrant};

use crate::accounts::{Caller, Callers, PlaceRef};
use crate::args::{AccountsArgs, GrantArgs, GrantCommand, ListGrantsArgs, Options};
use crate::commands::stages;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::unless_cancelled;
use crate::output::Output;

/// How long a new grant may stay invisible, and a revoked one visible.
const VISIBLE: Duration = Duration::from_secs(60);

pub(super) async fn run(command: &GrantCommand, options: &Options, output: &mut Output) -> Outcome {
    match command {
        GrantCommand::Create(args) => create(args, options, output).await,
        GrantCommand::List(args) => list(args, options, output).await,
        GrantCommand::Revoke(args) => revoke(args, options, output).await,
    }
}

async fn create(args: &GrantArgs, options: &Options, output: &mut Output) -> Outcome {
    let member = Member::open(args, options).await?;
    let request = member.request(args)?;
    let before = member.grants(&request.member).await?;
    if before.iter().any(|grant| is_granted(grant, &request)) {
        text::show(output, "already granted, nothing to do", &before);
        return Ok(Exit::Ok);
    }
    text::announce_create(output, &request);
    stages::confirm(member.callers.cancel(), options, "Create this grant?").await?;
    member.cloud.create_grant(&request).await?;
    let key = RevokeGrant::from(&request);
    let there = |grants: &[GrantRecord]| grants.iter().any(|grant| is_of(grant, &key));
    let grants = member.read_back(&request.member, there).await?;
    text::show(output, "granted", &grants);
    Ok(Exit::Ok)
}

async fn revoke(args: &GrantArgs, options: &Options, output: &mut Output) -> Outcome {
    let member = Member::open(args, options).await?;
    let request = RevokeGrant::from(&member.request(args)?);
    let before = member.grants(&request.member).await?;
    if !before.iter().any(|grant| is_of(grant, &request)) {
        text::show(output, "not granted, nothing to do; grants", &before);
        return Ok(Exit::Ok);
    }
    text::announce_revoke(output, &request);
    stages::confirm(member.callers.cancel(), options, "Revoke this grant?").await?;
    member.cloud.revoke_grant(&request).await?;
    let gone = |grants: &[GrantRecord]| !grants.iter().any(|grant| is_of(grant, &request));
    let grants = member.read_back(&request.member, gone).await?;
    text::show(output, "revoked; remaining grants", &grants);
    Ok(Exit::Ok)
}

async fn list(args: &ListGrantsArgs, options: &Options, output: &mut Output) -> Outcome {
    let grants = match (&args.from, &args.member, &args.received, &args.hub) {
        (Some(from), Some(member), ..) => {
            let (callers, caller, cloud) = open(&args.accounts, from, options).await?;
            let endpoint = member.at(&caller.place(&from.region));
            unless_cancelled(callers.cancel(), cloud.list_grants(&endpoint)).await?
        }
        (_, _, Some(received), Some(hub)) => {
            let (callers, _, cloud) = open(&args.accounts, received, options).await?;
            unless_cancelled(callers.cancel(), cloud.list_received_grants(hub)).await?
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
) -> Outcome<(Callers, Caller, Arc<dyn Cloud>)> {
    let callers = Callers::open(accounts, options)?;
    let caller = callers.caller(&place.account).await?;
    let cloud = cloud(&callers, &caller, place).await?;
    Ok((callers, caller, cloud))
}

async fn cloud(callers: &Callers, caller: &Caller, place: &PlaceRef) -> Outcome<Arc<dyn Cloud>> {
    let engine = callers.engine([caller])?;
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
    caller: Caller,
    cloud: Arc<dyn Cloud>,
}

impl Member {
    async fn open(args: &GrantArgs, options: &Options) -> Outcome<Self> {
        let callers = Callers::open(&args.accounts, options)?;
        let caller = callers.writer(&args.from.account).await?;
        let cloud = cloud(&callers, &caller, &args.from).await?;
        Ok(Self {
            callers,
            caller,
            cloud,
        })
    }

    fn request(&self, args: &GrantArgs) -> Outcome<CreateGrant> {
        if args.payer.is_some() && args.hub.as_str().starts_with("ecr-") {
            return Err(Failure::bad_input(
                "--payer is for a CEN instance only: leave it out for an Express Connect Router",
            ));
        }
        let endpoint = args.member.at(&self.caller.place(&args.from.region));
        let payer = args.payer.map(Payer::from).unwrap_or_default();
        let (hub, account) = (args.hub.clone(), args.hub_account.clone());
        Ok(CreateGrant::new(endpoint, hub, account).with_payer(payer))
    }

    async fn grants(&self, member: &Endpoint) -> Outcome<Vec<GrantRecord>> {
        let listing = self.cloud.list_grants(member);
        unless_cancelled(self.callers.cancel(), listing).await
    }

    /// The grants, once they show the write.
    async fn read_back(
        &self,
        member: &Endpoint,
        settled: impl Fn(&[GrantRecord]) -> bool,
    ) -> Result<Vec<GrantRecord>> {
        let ways = &self.callers.ways;
        let patience = Patience::new(ways.clock(), VISIBLE, ways.cancel.clone());
        let settled = &settled;
        let look = || async move {
            let grants = self.cloud.list_grants(member).await?;
            Ok(match settled(&grants) {
                true => Look::Ready(grants),
                false => Look::NotYet("not visible yet".to_owned()),
            })
        };
        let what = format!("the grant of {}", member.id());
        wait_until(&what, &patience, &Backoff::default(), |_| {}, look).await
    }
}

fn is_of(grant: &GrantRecord, request: &RevokeGrant) -> bool {
    grant.hub == request.hub && grant.hub_account == request.hub_account
}

fn is_granted(grant: &GrantRecord, request: &CreateGrant) -> bool {
    // An Express Connect Router has no payer.
    is_of(grant, &request.into()) && grant.payer.is_none_or(|payer| payer == request.payer)
}
