//! A sample answer, and the ways in which a member of it may look different.

use std::fmt::Debug;
use std::sync::LazyLock;

use landbridge_core::{CloudName, Endpoint, Place, Result};
use serde_json::{Value, json};

use crate::document::{Doc, Document};
use crate::member::Member;

/// An answer, who reads it and what must be in it.
pub(super) struct Sample {
    /// The operation that answers so.
    pub(super) operation: &'static str,
    /// Where the list is whose items are read; empty if the answer is read as a whole.
    pub(super) list: &'static [&'static str],
    /// Reads the answer or an item of the list, and tells what it understood.
    pub(super) read: fn(Doc<'_>) -> Result<String>,
    /// Members without which the answer or item makes no sense, as `Outer.Inner`.
    pub(super) needed: &'static [&'static str],
    /// Members whose text must have a certain form if it is there: CIDR blocks, dates, documents, roles.
    pub(super) formed: &'static [&'static str],
    /// What must be in the text that reading gives.
    pub(super) says: &'static [&'static str],
    /// The answer.
    pub(super) answer: &'static str,
}

/// What may stand for nothing.
pub(super) fn blanks() -> [Value; 4] {
    [Value::Null, json!(""), json!({}), json!([])]
}

impl Sample {
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(self.answer).expect(self.operation)
    }

    /// What is understood of each item, or of the whole. The error is its text.
    pub(super) fn read_all(&self, answer: &Value) -> Result<Vec<String>, String> {
        let document = Document::read(answer.to_string());
        self.read_doc(document.ok().expect("a document").root())
    }

    pub(super) fn read_doc(&self, doc: Doc<'_>) -> Result<Vec<String>, String> {
        let items = match self.list {
            [] => vec![doc],
            path => doc.need_list(path).map_err(|error| error.to_string())?,
        };
        let read = items.into_iter().map(self.read);
        read.collect::<Result<_>>()
            .map_err(|error| error.to_string())
    }

    /// The pointers to all members of what is read, down to those of members.
    pub(super) fn members(&self, answer: &Value) -> Vec<String> {
        let mut found = Vec::new();
        let start = self.start();
        walk(
            answer.pointer(&start).expect(self.operation),
            &start,
            &mut found,
        );
        found
    }

    // The first item of the list, or the whole.
    fn start(&self) -> String {
        match self.list {
            [] => String::new(),
            path => format!("/{}/0", path.join("/")),
        }
    }

    /// Whether nothing can be read if the member is blank.
    pub(super) fn needs(&self, answer: &Value, at: &str) -> bool {
        let name = self.name(at);
        let outer = format!("{name}.");
        let holds = |needed: &&str| {
            let inner = needed.strip_prefix(&outer);
            inner.is_some_and(|inner| answer.pointer(at).is_some_and(|at| leads_to(at, inner)))
        };
        self.needed.contains(&name.as_str()) || self.needed.iter().any(holds)
    }

    /// Whether the text of the member must have a certain form.
    pub(super) fn prescribes(&self, at: &str) -> bool {
        self.formed.contains(&self.name(at).as_str())
    }

    // `Outer.Inner` of a pointer, without positions in lists.
    fn name(&self, at: &str) -> String {
        let parts = at[self.start().len()..].split('/');
        let names = parts.filter(|part| part.parse::<usize>().is_err() && !part.is_empty());
        names.collect::<Vec<_>>().join(".")
    }
}

/// Whether objects alone lead from the value to the member `Outer.Inner`. A list on the way may be empty.
fn leads_to(value: &Value, member: &str) -> bool {
    let path = format!("/{}", member.replace('.', "/"));
    value.pointer(&path).is_some()
}

pub(super) fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut go = |name: String, inner: &Value| {
        let at = format!("{at}/{name}");
        walk(inner, &at, found);
        found.push(at);
    };
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                go(name.clone(), inner);
            }
        }
        Value::Array(items) => {
            for (number, inner) in items.iter().enumerate() {
                go(number.to_string(), inner);
            }
        }
        _ => {}
    }
}

/// The answer with another value at the pointer.
pub(super) fn changed(answer: &Value, at: &str, value: Value) -> Value {
    let mut answer = answer.clone();
    *answer.pointer_mut(at).expect("a member") = value;
    answer
}

/// Whether the pointer is to an item of a list.
pub(super) fn is_in_list(at: &str) -> bool {
    let last = at.rsplit('/').next();
    last.is_some_and(|last| last.parse::<usize>().is_ok())
}

/// The answer without the member at the pointer.
pub(super) fn without(answer: &Value, at: &str) -> Value {
    let mut answer = answer.clone();
    let (outer, name) = at.rsplit_once('/').expect("a pointer");
    let members = answer.pointer_mut(outer).and_then(Value::as_object_mut);
    members.expect("an object").remove(name);
    answer
}

/// The same value as another type, if it has one: clouds mix them.
pub(super) fn retyped(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => Some(json!(number.to_string())),
        Value::Bool(flag) => Some(json!(flag.to_string())),
        Value::String(text) => {
            let number = text
                .parse::<u64>()
                .ok()
                .filter(|number| number.to_string() == *text);
            let flag = || text.parse::<bool>().ok().map(Value::from);
            number.map(Value::from).or_else(flag)
        }
        _ => None,
    }
}

/// Gives every object of the answer a member more.
pub(super) fn enrich(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(enrich);
            members.insert("UnheardOf".to_owned(), json!({"Any": [1, {"Thing": null}]}));
        }
        Value::Array(items) => items.iter_mut().for_each(enrich),
        _ => {}
    }
}

/// What was understood, as text.
pub(super) fn text<T: Debug>(read: Result<T>) -> Result<String> {
    read.map(|read| format!("{read:?}"))
}

/// The id in the answer of a create.
pub(super) fn id(key: &str, doc: Doc<'_>) -> Result<String> {
    doc.need(key)
}

/// A flag of an answer.
pub(super) fn flag(key: &str, doc: Doc<'_>) -> Result<String> {
    text(Ok(doc.flag(key)))
}

pub(super) fn place() -> Place {
    let cloud = CloudName::from_static("aliyun");
    Place::new(cloud, "4300000000000017", "cn-lab-1")
}

/// The network that grants are read of.
pub(super) fn member() -> Member<'static> {
    static NETWORK: LazyLock<Endpoint> = LazyLock::new(|| Endpoint::Network {
        id: "vpc-lab7".into(),
        account: "4300000000000018".into(),
        region: "cn-lab-1".into(),
    });
    Member::of(&NETWORK).expect("a member")
}

/// The border router that grants are read of.
pub(super) fn line() -> Member<'static> {
    static LINE: LazyLock<Endpoint> = LazyLock::new(|| Endpoint::BorderRouter {
        id: "vbr-lab7".into(),
        account: "4300000000000018".into(),
        region: "cn-lab-1".into(),
    });
    Member::of(&LINE).expect("a member")
}
