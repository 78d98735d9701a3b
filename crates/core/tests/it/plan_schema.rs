//! The published schema of plans is that of the plans which are written.

use landbridge_core::plan::{json_schema, plan, plan_destroy};
use serde_json::{Value, json};

use crate::apply::apply;
use crate::common::{topology, world};

/// What is wrong with a value by a schema, of the words that schemas of this crate use.
fn wrong(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches("#/$defs/");
        let found = wrong(root, &root["$defs"][name], value, at);
        return found.or_else(|| without(schema, "$ref", root, value, at));
    }
    if let Some(wanted) = schema.get("const") {
        return (wanted != value).then(|| format!("{at}: {value}, not {wanted}"));
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let mut told = choices.iter().map(|one| wrong(root, one, value, at));
            if told.all(|one| one.is_some()) {
                return Some(format!("{at}: {value} is none of {choices:?}"));
            }
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return (!values.contains(value)).then(|| format!("{at}: {value} is none of {values:?}"));
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        Value::Null => Vec::new(),
        kind => vec![kind.clone()],
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_of(kind, value)) {
        return Some(format!("{at}: {value} is not of {kinds:?}"));
    }
    if let (Some(items), Some(elements)) = (schema.get("items"), value.as_array()) {
        let mut all = elements.iter();
        return all.find_map(|one| wrong(root, items, one, &format!("{at}[]")));
    }
    members(root, schema, value, at)
}

fn without(schema: &Value, word: &str, root: &Value, value: &Value, at: &str) -> Option<String> {
    let mut rest = schema.clone();
    rest.as_object_mut()?.remove(word);
    wrong(root, &rest, value, at)
}

fn members(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let members = value.as_object()?;
    let known = schema["properties"].as_object();
    let required = schema["required"].as_array().into_iter().flatten();
    let mut required = required.filter_map(Value::as_str);
    if let Some(missing) = required.find(|name| !members.contains_key(*name)) {
        return Some(format!("{at}: no `{missing}`"));
    }
    members.iter().find_map(|(name, member)| {
        let described = known.and_then(|known| known.get(name))?;
        wrong(root, described, member, &format!("{at}.{name}"))
    })
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

#[tokio::test]
async fn plans_are_what_their_schema_says() {
    let schema = json_schema();
    let check = |plan: &Value| wrong(&schema, &schema, plan, "plan");
    let (engine, ..) = world();
    let observation = engine.observe(&topology()).await.expect("observe");
    let first = plan(&topology(), &observation).to_json();
    assert!(first["steps"].as_array().expect("steps").len() > 20);
    assert_eq!(check(&first), None);
    apply(&engine, &topology()).await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let destroy = plan_destroy(&topology(), &observation).to_json();
    assert_eq!(check(&destroy), None);

    let mut other = first.clone();
    other["format"] = json!(2);
    assert_eq!(check(&other), Some("plan.format: 2, not 1".to_owned()));
    let mut other = first.clone();
    other["steps"][0]["place"] = json!("here");
    assert!(check(&other).is_some_and(|told| told.starts_with("plan.steps[].place")));
    let mut other = first;
    other["steps"][0]["op"]["op"] = json!("paint");
    assert!(check(&other).is_some_and(|told| told.starts_with("plan.steps[].op")));
}

#[test]
fn every_step_is_described() {
    let text = json_schema().to_string();
    for op in [
        "create-network",
        "delete-network",
        "request-peering",
        "rename",
        "ensure-role",
    ] {
        assert!(text.contains(&format!("\"const\":\"{op}\"")), "{op}");
    }
}
