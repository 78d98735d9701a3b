//! The paging styles. Small default pages matter: they show clients that forget to page.

use serde_json::{Value, json};

use super::failure::{Failure, Outcome};
use super::parameters::Parameters;
use crate::pages::{position, token};

/// A page by number.
pub(crate) struct Numbered<T = Value> {
    pub(crate) items: Vec<T>,
    pub(crate) total: usize,
    pub(crate) number: u64,
    pub(crate) size: u64,
}

impl<T> Numbered<T> {
    /// The same page with each of its items shown.
    pub(crate) fn shown(self, view: impl FnMut(T) -> Value) -> Numbered {
        Numbered {
            items: self.items.into_iter().map(view).collect(),
            total: self.total,
            number: self.number,
            size: self.size,
        }
    }
}

/// `PageNumber` from 1, `PageSize` default 10.
pub(crate) fn numbered<T>(
    parameters: &Parameters,
    items: Vec<T>,
    largest: u64,
) -> Outcome<Numbered<T>> {
    let number = parameters.integer("PageNumber")?.unwrap_or(1);
    let size = parameters.integer("PageSize")?.unwrap_or(10);
    if number == 0 || size == 0 || size > largest {
        return Err(Failure::bad(
            "InvalidParameter",
            format!("PageNumber starts at 1, PageSize is 1 to {largest}."),
        ));
    }
    let total = items.len();
    let skipped = usize::try_from((number - 1).saturating_mul(size)).unwrap_or(usize::MAX);
    let taken = usize::try_from(size).unwrap_or(usize::MAX);
    Ok(Numbered {
        items: items.into_iter().skip(skipped).take(taken).collect(),
        total,
        number,
        size,
    })
}

/// A page by token.
pub(crate) struct Tokened {
    pub(crate) items: Vec<Value>,
    pub(crate) total: usize,
    pub(crate) next: Option<String>,
    pub(crate) size: u64,
}

/// How an operation pages by token.
#[derive(Clone, Copy)]
pub(crate) struct TokenStyle {
    pub(crate) size_name: &'static str,
    /// How codes about its parameters begin.
    pub(crate) refusal: &'static str,
    /// `None`: everything is returned unless a size is asked for.
    pub(crate) default: Option<u64>,
    pub(crate) least: u64,
    pub(crate) largest: u64,
}

impl TokenStyle {
    pub(crate) const fn new(default: u64, largest: u64) -> Self {
        Self {
            size_name: "MaxResults",
            refusal: "InvalidParameter",
            default: Some(default),
            least: 1,
            largest,
        }
    }

    /// The same with the words of CBN.
    pub(crate) const fn cbn(default: u64, largest: u64) -> Self {
        Self {
            refusal: "IllegalParam",
            ..Self::new(default, largest)
        }
    }
}

pub(crate) fn tokened(
    parameters: &Parameters,
    items: Vec<Value>,
    style: TokenStyle,
) -> Outcome<Tokened> {
    let size = parameters.integer(style.size_name)?.or(style.default);
    if size.is_some_and(|size| size < style.least || size > style.largest) {
        let message = format!(
            "{} is {} to {}.",
            style.size_name, style.least, style.largest
        );
        return Err(Failure::bad(
            format!("{}.{}", style.refusal, style.size_name),
            message,
        ));
    }
    let skipped = parameters.get("NextToken").map_or(Some(0), position);
    let skipped = skipped.ok_or_else(|| {
        Failure::bad(
            format!("{}.NextToken", style.refusal),
            "The specified NextToken is not valid.",
        )
    })?;
    let total = items.len();
    let taken = size.map_or(usize::MAX, |size| {
        usize::try_from(size).unwrap_or(usize::MAX)
    });
    let end = skipped.saturating_add(taken);
    let next = (end < total).then(|| token(end));
    let items = items.into_iter().skip(skipped).take(taken).collect();
    Ok(Tokened {
        items,
        total,
        next,
        size: size.unwrap_or(total as u64),
    })
}

impl Tokened {
    /// A bare list under `name`, as the newer operations answer.
    pub(crate) fn bare(self, name: &str) -> Value {
        let mut answer =
            json!({ name: self.items, "TotalCount": self.total, "MaxResults": self.size });
        if let (Some(next), Some(object)) = (self.next, answer.as_object_mut()) {
            object.insert("NextToken".to_owned(), next.into());
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_lead_through_all_pages() {
        let items: Vec<Value> = (0..45).map(Value::from).collect();
        let mut seen = Vec::new();
        let mut next = None;
        loop {
            let sent = Parameters::new(next.map(|token| ("NextToken".to_owned(), token)));
            let page = tokened(&sent, items.clone(), TokenStyle::new(20, 100)).expect("a page");
            seen.extend(page.items);
            match page.next {
                Some(token) => next = Some(token),
                None => break,
            }
        }
        assert_eq!(seen, items);
    }
}
