//! Where in its text a topology says what is wrong.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::error::Position;
use super::file::parse;
use super::shown::shown;

/// Subjects of problems, and the lists in which they are declared; a path goes on in the second list.
const SUBJECTS: [(&str, &str, &str); 8] = [
    ("account", "accounts", ""),
    ("network", "networks", ""),
    ("subnet", "networks", "subnets"),
    ("interconnect", "interconnects", ""),
    ("edge", "edges", ""),
    ("border router", "edges", "border-routers"),
    ("firewall", "firewalls", ""),
    ("instance", "instances", ""),
];

/// A document with the place of every value and key.
#[derive(Debug)]
pub(super) struct Index(Node);

#[derive(Debug)]
struct Node {
    at: Position,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(String, Position, Node)>),
}

impl Index {
    /// The index of a text; none if it cannot be read at all.
    pub(super) fn of(text: &str) -> Option<Self> {
        let whole: Spanned<Value> = parse(text).ok()?;
        Some(Self(node(whole)))
    }

    /// The key whose value is at a position, or is nearest before it.
    pub(super) fn key_at(&self, position: Position) -> Option<&str> {
        let mut nearest = None;
        self.0.each_key(&mut |key, _, value| {
            if value.at <= position {
                nearest = Some(key);
            }
        });
        nearest
    }

    /// Where a problem is: the value or key that it quotes, in the element that it is about, or that element.
    pub(super) fn problem(&self, problem: &str) -> Option<Position> {
        let quoted: Vec<&str> = quoted(problem).collect();
        // What is there twice is wrong where it is the second time.
        let is_second = problem.contains("duplicate");
        if let Some((kind, name)) = about_a_name(problem) {
            return self.name(kind, name, is_second);
        }
        let element = subject(problem).and_then(|(kind, name)| self.element(kind, name));
        let (inside, quoted) = match element {
            // The first quoted word is the name of the element.
            Some(element) => (element, quoted.get(1..).unwrap_or_default()),
            None => (&self.0, quoted.as_slice()),
        };
        let found = quoted.iter().find_map(|word| inside.find(word, is_second));
        found.or_else(|| element.map(|element| element.at))
    }

    /// Where the element is that a subject such as `subnet app/a` names, or what a sentence about it repeats: a value of the
    /// element, or a key that the sentence quotes.
    pub(super) fn sentence(&self, subject: &str, sentences: [&str; 2]) -> Option<Position> {
        let element = self.subject_of(subject)?;
        let values = sentences.iter().flat_map(|sentence| words(sentence));
        let keys = sentences.iter().flat_map(|sentence| quoted(sentence));
        // `model: mesh` is about the key.
        let keys = keys.map(|quoted| quoted.split(':').next().unwrap_or(quoted));
        let value = values.filter_map(|word| element.value(word)).next();
        let key = || keys.filter_map(|key| element.key(key)).next();
        Some(value.or_else(key).unwrap_or(element.at))
    }

    /// The first element that a subject names: `firewall m in network vpc1` is about the firewall.
    fn subject_of(&self, subject: &str) -> Option<&Node> {
        let words: Vec<&str> = words(subject).collect();
        (1..words.len()).find_map(|at| {
            let (before, name) = (words[..at].join(" "), words[at]);
            let mut kinds = SUBJECTS.iter().map(|(kind, ..)| *kind);
            kinds.find_map(|kind| match before.ends_with(kind) {
                true => self.element(kind, name),
                false => None,
            })
        })
    }

    /// Every value that is not a list or a mapping.
    pub(super) fn scalars(&self) -> Vec<(&str, Position)> {
        let mut scalars = Vec::new();
        self.0.each_scalar(&mut |text, at| scalars.push((text, at)));
        scalars
    }

    /// The accounts that stand by their bare names.
    pub(super) fn bare_accounts(&self) -> Vec<(&str, Position)> {
        let Some(Value::List(accounts)) = self.0.get("accounts").map(|list| &list.value) else {
            return Vec::new();
        };
        let bare = |node: &'_ Node| matches!(node.value, Value::Scalar(_));
        let mut names = Vec::new();
        for account in accounts.iter().filter(|account| bare(account)) {
            account.each_scalar(&mut |name, at| names.push((name, at)));
        }
        names
    }

    /// The name itself, of one of a list.
    fn name(&self, kind: &str, name: &str, is_last: bool) -> Option<Position> {
        let named = match SUBJECTS.iter().find(|(subject, ..)| *subject == kind) {
            Some((_, list, _)) => self.0.get(list)?.names(),
            // That of the topology.
            None => self.0.get("name").into_iter().collect(),
        };
        let mut same = named.into_iter().filter(|node| node.reads(name));
        let found = if is_last {
            same.next_back()
        } else {
            same.next()
        };
        found.map(|node| node.at)
    }

