use landbridge_core::{Error, ErrorKind, Result};

/// One page of a list, and where the next one starts.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// A page as the SDK gives it.
pub(crate) fn page<T>(items: Option<Vec<T>>, next: Option<String>) -> Page<T> {
    Page {
        items: items.unwrap_or_default(),
        next: next.filter(|token| !token.is_empty()),
    }
}

/// Where to go on, unless the list ends here or runs in a circle.
pub(super) fn follow(token: Option<&String>, next: Option<String>) -> Result<Option<String>> {
    if next.is_some() && next.as_ref() == token {
        return Err(Error::new(
            ErrorKind::Malformed,
            "the list repeats its page token",
        ));
    }
    Ok(next)
}
