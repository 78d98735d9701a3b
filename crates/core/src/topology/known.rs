//! Accounts that a topology file names and does not declare: what the reader of the file knows of them is put in.

use std::borrow::Cow;

use super::error::Position;
use super::hint::did_you_mean;
use super::locate::Index;
use super::{Account, TopologyError};

/// The text of a topology file in which each account that stands by its bare name, as in `accounts: [shop]`, is written
/// out as one of the known accounts. All else stays, line by line.
///
/// `origin` names where the known accounts come from, for errors.
///
/// ```
/// use landbridge_core::CloudName;
/// use landbridge_core::topology::{Account, Topology, with_known_accounts};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let known = [Account::new("shop", CloudName::from_static("memory"), "0123")];
/// let text = with_known_accounts("name: t\naccounts: [shop]\n", &known, "the list of our accounts")?;
/// assert_eq!(Topology::from_text(&text)?.accounts[0].id.as_str(), "0123");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A name that is not among the known accounts, with its line and column.
pub fn with_known_accounts<'t>(
    text: &'t str,
    known: &[Account],
    origin: &str,
) -> Result<Cow<'t, str>, TopologyError> {
    // What cannot be read is told by its reader.
    let Some(index) = Index::of(text) else {
        return Ok(Cow::Borrowed(text));
    };
    let (mut written, mut problems) = (Vec::new(), None::<TopologyError>);
    for (name, at) in index.bare_accounts() {
        match replacement(text, name, at, known, origin) {
            Ok(replacement) => written.push(replacement),
            Err(problem) => {
                let problem = TopologyError::new(vec![problem]).at(Some(at));
                problems = Some(match problems {
                    Some(problems) => problems.and(problem),
                    None => problem,
                });
            }
        }
    }
    match problems {
        Some(problems) => Err(problems),
        None if written.is_empty() => Ok(Cow::Borrowed(text)),
        None => Ok(Cow::Owned(replaced(text, written))),
    }
}

/// A part of a text, and what takes its place.
struct Replacement {
    from: usize,
    to: usize,
    with: String,
}

fn replacement(
    text: &str,
    name: &str,
    at: Position,
    known: &[Account],
    origin: &str,
) -> Result<Replacement, String> {
    let names = known.iter().map(|account| account.name.as_str());
    let account = known.iter().find(|account| account.name == name);
    let account = account.ok_or_else(|| {
        format!(
            "unknown account `{name}`: this file does not declare it with `name`, `cloud` and `id`, and {origin} has no \
             account of that name{}",
            did_you_mean(name, names)
        )
    })?;
    let from = offset(text, at).unwrap_or(text.len());
    let rest = &text[from..];
    let forms = [name.to_owned(), format!("\"{name}\""), format!("'{name}'")];
    let form = forms.iter().find(|form| rest.starts_with(form.as_str()));
    // A name behind an anchor, for example.
    let form = form.ok_or_else(|| {
        format!("invalid account `{name}`: expected the bare name, or a mapping with `name`, `cloud` and `id`")
    })?;
    // JSON is also YAML, in a list of either style.
    let with = serde_json::to_string(account).map_err(|error| error.to_string())?;
    Ok(Replacement {
        from,
        to: from + form.len(),
        with,
    })
}

fn replaced(text: &str, written: Vec<Replacement>) -> String {
    let mut text = text.to_owned();
    // From the end, so that what is before keeps its place.
    for Replacement { from, to, with } in written.into_iter().rev() {
        text.replace_range(from..to, &with);
    }
    text
}

fn offset(text: &str, at: Position) -> Option<usize> {
    let line = usize::try_from(at.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(at.column).ok()?.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = &text[start..];
    let (within, _) = rest.char_indices().nth(column)?;
    Some(start + within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CloudName;
    use crate::topology::{CredentialSource, Topology};

    fn known() -> [Account; 2] {
        let account =
            |name: &str, id: &str| Account::new(name, CloudName::from_static("memory"), id);
        let profile = CredentialSource::Profile("ö's \"shop\"".to_owned());
        [
            account("shop", "0123").with_credentials(profile),
            account("store", "0456"),
        ]
    }

    fn read(text: &str) -> Result<Topology, TopologyError> {
        Topology::from_text(&with_known_accounts(text, &known(), "the book")?)
    }

    #[test]
    fn bare_names_are_written_out_in_lists_of_every_style() {
        for accounts in [
            "accounts: [shop, store]",
            "accounts:\n  - shop\n  - store",
            "accounts:\n- \"shop\"   # ours\n- 'store'",
            "accounts: [ { name: shop, cloud: memory, id: \"0123\", credentials: { profile: \"ö's \\\"shop\\\"\" } }, store ]",
            "\"accounts\": [\"shop\",\n\"store\"]",
        ] {
            let topology = read(&format!("name: t\n{accounts}\n")).expect(accounts);
            assert_eq!(*topology.accounts, known(), "{accounts}");
        }
        let json = read(r#"{"name": "t", "accounts": ["shop", "store"]}"#).expect("JSON");
        assert_eq!(*json.accounts, known());
    }

    #[test]
    fn what_has_no_bare_name_stays_as_it_is() {
        for text in [
            "name: t\naccounts: [{ name: shop, cloud: memory, id: \"1\" }]\n",
            "name: t\naccounts: shop\n",
            "name: [",
            "",
        ] {
            let read = with_known_accounts(text, &known(), "the book").expect(text);
            assert!(
                matches!(read, Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn every_unknown_name_is_told_where_it_stands_with_a_near_match() {
        let error =
            read("name: t\naccounts:\n  - shpo\n  - store\n  - other\n").expect_err("refused");
        let told = error.to_string();
        let lines: Vec<&str> = told.lines().collect();
        let [first, second] = lines.as_slice() else {
            panic!("{told}");
        };
        assert!(
            first.starts_with("line 3, column 5: unknown account `shpo`: this file does not"),
            "{told}"
        );
        assert!(
            first.ends_with("the book has no account of that name; did you mean `shop`?"),
            "{told}"
        );
        assert!(
            second.starts_with("line 5, column 5: unknown account `other`"),
            "{told}"
        );
        assert!(second.ends_with("of that name"), "{told}");
    }

    #[test]
    fn lines_keep_their_numbers_for_later_problems() {
        let error = read("name: t\naccounts:\n  - shop\nnetwroks: []\n").expect_err("refused");
        assert!(
            error.to_string().starts_with("line 4, column 1: "),
            "{error}"
        );
    }
}