    fn element(&self, kind: &str, name: &str) -> Option<&Node> {
        let (_, list, inner) = SUBJECTS.iter().find(|(subject, ..)| *subject == kind)?;
        match name.split_once('/') {
            Some((outer, name)) if !inner.is_empty() => {
                let outer = self.0.get(list)?.named(outer)?;
                outer.get(inner)?.named(name)
            }
            _ => self.0.get(list)?.named(name),
        }
    }
}

/// What stands in backticks.
fn quoted(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split('`').skip(1).step_by(2)
}

/// The words of a sentence, without its marks.
fn words(sentence: &str) -> impl Iterator<Item = &str> {
    let marks = |letter| matches!(letter, '`' | ',' | ';' | ':' | '.' | '(' | ')');
    let words = sentence.split_whitespace();
    words.map(move |word| word.trim_matches(marks))
}

/// `network` and `vpc1`, of a problem that begins with "network `vpc1`".
fn subject(problem: &str) -> Option<(&str, &str)> {
    let (kind, rest) = problem.split_once(" `")?;
    let (name, rest) = rest.split_once('`')?;
    // Other problems quote later in their sentence.
    rest.starts_with(':').then_some((kind, name))
}

/// `network` and `vpc1`, of "duplicate network name `vpc1`: ..".
fn about_a_name(problem: &str) -> Option<(&str, &str)> {
    let rest = problem
        .strip_prefix("duplicate ")
        .or_else(|| problem.strip_prefix("invalid "))?;
    let (kind, rest) = rest.split_once(" name `")?;
    let (name, _) = rest.split_once('`')?;
    Some((kind, name))
}

impl Node {
    /// The names of the elements of a list.
    fn names(&self) -> Vec<&Node> {
        match &self.value {
            Value::List(elements) => elements.iter().filter_map(|one| one.get("name")).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it is this text, or what may be shown of it.
    fn reads(&self, text: &str) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar == text || shown(scalar) == text)
    }

    fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(members) => {
                let found = members.iter().find(|(name, ..)| name == key);
                found.map(|(_, _, node)| node)
            }
            _ => None,
        }
    }

    fn named(&self, name: &str) -> Option<&Node> {
        let Value::List(elements) = &self.value else {
            return None;
        };
        let with = |key: &'static str| {
            elements.iter().find(move |node| {
                let value = node.get(key).map(|node| &node.value);
                matches!(value, Some(Value::Scalar(text)) if text == name)
            })
        };
        // Some sentences name an account by its ID.
        with("name").or_else(|| with("id"))
    }

    /// The first value that reads so, apart from its own name.
    fn value(&self, text: &str) -> Option<Position> {
        let name = self.get("name").map(|name| name.at);
        let mut found = None;
        self.each_scalar(&mut |scalar, at| {
            if found.is_none() && scalar == text && Some(at) != name {
                found = Some(at);
            }
        });
        found
    }

    /// The first key that reads so.
    fn key(&self, text: &str) -> Option<Position> {
        let mut found = None;
        self.each_key(&mut |key, at, _| {
            if found.is_none() && key == text {
                found = Some(at);
            }
        });
        found
    }

    /// The first, or the last, value or key that reads so.
    fn find(&self, text: &str, is_last: bool) -> Option<Position> {
        let mut found = None;
        self.each_scalar(&mut |scalar, at| {
            // A problem repeats what may be shown of a value.
            let is_it = scalar == text || shown(scalar) == text;
            if (is_last || found.is_none()) && is_it {
                found = Some(at);
            }
        });
        found.or_else(|| self.key(text))
    }

    fn each_scalar<'n>(&'n self, tell: &mut impl FnMut(&'n str, Position)) {
        match &self.value {
            Value::Scalar(text) => tell(text, self.at),
            Value::List(elements) => elements.iter().for_each(|one| one.each_scalar(tell)),
            Value::Map(members) => members.iter().for_each(|(_, _, one)| one.each_scalar(tell)),
        }
    }

    fn each_key<'n>(&'n self, tell: &mut impl FnMut(&'n str, Position, &'n Node)) {
        match &self.value {
            Value::Scalar(_) => {}
            Value::List(elements) => elements.iter().for_each(|one| one.each_key(tell)),
            Value::Map(members) => members.iter().for_each(|(key, at, one)| {
                tell(key, *at, one);
                one.each_key(tell);
            }),
        }
    }
}

fn position<T>(spanned: &Spanned<T>) -> Position {
    Position {
        line: spanned.referenced.line(),
        column: spanned.referenced.column(),
    }
}

fn node(spanned: Spanned<Value>) -> Node {
    Node {
        at: position(&spanned),
        value: spanned.value,
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Scalar(String::new()))
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Scalar(String::new()))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(node(element));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = members.next_entry::<Spanned<String>, _>()? {
            map.push((key.value.clone(), position(&key), node(value)));
        }
        Ok(Value::Map(map))
    }
}
