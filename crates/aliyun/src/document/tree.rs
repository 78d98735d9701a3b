//! JSON, read once into flat lists: an answer of any size takes a few allocations, and its texts are not copied.

use std::fmt::{self, Write};

use landbridge_core::backend::MOST_DEPTH;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Number};

/// The one member of an object that stands for a number. serde_json gives numbers so if its feature `arbitrary_precision` is
/// on, which any crate of a program may ask for.
const NUMBER: &str = "$serde_json::private::Number";

/// The values of a JSON text, by their places in it.
pub(super) struct Tree {
    /// The members of lists, and the names and values of members of objects in turn; those of one list or object are side by
    /// side.
    nodes: Vec<Node>,
    /// Numbers, and texts that do not stand in the source as they are.
    made: String,
    pub(super) root: Node,
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Null,
    Flag(bool),
    Number(Span),
    Text(Span),
    List(Span),
    Object(Span),
}

/// From here to there: in the source or, beyond its end, in what was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new<E: de::Error>(start: usize, end: usize) -> Result<Self, E> {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Ok(Self { start, end }),
            _ => Err(E::custom("longer than 4 GiB")),
        }
    }

    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
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

impl Tree {
    pub(super) fn read(source: &str) -> Result<Self, Unread> {
        let mut reader = Reader {
            source,
            nodes: Vec::with_capacity(source.len() / 8),
            made: String::new(),
            open: Vec::new(),
            is_too_deep: false,
        };
        match reader.read() {
            Ok(root) => Ok(Self {
                nodes: reader.nodes,
                made: reader.made,
                root,
            }),
            Err(error) if reader.is_too_deep => Err(Unread::TooDeep(error)),
            Err(error) => Err(Unread::NotJson(error)),
        }
    }

    pub(super) fn text<'a>(&'a self, source: &'a str, span: Span) -> &'a str {
        let range = span.range();
        match range.start.checked_sub(source.len()) {
            Some(start) => &self.made[start..range.end - source.len()],
            None => &source[range],
        }
    }

    /// The members of a list, or the names and values of an object in turn.
    pub(super) fn inside(&self, span: Span) -> &[Node] {
        &self.nodes[span.range()]
    }
}

struct Reader<'s> {
    source: &'s str,
    nodes: Vec<Node>,
    made: String,
    /// Those of lists and objects whose end is not read yet.
    open: Vec<Node>,
    is_too_deep: bool,
}

impl<'s> Reader<'s> {
    fn read(&mut self) -> Result<Node, Error> {
        let mut json = serde_json::Deserializer::from_str(self.source);
        let value = Next {
            reader: self,
            depth: 0,
        };
        let root = value.deserialize(&mut json)?;
        json.end().map(|()| root)
    }

    fn text<E: de::Error>(&mut self, text: &str) -> Result<Span, E> {
        // A text that is a part of the source is found by its address; one with escapes was put together elsewhere.
        let start = (text.as_ptr() as usize).wrapping_sub(self.source.as_ptr() as usize);
        match self.source.len().checked_sub(start) {
            Some(rest) if text.len() <= rest => Span::new(start, start + text.len()),
            _ => self.made(text),
        }
    }

    fn made<E: de::Error>(&mut self, text: impl fmt::Display) -> Result<Span, E> {
        let start = self.source.len() + self.made.len();
        write!(self.made, "{text}").map_err(E::custom)?;
        Span::new(start, self.source.len() + self.made.len())
    }

    /// The number that serde_json gave as an object.
    fn number(&self, object: Node) -> Option<Node> {
        let Node::Object(span) = object else {
            return None;
        };
        match self.nodes[span.range()] {
            [Node::Text(name), Node::Text(number)] if self.is_number(name) => {
                Some(Node::Number(number))
            }
            _ => None,
        }
    }

    fn is_number(&self, name: Span) -> bool {
        let made = name.range().start.checked_sub(self.source.len());
        made.is_some_and(|start| self.made[start..].starts_with(NUMBER))
    }

    fn close<E: de::Error>(&mut self, first: usize) -> Result<Span, E> {
        let start = self.nodes.len();
        self.nodes.extend(self.open.drain(first..));
        Span::new(start, self.nodes.len())
    }
}

/// The next value.
struct Next<'r, 's> {
    reader: &'r mut Reader<'s>,
    depth: usize,
}

impl<'s> Next<'_, 's> {
    fn inner(&mut self) -> Next<'_, 's> {
        Next {
            reader: &mut *self.reader,
            depth: self.depth,
        }
    }

    /// Begins a list or object; what is in it stands here until its end is read.
    fn enter<E: de::Error>(&mut self) -> Result<usize, E> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            self.reader.is_too_deep = true;
            return Err(E::custom("too deep"));
        }
        Ok(self.reader.open.len())
    }
}

impl<'s> DeserializeSeed<'s> for Next<'_, 's> {
    type Value = Node;

    fn deserialize<D: Deserializer<'s>>(self, from: D) -> Result<Node, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'s> Visitor<'s> for Next<'_, 's> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Flag(flag))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Node, E> {
        self.reader.made(number).map(Node::Number)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Node, E> {
        self.reader.made(number).map(Node::Number)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Node, E> {
        match Number::from_f64(number) {
            Some(number) => self.reader.made(number).map(Node::Number),
            None => Ok(Node::Null),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        self.reader.text(text).map(Node::Text)
    }

    fn visit_seq<A: SeqAccess<'s>>(mut self, mut list: A) -> Result<Node, A::Error> {
        let first = self.enter()?;
        while let Some(item) = list.next_element_seed(self.inner())? {
            self.reader.open.push(item);
        }
        self.reader.close(first).map(Node::List)
    }

    fn visit_map<A: MapAccess<'s>>(mut self, mut object: A) -> Result<Node, A::Error> {
        let first = self.enter()?;
        while let Some(name) = object.next_key_seed(self.inner())? {
            let value = object.next_value_seed(self.inner())?;
            self.reader.open.extend([name, value]);
        }
        let node = self.reader.close(first).map(Node::Object)?;
        Ok(self.reader.number(node).unwrap_or(node))
    }
}
