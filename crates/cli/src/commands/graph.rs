//! `landbridge graph`: draws networks, or the steps of a plan.

use std::collections::BTreeMap;

use landbridge_core::picture::{Offer, Picture};
use landbridge_core::plan::{Plan, PlanOptions, plan_with};
use landbridge_core::preflight::{Report, preflight, preflight_with};
use landbridge_core::topology::{Interconnect, ModelChoice, Topology};
use landbridge_core::verify::{Traffic, verify};
use landbridge_core::{CloudName, Observation};
use serde_json::json;

use super::{cost, stages};
use crate::args::{Form, Format, GraphArgs, Language, Options, Subject};
use crate::clouds;
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::output::{MORE, Output, complain};
use crate::session::Session;

pub(super) async fn run(args: &GraphArgs, options: &Options, output: &mut Output) -> Outcome {
    check(args)?;
    let topology = stages::open(output, &args.input.file)?;
    let (drawing, exit) = match args.of {
        Subject::Declared => (declared(&topology), Exit::Ok),
        Subject::Discovered => discovered(&topology, options).await?,
        Subject::Plan => planned(args, &topology, options, output).await?,
        Subject::Verdict => judged(&topology, options, output).await?,
        Subject::Steps => (steps(args, &topology, options, output).await?, Exit::Ok),
    };
    write(args, &drawing, output)?;
    Ok(exit)
}

/// The picture with the words of each cloud.
pub(super) fn worded(picture: Picture) -> Picture {
    let named = |picture: Picture, cloud: &&clouds::KnownCloud| {
        picture.with_words(CloudName::new(cloud.name), (cloud.words)())
    };
    clouds::ALL.iter().fold(picture, named)
}

/// What is drawn.
enum Drawing {
    Networks(Box<Picture>),
    Steps(Plan),
}

impl Drawing {
    fn of(picture: Picture) -> Self {
        Self::Networks(Box::new(worded(picture)))
    }

    fn text(&self, form: Form) -> String {
        match (self, form) {
            (Self::Networks(picture), Form::Drawn(Language::Svg)) => picture.to_svg(),
            (Self::Networks(picture), Form::Drawn(Language::Mermaid)) => picture.to_mermaid(),
            (Self::Networks(picture), Form::Drawn(Language::Dot)) => picture.to_dot(),
            (Self::Networks(picture), Form::Plain(_)) => format!("{:#}\n", json!(picture)),
            (Self::Steps(plan), Form::Drawn(Language::Mermaid)) => plan.to_mermaid(),
            (Self::Steps(plan), _) => plan.to_dot(),
        }
    }
}

// Refused before anything is read.
fn check(args: &GraphArgs) -> Outcome<()> {
    let has_language = matches!(args.format, Form::Drawn(Language::Mermaid | Language::Dot));
    if args.format == Form::Plain(Format::Text) {
        return Err(Failure::bad_input(
            "invalid format `text` for `graph`: expected `svg`, `mermaid`, `dot` or `json`",
        ));
    }
    if args.of == Subject::Steps && !has_language {
        return Err(Failure::bad_input(
            "invalid format for `--of steps`: expected `--format mermaid` or `--format dot`; `landbridge plan` prints the \
             steps as text and as JSON",
        ));
    }
    Ok(())
}

fn declared(topology: &Topology) -> Drawing {
    let offers = clouds::ALL.iter();
    let offers = offers.map(|cloud| (CloudName::new(cloud.name), (cloud.offer)()));
    let offers: BTreeMap<_, _> = offers.collect();
    let mut picture = Picture::declared(topology, &offers);
    picture.notes.extend(open_models(topology, &offers));
    Drawing::of(picture)
}

