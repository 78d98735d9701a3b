//! Analyses: of paths that were recorded, and of paths that are forgotten with their analysis.

use std::time::Duration;

use serde_json::{Value, json};

use super::paths::{self, Wish, named};
use super::result::Outcome as Ended;
use super::{Analysis, done, not_found};
use crate::aliyun::choices::TOO_MANY_ANALYSES;
use crate::aliyun::context::{Context, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::table::{Base, Life, Object};

/// Records nothing: neither a path nor an entry of the ledger.
pub(super) fn create_and_analyze(ctx: &mut Context<'_>) -> Outcome {
    let wish = paths::wish(ctx)?;
    let region = ctx.region()?.unwrap_or_default();
    let base = base(ctx, &region);
    let mut answer = wish.echo();
    answer["NetworkReachableAnalysisId"] = base.id.clone().into();
    begin(ctx, base, None, wish);
    Ok(answer)
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let path = ctx.required("NetworkPathId")?;
    let path = paths::own(ctx, &path)?;
    let own = ctx.state.nis.analyses.iter();
    let recorded = own.filter(|one| ctx.is_own(*one) && one.path.is_some());
    if recorded.count() >= ctx.quota("network_reachable_analyses") {
        return Err(Failure::bad(
            TOO_MANY_ANALYSES,
            "The quota of network reachability analyses is used up.",
        ));
    }
    let mut base = base(ctx, &path.base.region);
    base.tags = ctx.parameters.tags()?;
    ctx.born("network-reachable-analysis", &base);
    let answer = json!({"NetworkReachableAnalysisId": base.id});
    begin(ctx, base, Some(path.base.id), path.wish);
    Ok(answer)
}

fn base(ctx: &mut Context<'_>, region: &str) -> Base {
    let takes: Duration = ctx.setup.timings.network_analysis;
    Base {
        id: ctx.new_id("nra", ""),
        owner: ctx.account().to_owned(),
        region: region.to_owned(),
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        life: Life::new(ctx.now, takes),
    }
}

fn begin(ctx: &mut Context<'_>, base: Base, path: Option<String>, wish: Wish) {
    ctx.state.nis.analyses.insert(Analysis {
        base,
        path,
        wish,
        outcome: None,
    });
}

fn own(ctx: &Context<'_>, id: &str) -> Outcome<Analysis> {
    let analysis = ctx.state.nis.analyses.get(id);
    let analysis = analysis.filter(|analysis| ctx.is_own(*analysis));
    analysis
        .cloned()
        .ok_or_else(|| not_found("NetworkReachableAnalysis", id))
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("NetworkReachableAnalysisId")?;
    let analysis = own(ctx, &id)?;
    let status = match &analysis.outcome {
        None => "init",
        Some(Ended::Finished { .. }) => "finish",
        Some(Ended::Failed) => "error",
    };
    let mut answer = json!({
        "AliUid": uid(&analysis.base.owner),
        "CreateTime": ctx.date(analysis.life().created),
        "NetworkPathId": analysis.path.as_deref().unwrap_or_default(),
        "NetworkPathParameter": analysis.wish.view().to_string(),
        "NetworkReachableAnalysisId": id,
        "NetworkReachableAnalysisStatus": status,
    });
    if let Some(Ended::Finished { reachable, result }) = &analysis.outcome {
        answer["Reachable"] = Value::from(*reachable);
        answer["NetworkReachableAnalysisResult"] = result.to_string().into();
    }
    Ok(answer)
}

/// All or none.
pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let named = named(ctx, "NetworkReachableAnalysisIds")?;
    for id in &named {
        own(ctx, id)?;
    }
    let now = ctx.now;
    for id in &named {
        if let Some(analysis) = ctx.state.nis.analyses.get_mut(id) {
            analysis.base.life.leave(now);
        }
    }
    ctx.forget_nis();
    Ok(done())
}
