//! JSON, read once into one flat list: an answer of any size takes a few allocations, and its texts are not copied.

use std::fmt::{self, Write};
use std::ops::Range;

use landbridge_core::backend::MOST_DEPTH;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Number};

/// The one member of an object that stands for a number. serde_json gives numbers so if its feature `arbitrary_precision` is
/// on, which any crate of a program may ask for.
const NUMBER: &str = "$serde_json::private::Number";

/// The values of a JSON text, by their places in it.
pub(super) struct Tree {
    /// Nothing, then the root. What is in a list or an object follows it, names before their values.
    nodes: Vec<Node>,
    /// Numbers, and texts that do not stand in the source as they are.
    made: String,
}

/// Where nothing is.
pub(super) const NOWHERE: usize = 0;
/// Where the root is.
pub(super) const ROOT: usize = 1;

/// One value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Null,
    Flag(bool),
    Number(Span),
    Text(Span),
    /// The name of a member, and where the next one is: a lookup goes from name to name.
    Name {
        text: Span,
        next: u32,
    },
    List {
        items: u32,
        end: u32,
    },
    Object {
        end: u32,
    },
}

/// From here to there: in the source or, beyond its end, in what was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

/// Why a text is no tree.
pub(crate) enum Unread {
    /// It nests deeper than [`MOST_DEPTH`].
    TooDeep(Error),
    /// It is not JSON.
    NotJson(Error),
}

impl Unread {
    /// The line and the column.
    pub(crate) fn place(&self) -> (usize, usize) {
        match self {
            Self::TooDeep(error) | Self::NotJson(error) => (error.line(), error.column()),
        }
    }
}

impl Span {
    fn new<E: de::Error>(start: usize, end: usize) -> Result<Self, E> {
        let (start, end) = (small(start)?, small(end)?);
        Ok(Self { start, end })
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

fn small<E: de::Error>(number: usize) -> Result<u32, E> {
    u32::try_from(number).map_err(|_| E::custom("longer than 4 GiB"))
}

impl Tree {
    pub(super) fn read(source: &str) -> Result<Self, Unread> {
        #[cfg(test)]
        crate::counts::note("parsed");
        let mut tree = Self {
            nodes: Vec::with_capacity(source.len() / 8 + 2),
            made: String::new(),
        };
        tree.nodes.push(Node::Null);
        let mut is_too_deep = false;
        let mut json = serde_json::Deserializer::from_str(source);
        let root = Next {
            tree: &mut tree,
            source,
            depth: 0,
            is_too_deep: &mut is_too_deep,
        };
        match root.deserialize(&mut json).and_then(|()| json.end()) {
            Ok(()) => Ok(tree),
            Err(error) if is_too_deep => Err(Unread::TooDeep(error)),
            Err(error) => Err(Unread::NotJson(error)),
        }
    }

    pub(super) fn node(&self, at: usize) -> Node {
        self.nodes[at]
    }

    /// Where the next value is that is not inside of this one.
    pub(super) fn after(&self, at: usize) -> usize {
        match self.nodes[at] {
            Node::List { end, .. } | Node::Object { end } => end as usize,
            _ => at + 1,
        }
    }

    /// Where the member `name` of an object is. Of members with the same name the last one counts.
    pub(super) fn member(&self, source: &str, at: usize, name: &str) -> usize {
        let Node::Object { end } = self.nodes[at] else {
            return NOWHERE;
        };
        let (mut at, mut found) = (at + 1, NOWHERE);
        while at < end as usize {
            let Node::Name { text, next } = self.nodes[at] else {
                break;
            };
            if text.range().len() == name.len() && self.text(source, text) == name {
                found = at + 1;
            }
            at = next as usize;
        }
        found
    }

    pub(super) fn text<'a>(&'a self, source: &'a str, span: Span) -> &'a str {
        let range = span.range();
        match range.start.checked_sub(source.len()) {
            Some(start) => &self.made[start..range.end - source.len()],
            None => &source[range],
        }
    }

    fn make<E: de::Error>(&mut self, source: &str, text: impl fmt::Display) -> Result<Span, E> {
        let start = source.len() + self.made.len();
        write!(self.made, "{text}").map_err(E::custom)?;
        Span::new(start, source.len() + self.made.len())
    }

    /// The number that serde_json gave as the object at `at`, which ends here.
    fn number(&self, source: &str, at: usize) -> Option<Node> {
        let [Node::Name { text: name, .. }, Node::Text(number)] = self.nodes[at + 1..] else {
            return None;
        };
        // That name is serde_json's own text and no part of the source.
        let is_made = name.range().start >= source.len();
        (is_made && self.text(source, name) == NUMBER).then_some(Node::Number(number))
    }
}

/// Reads the next value.
struct Next<'t, 's> {
    tree: &'t mut Tree,
    source: &'s str,
    depth: usize,
    is_too_deep: &'t mut bool,
}

impl<'s> Next<'_, 's> {
    fn inner(&mut self) -> Next<'_, 's> {
        Next {
            tree: &mut *self.tree,
            source: self.source,
            depth: self.depth,
            is_too_deep: &mut *self.is_too_deep,
        }
    }

    fn push<E>(self, node: Node) -> Result<(), E> {
        self.tree.nodes.push(node);
        Ok(())
    }

    fn push_number<E: de::Error>(self, number: impl fmt::Display) -> Result<(), E> {
        let span = self.tree.make(self.source, number)?;
        self.push(Node::Number(span))
    }

    /// Begins a list or an object; what it is stands there when its end is read.
    fn enter<E: de::Error>(&mut self) -> Result<usize, E> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            *self.is_too_deep = true;
            return Err(E::custom("too deep"));
        }
        self.tree.nodes.push(Node::Null);
        Ok(self.tree.nodes.len() - 1)
    }
}

