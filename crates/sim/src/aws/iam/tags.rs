//! Tags of roles and users.

use std::collections::BTreeMap;

use super::paging::paged;
use super::{conflict, named};
use crate::aws::context::{Context, invalid};
use crate::aws::failure::Outcome;
use crate::aws::xml::Xml;

pub(super) type Tags = BTreeMap<String, String>;

/// The most tags that a role or a user may have.
const MOST: usize = 50;

/// The tags that a call sends.
pub(super) fn sent(ctx: &Context<'_>) -> Outcome<Tags> {
    let list = "Tags.member";
    let text = |number, field| {
        let value = ctx.parameters.nested(list, number, field);
        value.unwrap_or_default().to_owned()
    };
    let numbers = ctx.parameters.numbers(list);
    let tags: Tags = numbers
        .into_iter()
        .map(|number| (text(number, "Key"), text(number, "Value")))
        .collect();
    let is_good = |(key, value): (&String, &String)| {
        (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256
    };
    if tags.iter().all(is_good) {
        Ok(tags)
    } else {
        Err(invalid(
            "A tag has a key of 1 to 128 and a value of at most 256 characters.",
        ))
    }
}

/// Adds tags to those that are there; equal keys get the new values.
pub(super) fn add(tags: &mut Tags, new: Tags) -> Outcome<()> {
    let mut all = tags.clone();
    all.extend(new);
    if all.len() > MOST {
        return Err(conflict(
            "LimitExceeded",
            "The number of tags has reached the maximum limit.",
        ));
    }
    *tags = all;
    Ok(())
}

/// `<Tags>`.
pub(super) fn list(tags: &Tags) -> Xml {
    Xml::new().members("Tags", rows(tags))
}

/// `<Tags>`, page by page.
pub(super) fn page(ctx: &Context<'_>, tags: &Tags) -> Outcome {
    paged(ctx, "Tags", rows(tags))
}

fn rows(tags: &Tags) -> Vec<Xml> {
    let tag = |(key, value): (&String, &String)| Xml::new().leaf("Key", key).leaf("Value", value);
    tags.iter().map(tag).collect()
}

/// Removes the tags whose keys the call sends; the others do not matter.
pub(super) fn remove(tags: &mut Tags, keys: &[String]) {
    tags.retain(|key, _| !keys.contains(key));
}

pub(super) fn tag_role(ctx: &mut Context<'_>) -> Outcome {
    let new = sent(ctx)?;
    add(&mut named(ctx)?.tags, new)?;
    Ok(Xml::new())
}

pub(super) fn untag_role(ctx: &mut Context<'_>) -> Outcome {
    let keys = ctx.parameters.list("TagKeys.member");
    remove(&mut named(ctx)?.tags, &keys);
    Ok(Xml::new())
}

pub(super) fn of_role(ctx: &mut Context<'_>) -> Outcome {
    let tags = named(ctx)?.tags.clone();
    page(ctx, &tags)
}
