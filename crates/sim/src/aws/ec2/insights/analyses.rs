//! Analyses of paths: they run for a while, and tell what they found for as long as they are kept.

use super::paths::Path;
use super::report::{self, Report};
use crate::aws::choices::TOO_MANY_OF_INSIGHTS;
use crate::aws::context::Context;
use crate::aws::ec2::find::{ANALYSIS, INSIGHTS_PATH};
use crate::aws::ec2::tagging;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::filters::Fields;
use crate::aws::paging::paged_from;
use crate::aws::permissions;
use crate::aws::state::State;
use crate::aws::xml::Xml;
use crate::clock::parse_rfc3339;
use crate::table::{Base, Object};

#[derive(Debug, Clone)]
pub(crate) struct Analysis {
    pub(crate) base: Base,
    pub(super) path: Path,
    pub(super) filter_in: Vec<String>,
    pub(super) filter_out: Vec<String>,
    other_accounts: Vec<String>,
    /// What it would have told when it started.
    first: Result<Report, String>,
    outcome: Option<Result<Report, String>>,
}

/// What the caller must be allowed beside the call itself, because the analyser looks at the network in the caller's name.
const READS: [&str; 11] = [
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "tiros:CreateQuery",
    "tiros:GetQueryAnswer",
    "tiros:GetQueryExplanation",
];

const NO_PERMISSION: &str = "The request failed due to insufficient permissions";
const CHANGED: &str =
    "The request failed due to modifications in network resources during the analysis";

impl Analysis {
    pub(super) fn is_running(&self) -> bool {
        self.outcome.is_none()
    }

    /// The same after its time is over. What it looked at must not have changed.
    pub(super) fn ended(mut self, state: &State) -> Self {
        let last = match &self.first {
            Ok(_) => report::of(state, &self, self.life().ready),
            Err(failed) => Err(failed.clone()),
        };
        self.outcome = Some(if last == self.first {
            last
        } else {
            Err(CHANGED.to_owned())
        });
        self
    }

    fn status(&self) -> &'static str {
        match &self.outcome {
            None => "running",
            Some(Ok(_)) => "succeeded",
            Some(Err(_)) => "failed",
        }
    }

    fn report(&self) -> Option<&Report> {
        self.outcome.as_ref()?.as_ref().ok()
    }

    fn failure(&self) -> Option<&String> {
        self.outcome.as_ref()?.as_ref().err()
    }
}

pub(in crate::aws::ec2) fn start(ctx: &mut Context<'_>) -> Outcome {
    let path = INSIGHTS_PATH.named(ctx, "NetworkInsightsPathId")?;
    ctx.required("ClientToken")?;
    let tags = tagging::specified(ctx, &["network-insights-analysis"])?;
    let filter_in = resource_names(ctx, "FilterInArn")?;
    let filter_out = resource_names(ctx, "FilterOutArn")?;
    check_quotas(ctx)?;
    let takes = ctx.setup.timings.analysis;
    let mut analysis = Analysis {
        base: ctx.base("nia", takes),
        path,
        filter_in,
        filter_out,
        other_accounts: ctx.parameters.list("AdditionalAccount"),
        first: Err(NO_PERMISSION.to_owned()),
        outcome: None,
    };
    // Without an organization the roles in other accounts cannot be assumed.
    if analysis.other_accounts.is_empty() && permissions::allows_all(ctx, &READS) {
        analysis.first = report::of(ctx.state, &analysis, ctx.now);
    }
    ctx.born("network-insights-analysis", &analysis.base.id);
    tagging::put(ctx, &analysis.base.id, tags);
    let answer = Xml::new().node("networkInsightsAnalysis", view(ctx, &analysis));
    ctx.state.ec2.analyses.insert(analysis);
    Ok(answer)
}

/// At most one.
fn resource_names(ctx: &Context<'_>, name: &str) -> Outcome<Vec<String>> {
    let named = ctx.parameters.list(name);
    if named.len() > 1 {
        let message = format!("The parameter {name} takes one resource.");
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    match named.iter().find(|named| !named.starts_with("arn:")) {
        Some(other) => Err(bad_value(other, name)),
        None => Ok(named),
    }
}

fn check_quotas(ctx: &Context<'_>) -> Outcome<()> {
    let own = || {
        ctx.state
            .ec2
            .analyses
            .iter()
            .filter(|one| ctx.can_see(*one))
    };
    let running = own().filter(|analysis| analysis.is_running()).count();
    let code = TOO_MANY_OF_INSIGHTS;
    ctx.within("network_insights_analyses", own().count(), code)?;
    ctx.within("concurrent_network_insights_analyses", running, code)
}

pub(in crate::aws::ec2) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let fields = |analysis: &Analysis| {
        let found = analysis.report().map(|report| report.is_found);
        Fields::new(ctx.tags(&analysis.base.id))
            .with("status", analysis.status())
            .many("path-found", found)
    };
    let filters = ["path-found", "status"];
    let mut found = ANALYSIS.select(ctx, "NetworkInsightsAnalysisId", &filters, fields)?;
    if ctx.parameters.get("NetworkInsightsPathId").is_some() {
        let path = INSIGHTS_PATH.named(ctx, "NetworkInsightsPathId")?;
        found.retain(|analysis| analysis.path.base.id == path.base.id);
    }
    let (after, before) = (
        date(ctx, "AnalysisStartTime")?,
        date(ctx, "AnalysisEndTime")?,
    );
    found.retain(|analysis| {
        let at = ctx.clock.at(analysis.base.life.created);
        after.is_none_or(|after| at >= after) && before.is_none_or(|before| at <= before)
    });
    let rows = found.iter().map(|analysis| view(ctx, analysis)).collect();
    paged_from(ctx, "networkInsightsAnalysisSet", rows, 1..=100)
}

fn date(ctx: &Context<'_>, name: &str) -> Outcome<Option<std::time::SystemTime>> {
    let text = ctx.parameters.get(name);
    text.map(|text| parse_rfc3339(text).ok_or_else(|| bad_value(text, name)))
        .transpose()
}

pub(in crate::aws::ec2) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let analysis = ANALYSIS.named(ctx, "NetworkInsightsAnalysisId")?;
    let id = analysis.base.id;
    if let Some(stored) = ctx.state.ec2.analyses.get_mut(&id) {
        stored.base.life.leave(ctx.now);
    }
    ctx.gone(&id);
    tagging::forget(ctx, &id);
    Ok(Xml::new().leaf("networkInsightsAnalysisId", &id))
}

fn view(ctx: &Context<'_>, analysis: &Analysis) -> Xml {
    let id = &analysis.base.id;
    let texts = |list: &[String]| -> Vec<Xml> { list.iter().map(|one| Xml::text(one)).collect() };
    let mut view = Xml::new()
        .leaf("networkInsightsAnalysisId", id)
        .leaf(
            "networkInsightsAnalysisArn",
            ctx.arn("network-insights-analysis", id),
        )
        .leaf("networkInsightsPathId", &analysis.path.base.id);
    for (name, list) in [
        ("additionalAccountSet", &analysis.other_accounts),
        ("filterInArnSet", &analysis.filter_in),
        ("filterOutArnSet", &analysis.filter_out),
    ] {
        if !list.is_empty() {
            view = view.items(name, texts(list));
        }
    }
    view = view
        .leaf("startDate", ctx.date(analysis.base.life.created))
        .leaf("status", analysis.status())
        .maybe("statusMessage", analysis.failure());
    if let Some(report) = analysis.report() {
        view = view.and(report.view());
    }
    view.and(ctx.tag_set(id))
}
