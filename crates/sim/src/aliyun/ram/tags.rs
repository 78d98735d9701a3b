//! Tags of roles and policies. RAM takes them as one text, unlike the other products.

use serde_json::{Value, json};

use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::parameters::invalid;
use crate::table::Tags;

/// A key and a value; one without a value matches any.
pub(super) struct Wanted {
    key: String,
    value: Option<String>,
}

impl Wanted {
    fn is_in(&self, tags: &Tags) -> bool {
        tags.iter().any(|(key, value)| {
            *key == self.key && self.value.as_ref().is_none_or(|wanted| wanted == value)
        })
    }
}

/// `Tag`: a JSON list of `{Key, Value}`.
pub(super) fn wanted(ctx: &Context<'_>) -> Outcome<Vec<Wanted>> {
    let Some(text) = ctx.parameters.get("Tag") else {
        return Ok(Vec::new());
    };
    let list: Vec<Value> = serde_json::from_str(text).map_err(|_| invalid("Tag"))?;
    if list.len() > 20 {
        return Err(Failure::bad("NumberExceed.Tags", "At most 20 tags."));
    }
    let field = |tag: &Value, name| tag.get(name).and_then(Value::as_str).map(str::to_owned);
    let tag = |tag: &Value| {
        let key = field(tag, "Key").filter(|key| !key.is_empty());
        Ok(Wanted {
            key: key.ok_or_else(|| invalid("Tag"))?,
            value: field(tag, "Value"),
        })
    };
    list.iter().map(tag).collect()
}

/// Whether an object with these tags passes the filter of a list call.
pub(super) fn match_all(wanted: &[Wanted], tags: &Tags) -> bool {
    wanted.iter().all(|wanted| wanted.is_in(tags))
}

/// The tags of a new object.
pub(super) fn of_new(ctx: &Context<'_>) -> Outcome<Tags> {
    let tags = wanted(ctx)?.into_iter();
    Ok(tags
        .map(|tag| (tag.key, tag.value.unwrap_or_default()))
        .collect())
}

pub(super) fn view(tags: &Tags) -> Value {
    let tag = |(key, value): &(String, String)| json!({"TagKey": key, "TagValue": value});
    json!({"Tag": tags.iter().map(tag).collect::<Vec<_>>()})
}
