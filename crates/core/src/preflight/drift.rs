//! Objects that exist and differ from the topology, or are in a state that no write of ours mends.

use super::{Context, Finding};
use crate::object::ObjectKey;
use crate::plan::{Adoptable, Difference, differences, with_dependents};
use crate::topology::Interconnect;
use crate::traits::{GrantRecord, Phase};

/// What exists differs from what the topology says in a way that no write of ours can mend in place.
pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let differences = differences(context.topology, context.all);
    // What goes with something else is told with that.
    let follows = |one: &Difference| {
        let mut others = differences.iter().filter(|other| other.key != one.key);
        others.any(|other| {
            let with = with_dependents(context.all, &other.key);
            other.ours && with.contains(&one.key)
        })
    };
    let roots = differences.iter().filter(|one| !follows(one));
    findings.extend(roots.map(|one| immutable(context, one)));
    for interconnect in &context.topology.interconnects {
        grants(context, interconnect, findings);
    }
    renamed(context, findings);
    tags_lost(context, findings);
    failed(context, findings);
}

// Told with all that would be deleted and made anew, which is more than what differs.
fn immutable(context: &Context<'_>, difference: &Difference) -> Finding {
    let Difference {
        key,
        subject,
        message,
        ours,
    } = difference;
    let undo = "undo the change in the topology";
    if !ours {
        let remedy =
            format!("{undo}: others made the object, and Landbridge changes nothing of it");
        return Finding::error("drift/immutable", subject, message, remedy);
    }
    let going = with_dependents(context.all, key);
    let named: Vec<String> = going
        .iter()
        .filter(|key| context.all.id_of(key).is_some())
        .map(ToString::to_string)
        .collect();
    let (count, names) = (named.len(), named.join(", "));
    let what = match count {
        1 => format!("1 object is deleted and made anew: {names}"),
        _ => format!("{count} objects are deleted and made anew: {names}"),
    };
    match context.options.replace {
        true => Finding::warning(
            "drift/replaced",
            subject,
            format!("{message}; {what}"),
            "packets of what is replaced are lost until the apply is done; addresses that the cloud chose may change",
        ),
        false => Finding::error(
            "drift/immutable",
            subject,
            message,
            format!("{undo}; or run with `--replace`: {what}"),
        ),
    }
}

fn grants(context: &Context<'_>, interconnect: &Interconnect, findings: &mut Vec<Finding>) {
    for member in &interconnect.members {
        let Some(at) = context
            .found
            .grants
            .get(&ObjectKey::grant(&interconnect.name, member))
        else {
            continue;
        };
        let (grant, _) = &at.record;
        if grant.payer == Some(interconnect.payer) {
            continue;
        }
        // The cloud refuses a grant that does not say who pays; any other one of others is used as it is.
        if !at.ours && grant.payer.is_some() {
            findings.push(other_payer(member, grant, interconnect));
            continue;
        }
        let actual = grant.payer.map_or_else(
            || "does not say who pays".to_owned(),
            |payer| format!("says `{payer}`"),
        );
        findings.push(Finding::error(
            "grant/payer",
            format!("network {member}"),
            format!(
                "its grant to {} {actual}; the topology declares `{}`",
                grant.hub, interconnect.payer
            ),
            format!(
                "as account {}, revoke the grant of {} to {} with `landbridge grant revoke`, then apply again; or change \
                 `payer` in the topology",
                at.place.account, grant.member, grant.hub
            ),
        ));
    }
}

fn other_payer(member: &str, grant: &GrantRecord, interconnect: &Interconnect) -> Finding {
    let actual = grant
        .payer
        .map(|payer| payer.to_string())
        .unwrap_or_default();
    Finding::warning(
        "grant/payer",
        format!("network {member}"),
        format!(
            "others granted it to {} and chose that {actual}; the topology declares `{}`, which changes nothing",
            grant.hub, interconnect.payer
        ),
        "change `payer` in the topology, or ask the network's owner to change who pays",
    )
}

// Something that failed never becomes ready; waiting for it would only end at the deadline.
fn failed(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let peerings = context
        .found
        .peerings
        .iter()
        .map(|(key, at)| (key, at.record.id.to_string(), &at.record.status));
    let hubs = context
        .found
        .hubs
        .iter()
        .map(|(key, at)| (key, at.record.id.to_string(), &at.record.status));
    for (key, id, status) in peerings.chain(hubs) {
        if status.phase == Phase::Failed {
            findings.push(Finding::error(
                "drift/failed",
                key.to_string(),
                format!("{id} has status {status} and cannot become ready"),
                format!("delete {id}, then apply again"),
            ));
        }
    }
}

// What the topology says itself needs no note: the plan shows it.
fn renamed(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (what, was, name) in &context.all.renames.recognised {
        findings.push(Finding::note(
            "rename/recognised",
            format!("{what} {name}"),
            format!(
                "it is what was made as {what} {was}, which the topology no longer declares; it is kept and gets the new \
                 name, but for the name that the console shows"
            ),
        ));
    }
}

// Without its tags an object would be made a second time, or stand in the way of the one that is.
fn tags_lost(context: &Context<'_>, findings: &mut Vec<Finding>) {
    findings.extend(lost(context).map(|one| {
        Finding::error(
            "drift/tag-lost",
            one.key.to_string(),
            what_lost(one),
            format!(
                "if it is the topology's, run `landbridge adopt FILE {}`",
                one.key
            ),
        )
    }));
}

/// What a destroy leaves there, because nothing says whose it is.
pub(super) fn left(context: &Context<'_>, findings: &mut Vec<Finding>) {
    findings.extend(lost(context).map(|one| {
        Finding::warning(
            "drift/tag-lost",
            one.key.to_string(),
            format!("{}; it is not deleted", what_lost(one)),
            format!(
                "if it is the topology's, run `landbridge adopt FILE {}` before `destroy`",
                one.key
            ),
        )
    }));
}

// Before anything of the topology is there, nothing can have lost its tags.
fn lost<'a>(context: &'a Context<'_>) -> impl Iterator<Item = &'a Adoptable> {
    let is_up = context.all.has_any_of_ours();
    context.lost.iter().filter(move |_| is_up)
}

fn what_lost(one: &Adoptable) -> String {
    let what = format!(
        "{} in {} stands where the topology wants its own, and carries no tags that say whose it is",
        one.object, one.place
    );
    match &one.proof {
        Some(proof) => format!("{what}; {proof}"),
        None => what,
    }
}
