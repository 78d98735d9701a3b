//! What the head of a section says.

use std::iter::Peekable;
use std::str::Chars;

/// Which of the two files a section is in: they name profiles differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Config,
    Credentials,
}

/// What a section is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    Profile(String),
    SsoSession(String),
    /// Of no concern here; or a profile that is written as in the other file.
    Other(String),
    /// It begins like a profile, and has no name or several.
    Odd(&'static str),
}

const PROFILE: &str = "`[profile NAME]`, with quotes around a name that has spaces";
const SSO_SESSION: &str = "`[sso-session NAME]`, with quotes around a name that has spaces";

impl Head {
    pub(super) fn read(kind: Kind, text: &str) -> Self {
        match (kind, words(text)) {
            // Here the whole head is the name.
            (Kind::Credentials, words) => Self::Profile(match words.as_deref() {
                Some([only]) => only.clone(),
                _ => text.to_owned(),
            }),
            (Kind::Config, _) if text == "default" => Self::Profile(text.to_owned()),
            (Kind::Config, words) => match (first_word(text), words.as_deref()) {
                ("profile", Some([_, name])) => Self::Profile(name.clone()),
                ("profile", _) => Self::Odd(PROFILE),
                ("sso-session", Some([_, name])) => Self::SsoSession(name.clone()),
                ("sso-session", _) => Self::Odd(SSO_SESSION),
                _ => Self::Other(text.to_owned()),
            },
        }
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// Splits a text as a shell does; None if a quote is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    while skip_space(&mut letters) {
        words.push(word(&mut letters)?);
    }
    Some(words)
}

/// Whether something follows.
fn skip_space(letters: &mut Peekable<Chars<'_>>) -> bool {
    while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
    letters.peek().is_some()
}

fn word(letters: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut word = String::new();
    while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace()) {
        match letter {
            '\'' => loop {
                match letters.next()? {
                    '\'' => break,
                    inner => word.push(inner),
                }
            },
            '"' => loop {
                match letters.next()? {
                    '"' => break,
                    '\\' => word.push(letters.next()?),
                    inner => word.push(inner),
                }
            },
            '\\' => word.push(letters.next()?),
            plain => word.push(plain),
        }
    }
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_of_the_config_file_have_one_name_which_may_be_quoted() {
        for (text, name) in [
            ("default", "default"),
            ("profile default", "default"),
            ("profile a", "a"),
            ("profile\ta", "a"),
            ("profile corp/net@dev.eu", "corp/net@dev.eu"),
            ("profile \"peer a\"", "peer a"),
            ("profile 'single q'", "single q"),
            ("profile two\\ words", "two words"),
            ("profile \"it's\"", "it's"),
        ] {
            let head = Head::read(Kind::Config, text);
            assert_eq!(head, Head::Profile(name.to_owned()), "{text}");
        }
        for text in ["profile", "profile two words", "profile 'open"] {
            assert_eq!(Head::read(Kind::Config, text), Head::Odd(PROFILE), "{text}");
        }
    }

    #[test]
    fn other_sections_of_the_config_file_are_no_profiles() {
        let session = Head::SsoSession("corp".to_owned());
        assert_eq!(Head::read(Kind::Config, "sso-session 'corp'"), session);
        for text in ["a", "services x", "plugins", "profiles x"] {
            let other = Head::Other(text.to_owned());
            assert_eq!(Head::read(Kind::Config, text), other, "{text}");
        }
    }

    #[test]
    fn the_credentials_file_has_nothing_but_names() {
        for (text, name) in [
            ("a", "a"),
            ("peer a", "peer a"),
            ("'peer a'", "peer a"),
            ("profile a", "profile a"),
            ("it's", "it's"),
        ] {
            let head = Head::read(Kind::Credentials, text);
            assert_eq!(head, Head::Profile(name.to_owned()), "{text}");
        }
    }
}