impl<'s> DeserializeSeed<'s> for Next<'_, 's> {
    type Value = ();

    fn deserialize<D: Deserializer<'s>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'s> Visitor<'s> for Next<'_, 's> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.push(Node::Flag(flag))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.push_number(number)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.push_number(number)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        match Number::from_f64(number) {
            Some(number) => self.push_number(number),
            None => self.push(Node::Null),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        // A text that is a part of the source is found by its address; one with escapes was put together elsewhere.
        let start = (text.as_ptr() as usize).wrapping_sub(self.source.as_ptr() as usize);
        let span = match self.source.len().checked_sub(start) {
            Some(rest) if text.len() <= rest => Span::new(start, start + text.len())?,
            _ => self.tree.make(self.source, text)?,
        };
        self.push(Node::Text(span))
    }

    fn visit_seq<A: SeqAccess<'s>>(mut self, mut list: A) -> Result<(), A::Error> {
        let at = self.enter()?;
        let mut items = 0;
        while list.next_element_seed(self.inner())?.is_some() {
            items += 1;
        }
        let end = small(self.tree.nodes.len())?;
        self.tree.nodes[at] = Node::List { items, end };
        Ok(())
    }

    fn visit_map<A: MapAccess<'s>>(mut self, mut object: A) -> Result<(), A::Error> {
        let at = self.enter()?;
        loop {
            let name = self.tree.nodes.len();
            if object.next_key_seed(self.inner())?.is_none() {
                break;
            }
            object.next_value_seed(self.inner())?;
            let next = small(self.tree.nodes.len())?;
            if let Node::Text(text) = self.tree.nodes[name] {
                self.tree.nodes[name] = Node::Name { text, next };
            }
        }
        if let Some(number) = self.tree.number(self.source, at) {
            self.tree.nodes.truncate(at);
            return self.push(number);
        }
        let end = small(self.tree.nodes.len())?;
        self.tree.nodes[at] = Node::Object { end };
        Ok(())
    }
}
