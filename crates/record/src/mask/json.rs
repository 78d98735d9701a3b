//! JSON: filtered while it is read, so that members keep their order.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Masked, Masker, names};

/// Masks a text that is one JSON object or array; none if it is anything else.
///
/// `nested` says how deep JSON may be written as a text inside of it.
pub(super) fn mask(
    text: &str,
    masker: &mut Masker,
    is_allowed: bool,
    nested: usize,
) -> Option<Masked> {
    let mut filter = Filter {
        masker,
        nested,
        out: String::with_capacity(text.len()),
        is_changed: false,
    };
    let mut source = serde_json::Deserializer::from_str(text);
    let member = Member {
        filter: &mut filter,
        name: "",
        is_allowed,
    };
    member.deserialize(&mut source).ok()?;
    source.end().ok()?;
    Some(match filter.is_changed {
        true => Masked::Changed(filter.out),
        false => Masked::Same,
    })
}

struct Filter<'m> {
    masker: &'m mut Masker,
    nested: usize,
    out: String,
    is_changed: bool,
}

impl Filter<'_> {
    fn text(&mut self, text: &str) {
        // A string is always written.
        self.out.push_str(&Value::from(text).to_string());
    }
}

/// One value: the member of an object that has this name, or an element of an array that has it.
struct Member<'f, 'm, 'n> {
    filter: &'f mut Filter<'m>,
    name: &'n str,
    is_allowed: bool,
}

impl Member<'_, '_, '_> {
    fn number(self, number: String) {
        let written = match self.is_allowed {
            true => self.filter.masker.accounts.replace(&number),
            false => "0".to_owned(),
        };
        self.filter.is_changed |= written != number;
        self.filter.out.push_str(&written);
    }
}

impl<'de> DeserializeSeed<'de> for Member<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.filter.out.push_str("null");
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.filter
            .out
            .push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.number(value.to_string());
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.number(value.to_string());
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.number(Value::from(value).to_string());
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let filter = self.filter;
        let written = match self.is_allowed {
            true => filter.masker.value(value, filter.nested),
            false => filter.masker.instead(self.name, value),
        };
        filter.is_changed |= written != value;
        filter.text(&written);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.filter.out.push('[');
        let mut is_first = true;
        loop {
            let at = self.filter.out.len();
            let element = Member {
                filter: &mut *self.filter,
                name: self.name,
                is_allowed: self.is_allowed,
            };
            if elements.next_element_seed(element)?.is_none() {
                break;
            }
            if !std::mem::take(&mut is_first) {
                self.filter.out.insert(at, ',');
            }
        }
        self.filter.out.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.filter.out.push('{');
        let mut is_first = true;
        while let Some(name) = members.next_key::<String>()? {
            if !std::mem::take(&mut is_first) {
                self.filter.out.push(',');
            }
            let is_known = names::is_allowed(&name);
            let written = match is_known {
                true => name.clone(),
                false => self.filter.masker.name(&name),
            };
            self.filter.is_changed |= written != name;
            self.filter.text(&written);
            self.filter.out.push(':');
            members.next_value_seed(Member {
                filter: &mut *self.filter,
                name: &name,
                is_allowed: self.is_allowed && is_known,
            })?;
        }
        self.filter.out.push('}');
        Ok(())
    }
}
