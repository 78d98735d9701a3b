//! XML, as the query protocols of AWS use it: elements and text, and one namespace.

use xmlparser::{ElementEnd, Token, Tokenizer};

use super::{Masked, Masker, NESTED, names};

/// No answer is so deep.
const DEEPEST: usize = 64;

/// Masks a whole document; none if it is malformed or has what no answer has.
pub(super) fn mask(text: &str, masker: &mut Masker) -> Option<Masked> {
    let mut out = String::with_capacity(text.len());
    let mut open: Vec<Element<'_>> = Vec::new();
    let mut roots = 0;
    for token in Tokenizer::from(text) {
        match token.ok()? {
            Token::Declaration { span, .. } => out.push_str(span.as_str()),
            // They say nothing to a client.
            Token::Comment { .. } => {}
            Token::ElementStart { prefix, local, .. } => {
                roots += usize::from(open.is_empty());
                let outer = open.last().is_none_or(|outer| outer.is_allowed);
                let element = Element::new(local.as_str(), outer);
                if !prefix.is_empty() || open.len() == DEEPEST || roots > 1 {
                    return None;
                }
                out.push('<');
                out.push_str(&element.written(masker));
                open.push(element);
            }
            // The versions of protocols, which have no secret, and whatever else there is.
            Token::Attribute {
                prefix,
                local,
                value,
                span,
            } => {
                let is_namespace = prefix.is_empty() && local.as_str() == "xmlns";
                if is_namespace && masker.words(value.as_str()) == value.as_str() {
                    out.push(' ');
                    out.push_str(span.as_str());
                }
            }
            Token::ElementEnd { end, .. } => match end {
                ElementEnd::Open => out.push('>'),
                ElementEnd::Empty => {
                    open.pop()?;
                    out.push_str("/>");
                }
                ElementEnd::Close(_, name) => {
                    let element = open.pop().filter(|element| element.name == name.as_str())?;
                    out.push_str("</");
                    out.push_str(&element.written(masker));
                    out.push('>');
                }
            },
            Token::Text { text } => out.push_str(&content(open.last(), text.as_str(), masker)?),
            Token::Cdata { text, .. } => {
                let raw = escaped(text.as_str());
                out.push_str(&content(open.last(), &raw, masker)?);
            }
            Token::ProcessingInstruction { .. }
            | Token::DtdStart { .. }
            | Token::EmptyDtd { .. }
            | Token::EntityDeclaration { .. }
            | Token::DtdEnd { .. } => return None,
        }
    }
    if !open.is_empty() || roots == 0 {
        return None;
    }
    Some(match out == text {
        true => Masked::Same,
        false => Masked::Changed(out),
    })
}

struct Element<'t> {
    name: &'t str,
    is_known: bool,
    is_allowed: bool,
}

impl<'t> Element<'t> {
    fn new(name: &'t str, outer: bool) -> Self {
        let is_known = names::is_allowed(name);
        Self {
            name,
            is_known,
            is_allowed: outer && is_known,
        }
    }

    fn written(&self, masker: &mut Masker) -> String {
        if self.is_known {
            return self.name.to_owned();
        }
        let written = masker.name(self.name);
        // A name of an element has no asterisks.
        if written == self.name {
            written
        } else {
            "masked".to_owned()
        }
    }
}

/// Text between tags.
fn content(element: Option<&Element<'_>>, raw: &str, masker: &mut Masker) -> Option<String> {
    if raw.trim().is_empty() {
        return Some(raw.to_owned());
    }
    let element = element?;
    let plain = unescaped(raw)?;
    let masked = match element.is_allowed {
        true => masker.value(&plain, NESTED),
        false => masker.instead(element.name, &plain),
    };
    Some(match masked == plain {
        true => raw.to_owned(),
        false => escaped(&masked),
    })
}

const ESCAPES: [(&str, char); 5] = [
    ("lt;", '<'),
    ("gt;", '>'),
    ("quot;", '"'),
    ("apos;", '\''),
    ("amp;", '&'),
];

/// The text behind references to characters; none if there is another reference.
fn unescaped(raw: &str) -> Option<String> {
    let mut plain = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        if let Some((name, letter)) = ESCAPES.iter().find(|(name, _)| after.starts_with(name)) {
            plain.push(*letter);
            rest = &after[name.len()..];
            continue;
        }
        let (number, after) = after.strip_prefix('#')?.split_once(';')?;
        let number = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        plain.push(char::from_u32(number)?);
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

fn escaped(text: &str) -> String {
    let escape = |letter: char| match ESCAPES.iter().find(|(_, known)| *known == letter) {
        Some((name, _)) if matches!(letter, '<' | '>' | '&') => format!("&{name}"),
        _ => letter.to_string(),
    };
    text.chars().map(escape).collect()
}
