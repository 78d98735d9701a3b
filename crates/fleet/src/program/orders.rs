//! The commands that give orders to a folder, and show what came of them.

use std::sync::Arc;
use std::time::Duration;

use landbridge_core::reconcile::Outcome as Ended;
use landbridge_core::{Clock, SystemClock};
use landbridge_fleet::{
    FileStore, Fleet, LinkKey, OnDrift, Order, Orders, Phase, Policy, Spec, Status, Terms,
};

use super::args::{
    Drift, ListArgs, OrderArgs, PlanArgs, ShownArgs, StatusArgs, StoreArgs, SubmitArgs,
};
use super::exit::{Exit, Outcome};
use super::{clouds, files, told};

/// The pause between two looks of `--wait`.
const LOOK: Duration = Duration::from_millis(250);

pub(crate) async fn submit(args: SubmitArgs) -> Outcome<Exit> {
    let (topology, text) = files::topology(&args.file)?;
    let key: LinkKey = topology.name.parse()?;
    let mut policy = Policy::default();
    if let Some(drift) = args.on_drift {
        policy = policy.with_on_drift(match drift {
            Drift::Tell => OnDrift::Tell,
            Drift::Repair => OnDrift::Repair,
        });
    }
    if let Some(seconds) = args.tick {
        policy = policy.with_tick(Duration::from_secs(seconds));
    }
    let spec = Spec::new(text).with_policy(policy);
    let orders = orders(&args.store)?;
    let status = orders.submit(&key, spec).await?;
    shown(&orders, status, &args.shown).await
}

pub(crate) async fn stop(args: OrderArgs) -> Outcome<Exit> {
    give(args, Order::Stop).await
}

pub(crate) async fn resume(args: OrderArgs) -> Outcome<Exit> {
    give(args, Order::Resume).await
}

pub(crate) async fn peer_ready(args: OrderArgs) -> Outcome<Exit> {
    give(args, Order::PeerReady).await
}

pub(crate) async fn delete(args: OrderArgs) -> Outcome<Exit> {
    give(args, Order::Delete).await
}

pub(crate) async fn forget(args: OrderArgs) -> Outcome<Exit> {
    orders(&args.store)?.forget(&args.key).await?;
    Ok(Exit::Ok)
}

pub(crate) async fn status(args: StatusArgs) -> Outcome<Exit> {
    let orders = orders(&args.store)?;
    let status = orders.status(&args.key).await?;
    shown(&orders, status, &args.shown).await
}

pub(crate) async fn list(args: ListArgs) -> Outcome<Exit> {
    let list = orders(&args.store)?
        .list(args.tenant.as_deref(), None, usize::MAX)
        .await?;
    match args.form.json {
        true => told::json(&list)?,
        false => list
            .iter()
            .try_for_each(|one| told::line(&told::status(one)))?,
    }
    Ok(Exit::Ok)
}

pub(crate) async fn plan(args: PlanArgs) -> Outcome<Exit> {
    let (topology, text) = files::topology(&args.file)?;
    let key: LinkKey = topology.name.parse()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let engines = Arc::new(clouds::engines(&args.clouds, Arc::clone(&clock), None)?);
    // A plan keeps nothing, so it needs no folder.
    let nowhere = Arc::new(landbridge_fleet::MemoryStore::new());
    let fleet = Fleet::new(nowhere, clock).with_engines(engines);
    let planned = fleet.plan(&key, &Spec::new(text)).await?;
    match (args.form.json, &planned.plan) {
        (true, _) => told::json(&planned)?,
        (false, Some(plan)) => told::line(&plan.to_string())?,
        (false, None) => told::json(&planned.outcome)?,
    }
    Ok(match planned.outcome {
        Ended::Ready { .. } => Exit::Ok,
        Ended::Failed { .. } => Exit::Unexpected,
        _ => Exit::Unproven,
    })
}

async fn give(args: OrderArgs, order: Order) -> Outcome<Exit> {
    let orders = orders(&args.store)?;
    let status = orders.give(&args.key, order, &Terms::default()).await?;
    shown(&orders, status, &args.shown).await
}

fn orders(args: &StoreArgs) -> Outcome<Fleet> {
    let store = Arc::new(FileStore::open(&args.store)?);
    Ok(Fleet::new(store, Arc::new(SystemClock::new())))
}

/// Shows a topology, once it stands if that is asked for.
async fn shown(orders: &dyn Orders, mut status: Status, args: &ShownArgs) -> Outcome<Exit> {
    let mut exit = Exit::Ok;
    if let Some(seconds) = args.wait {
        let until = tokio::time::Instant::now() + Duration::from_secs(seconds);
        while !status.phase.is_at_rest() && tokio::time::Instant::now() < until {
            tokio::time::sleep(LOOK).await;
            status = orders.status(&status.key).await?;
        }
        exit = match status.phase {
            Phase::Ready | Phase::Deleted => Exit::Ok,
            phase if phase.is_at_rest() => Exit::Unproven,
            _ => Exit::Undecided,
        };
    }
    match args.form.json {
        true => told::json(&status)?,
        false => told::line(&told::status(&status))?,
    }
    Ok(exit)
}
