//! Duplicates of the topology's objects: what a plan deletes, and what stays because others use it.

use std::collections::BTreeSet;

use super::holders::named;
use super::{Context, Finding};
use crate::object::ObjectKey;
use crate::plan::{Duplicate, Holders, duplicates, groups, is_protected};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for (duplicate, with) in groups(context.all) {
        findings.push(match context.goes(&duplicate.id) {
            true => goes(context, &duplicate, &with),
            false => stays(context, &duplicate, &with),
        });
    }
}

// What it is a duplicate of, which may be gone.
fn what(context: &Context<'_>, duplicate: &Duplicate) -> String {
    let Duplicate { key, id, place, .. } = duplicate;
    let of = key.carried();
    match context.all.id_of(of) {
        Some(first) => format!("{id} in {place} carries the same ownership tags as {first}"),
        None => format!(
            "{id} in {place} carries the tags of {of}, but what it is in or joins is gone or is a duplicate"
        ),
    }
}

fn goes(context: &Context<'_>, duplicate: &Duplicate, with: &BTreeSet<ObjectKey>) -> Finding {
    let what = what(context, duplicate);
    let on_it = match with.len() - 1 {
        0 => String::new(),
        1 => " and 1 object that stands on it".to_owned(),
        more => format!(" and {more} objects that stand on it"),
    };
    Finding::note(
        "drift/duplicate",
        duplicate.key.carried().to_string(),
        format!(
            "{what}, as two runs at once leave it; the plan deletes {}{on_it}",
            duplicate.id
        ),
    )
}

fn stays(context: &Context<'_>, duplicate: &Duplicate, with: &BTreeSet<ObjectKey>) -> Finding {
    let parts = duplicates(context.all).into_iter();
    let parts: Vec<Duplicate> = parts.filter(|one| with.contains(&one.key)).collect();
    let holders = Holders::new(context.observation, context.all, &context.plan.steps)
        .and_without(parts.iter().map(|one| one.id.as_str()));
    let parts = parts.iter();
    let held_by: BTreeSet<String> = parts
        .flat_map(|one| holders.of_object(one.kind, &one.id))
        .collect();
    let is_protected = with.iter().any(|key| is_protected(context.topology, key));
    let (why, remedy) = match is_protected {
        true => (
            "the topology protects it".to_owned(),
            "remove `protect` from the topology and apply again, or delete it yourself".to_owned(),
        ),
        false if held_by.is_empty() => (
            format!(
                "others hold the keys of account {}",
                duplicate.place.account
            ),
            "ask the owner of that account to delete it".to_owned(),
        ),
        false => (
            format!("others use it: {}", named(&held_by)),
            "remove what uses it, or ask its owner to; then apply again".to_owned(),
        ),
    };
    Finding::warning(
        "drift/duplicate",
        duplicate.key.carried().to_string(),
        format!("{}; it stays, because {why}", what(context, duplicate)),
        remedy,
    )
}