// What is built already and prices decide, and neither is known here.
fn open_models(topology: &Topology, offers: &BTreeMap<CloudName, Offer>) -> Vec<String> {
    let is_open = |interconnect: &&Interconnect| {
        let owner = topology.account(&interconnect.owner);
        let offer = owner.and_then(|owner| offers.get(&owner.cloud));
        interconnect.model == ModelChoice::Auto
            && interconnect.hub.is_none()
            && offer.is_some_and(|offer| offer.models.len() > 1)
    };
    let open = topology.interconnects.iter().filter(is_open);
    let note = |interconnect: &Interconnect| {
        format!(
            "the model of interconnect {} is left open: a plan chooses it",
            interconnect.name
        )
    };
    open.map(note).collect()
}

async fn discovered(topology: &Topology, options: &Options) -> Outcome<(Drawing, Exit)> {
    let session = Session::open(topology, options).await?;
    let places = topology.places();
    let discovery = session.unless_cancelled(session.engine.discover(&places));
    let discovery = discovery.await?;
    for missing in discovery.not_read() {
        complain(format_args!("not read: {missing}"));
    }
    let picture = Picture::discovered(&discovery, &topology.accounts);
    let exit = Exit::judged(false, !discovery.is_complete());
    Ok((Drawing::of(picture), exit))
}

async fn planned(
    args: &GraphArgs,
    topology: &Topology,
    options: &Options,
    output: &Output,
) -> Outcome<(Drawing, Exit)> {
    let (topology, observation, plan) = plan(args, topology, options, output).await?;
    let picture = Picture::planned(&topology, &observation, &plan);
    Ok((Drawing::of(picture), Exit::Ok))
}

async fn steps(
    args: &GraphArgs,
    topology: &Topology,
    options: &Options,
    output: &Output,
) -> Outcome<Drawing> {
    let (_, _, plan) = plan(args, topology, options, output).await?;
    Ok(Drawing::Steps(plan))
}

async fn plan(
    args: &GraphArgs,
    topology: &Topology,
    options: &Options,
    output: &Output,
) -> Outcome<(Topology, Observation, Plan)> {
    let session = Session::open(topology, options).await?;
    let observation = session.observe(topology).await?;
    let allowed = args.consent.plan_options();
    let topology = cost::decided(topology, &observation, options, &allowed);
    refuse_unless_passed(output, preflight_with(&topology, &observation, &allowed))?;
    let plan = plan_with(&topology, &observation, &allowed);
    Ok((topology, observation, plan))
}

async fn judged(
    topology: &Topology,
    options: &Options,
    output: &Output,
) -> Outcome<(Drawing, Exit)> {
    let session = Session::open(topology, options).await?;
    let observation = session.observe(topology).await?;
    let topology = &cost::decided(topology, &observation, options, &PlanOptions::default());
    let mut report = preflight(topology, &observation);
    report
        .findings
        .retain(|finding| finding.code.starts_with("identity/"));
    refuse_unless_passed(output, report)?;
    let report = verify(topology, &observation, Traffic::PING);
    let picture = Picture::judged(topology, &observation, &report);
    let exit = Exit::judged(report.failed(), report.undecided() > 0);
    Ok((Drawing::of(picture), exit))
}

// Only the drawing goes to stdout, for a program that shows it.
fn refuse_unless_passed(output: &Output, mut report: Report) -> Outcome<()> {
    output.locate(&mut report.findings);
    if !report.passed() {
        complain(format_args!("{report}\n{MORE}"));
    }
    stages::refuse_unless_passed(&report)
}

fn write(args: &GraphArgs, drawing: &Drawing, output: &mut Output) -> Outcome<()> {
    let text = drawing.text(args.format);
    if let Some(file) = &args.out {
        files::write("drawing", file, &text)?;
        let file = file.display().to_string();
        output.section("drawn", format_args!("drawn to {file}"), json!(file));
        return Ok(());
    }
    match drawing {
        Drawing::Networks(picture) => output.whole("picture", &text, picture),
        Drawing::Steps(_) => output.whole("picture", &text, &text),
    }
    Ok(())
}
