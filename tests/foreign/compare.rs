//! Two runs of one script, step by step.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::differences::{Accepted, Difference};

/// What a script said.
#[derive(Debug)]
pub(crate) struct Run {
    steps: Vec<Step>,
    /// Where answers contradict the service model.
    pub(crate) problems: Vec<String>,
    /// The elements seen in answers, by their path.
    elements: BTreeSet<String>,
}

#[derive(Debug)]
struct Step {
    name: String,
    /// `ok` or the error's code in small letters.
    outcome: String,
    /// What the server said about it.
    message: String,
    /// Every field by its path, as JSON text without quotation marks.
    fields: BTreeMap<String, String>,
}

impl Run {
    pub(crate) fn new(output: &Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().expect("a list");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let wire = &output["wire"];
        let paths = wire["elements"].as_object().expect("paths by operation");
        Self {
            steps: list(&output["steps"]).iter().map(Step::new).collect(),
            problems: list(&wire["problems"]).iter().map(text).collect(),
            elements: paths
                .values()
                .flat_map(list)
                .map(|path| text(&path))
                .collect(),
        }
    }
}

impl Step {
    fn new(output: &Value) -> Self {
        let mut fields = BTreeMap::new();
        flatten("", &output["fields"], &mut fields);
        Self {
            name: output["step"].as_str().expect("a name").to_owned(),
            outcome: output["error"].as_str().unwrap_or("ok").to_lowercase(),
            message: output["message"].as_str().unwrap_or_default().to_owned(),
            fields,
        }
    }

    /// The fields to compare; an error has none but its code.
    fn all(&self, with_fields: bool) -> BTreeMap<&str, &str> {
        let outcome = ("outcome", self.outcome.as_str());
        let fields = self.fields.iter().filter(|_| with_fields);
        let fields = fields.map(|(path, value)| (path.as_str(), value.as_str()));
        fields.chain([outcome]).collect()
    }
}

fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let Value::Object(members) = value else {
        if !path.is_empty() {
            let text = value.as_str().map(str::to_owned);
            into.insert(
                path.to_owned(),
                text.unwrap_or_else(|| value.to_string().replace('"', "")),
            );
        }
        return;
    };
    for (name, member) in members {
        let dot = if path.is_empty() { "" } else { "." };
        flatten(&format!("{path}{dot}{name}"), member, into);
    }
}

/// Differences that are not accepted, and accepted ones that are none.
pub(crate) fn steps(moto: &Run, ours: &Run, accepted: &[Accepted]) -> Vec<String> {
    let names =
        |run: &Run| -> Vec<String> { run.steps.iter().map(|step| step.name.clone()).collect() };
    if names(moto) != names(ours) {
        return vec![format!(
            "other steps:\nmoto: {:?}\nours: {:?}",
            names(moto),
            names(ours)
        )];
    }
    let mut open: BTreeMap<Difference, &str> = accepted.iter().flat_map(Accepted::all).collect();
    let mut complaints = Vec::new();
    for (theirs, own) in moto.steps.iter().zip(&ours.steps) {
        let with_fields = theirs.outcome == own.outcome;
        let (left, right) = (theirs.all(with_fields), own.all(with_fields));
        let fields: BTreeSet<&str> = left.keys().chain(right.keys()).copied().collect();
        for field in fields {
            let value = |side: &BTreeMap<&str, &str>| -> String {
                side.get(field).copied().unwrap_or("absent").to_owned()
            };
            let (moto, simulator) = (value(&left), value(&right));
            let is_it = |known: &Difference| *known == (&own.name, field, &moto, &simulator);
            let known = open.keys().copied().find(is_it);
            if let Some(known) = known {
                open.remove(&known);
            } else if moto != simulator {
                complaints.push(format!(
                    "{:?}: moto {:?}, ours {:?}",
                    (&own.name, field, &moto, &simulator),
                    theirs.message,
                    own.message
                ));
            }
        }
    }
    complaints.extend(
        open.iter()
            .map(|(difference, why)| format!("not found: {difference:?}, accepted because {why}")),
    );
    complaints
}

/// Elements that only moto answers, other than those known to be absent, and those inside of them.
pub(crate) fn elements(moto: &Run, ours: &Run, absent: &[&str]) -> Vec<String> {
    let inside = |path: &str, known: &str| {
        let rest = path.strip_prefix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    moto.elements
        .difference(&ours.elements)
        .filter(|path| !absent.iter().any(|known| inside(path, known)))
        .map(|path| format!("only moto answers {path}"))
        .collect()
}
