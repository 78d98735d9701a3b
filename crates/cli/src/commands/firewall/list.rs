//! `landbridge firewall list`.

use landbridge_core::{Error, ErrorKind, GroupRecord, RuleRecord, Select};
use serde_json::{Value, json};

use crate::accounts::Callers;
use crate::args::{ListRulesArgs, Named, Options};
use crate::commands::named;
use crate::exit::{Exit, Outcome};
use crate::interrupt::unless_cancelled;
use crate::output::Output;

pub(super) async fn run(args: &ListRulesArgs, options: &Options, output: &mut Output) -> Outcome {
    let callers = Callers::open(&args.accounts, options)?;
    let place = &args.group.place;
    let caller = callers.caller(&place.account).await?;
    let engine = callers.engine([&caller])?;
    let place = caller.place(&place.region);
    let cloud = unless_cancelled(callers.cancel(), engine.cloud(&place)).await?;
    let id = match &args.group.id {
        Named::Id(id) => id.clone(),
        Named::Name(name) => {
            unless_cancelled(callers.cancel(), named::group(&*cloud, name)).await??
        }
    };
    let id = &id;
    let reading = async {
        let groups = cloud.list_groups(&Select::id(id.clone())).await?;
        let group = groups.into_iter().next().ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("unknown security group `{id}`"),
            )
            .with_place(place.clone())
            .with_remedy("correct the ID, the region or the account")
        })?;
        let rules = cloud.list_rules(id).await?;
        Ok((group, rules))
    };
    let (group, rules) = unless_cancelled(callers.cancel(), reading).await?;
    let network = group.network.as_ref().map_or("none", |id| id.as_str());
    let heading = format!(
        "security group {id} `{}` in {place}, network {network}",
        group.name
    );
    show(output, &heading, &group, &rules, &args.mark);
    Ok(Exit::Ok)
}

fn show(output: &mut Output, heading: &str, group: &GroupRecord, rules: &[RuleRecord], mark: &str) {
    output.section("group", heading, group);
    let (ours, foreign): (Vec<&RuleRecord>, Vec<&RuleRecord>) =
        rules.iter().partition(|rule| is_ours(rule, mark));
    let text = format!(
        "{}\n{}",
        lines(&format!("rules with mark `{mark}`"), &ours),
        lines("other rules", &foreign)
    );
    let values: Vec<Value> = rules.iter().map(|rule| value(rule, mark)).collect();
    output.section("rules", text, values);
}

fn is_ours(rule: &RuleRecord, mark: &str) -> bool {
    rule.topology.as_deref() == Some(mark)
}

fn lines(heading: &str, rules: &[&RuleRecord]) -> String {
    let mut text = format!("{heading}: {}", rules.len());
    for record in rules {
        text.push_str(&format!("\n  {}", record.rule));
        if let Some(priority) = record.priority {
            text.push_str(&format!(", priority {priority}"));
        }
        if let Some(id) = &record.id {
            text.push_str(&format!("  {id}"));
        }
        if let Some(mark) = &record.topology {
            text.push_str(&format!("  mark `{mark}`"));
        }
    }
    text
}

fn value(record: &RuleRecord, mark: &str) -> Value {
    let mut value = json!(record);
    value["text"] = record.rule.to_string().into();
    value["ours"] = is_ours(record, mark).into();
    value
}
