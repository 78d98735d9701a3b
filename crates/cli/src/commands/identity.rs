//! `landbridge identity`: shows which accounts and users keys belong to.

use landbridge_core::IdentityKind;
use serde_json::{Value, json};

use crate::accounts::{Caller, Callers};
use crate::args::{IdentityArgs, Options};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

pub(super) async fn run(args: &IdentityArgs, options: &Options, output: &mut Output) -> Outcome {
    let callers = Callers::open(&args.accounts, options)?;
    let mut identities = Vec::new();
    for reference in &args.references {
        let caller = callers.identify(reference).await?;
        let alias = Alias::read(&callers, &caller).await?;
        identities.push((caller, alias));
    }
    show(output, &identities);
    let callers = identities.iter().map(|(caller, _)| caller);
    let problems: Vec<&str> = callers.filter_map(|c| c.problem.as_deref()).collect();
    match problems.is_empty() {
        true => Ok(Exit::Ok),
        false => Err(Failure::bad_input(problems.join("\n"))),
    }
}

/// The alias, or the error of reading it, which does not fail the command.
struct Alias(landbridge_core::Result<Option<String>>);

impl Alias {
    async fn read(callers: &Callers, caller: &Caller) -> Outcome<Self> {
        callers.alias(caller).await.map(Self)
    }

    fn text(&self) -> String {
        match &self.0 {
            Ok(Some(alias)) => format!("alias {alias}"),
            Ok(None) => "no alias".to_owned(),
            Err(error) => format!("cannot read its alias: {}", error.kind().as_str()),
        }
    }
}

fn show(output: &mut Output, identities: &[(Caller, Alias)]) {
    let texts: Vec<String> = identities.iter().map(text).collect();
    let values: Vec<Value> = identities.iter().map(value).collect();
    output.section("identities", texts.join("\n"), values);
    for (caller, _) in identities {
        if let Some(warning) = caller.warning() {
            output.warning(&warning);
        }
    }
}

fn text((caller, alias): &(Caller, Alias)) -> String {
    let identity = &caller.identity;
    let mut text = format!(
        "{}: {} account {} ({})\n  {} {}",
        caller.text,
        caller.cloud(),
        identity.account,
        alias.text(),
        kind(identity.kind),
        identity.arn
    );
    if let Some(problem) = &caller.problem {
        text.push_str(&format!("\n  WRONG ACCOUNT: {problem}"));
    }
    text
}

fn value((caller, alias): &(Caller, Alias)) -> Value {
    let identity = &caller.identity;
    json!({
        "account": caller.text,
        "cloud": caller.cloud(),
        "id": identity.account,
        "alias": alias.0.as_ref().ok(),
        "alias_problem": alias.0.as_ref().err().map(ToString::to_string),
        "kind": kind(identity.kind),
        "arn": identity.arn,
        "problem": caller.problem,
    })
}

pub(super) fn kind(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Root => "root",
        IdentityKind::User => "user",
        IdentityKind::Role => "role",
        _ => "other",
    }
}
