//! The vendor's shared files of profiles, as its own tools (AWS CLI) read them.
//!
//! They are read here and not by the SDK, because the SDK refuses a whole file for one line that it does not like, and
//! knows no quoted names. Each fault belongs to one profile, and is told with file and line when that profile is asked for.

#[cfg(test)]
mod fuzz;
mod head;
mod ini;
mod read;

use std::collections::BTreeMap;
use std::path::Path;

use landbridge_core::{Error, Result};

use super::broken;
use head::{Head, Kind};
use ini::{Entry, Fault, Ini, Section};
pub(super) use read::Paths;

/// The profiles of both files. Those of one name are one: keys of the credentials file come before the others.
#[derive(Default)]
pub(super) struct Profiles {
    /// The files that were read, or looked for.
    files: Vec<String>,
    profiles: BTreeMap<String, Profile>,
    sso_sessions: BTreeMap<String, Profile>,
    /// Sections that may be of any name, and lines before all sections.
    nameless: Vec<Misfit>,
    /// Heads that are written as in the other file, and what they should be.
    misplaced: BTreeMap<String, Misfit>,
}

/// Something that was not understood, and where.
#[derive(Clone, Debug)]
struct Misfit {
    place: Place,
    what: String,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    file: String,
    line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A profile, or a session of single sign-on. It has no `Debug`, because it holds secrets.
pub(super) struct Profile {
    pub(super) name: String,
    /// Of its first head.
    pub(super) place: Place,
    values: BTreeMap<String, Value>,
    fault: Option<Misfit>,
}

struct Value {
    text: String,
    kind: Kind,
    place: Place,
}

impl Profiles {
    /// The profiles of these files. Files that do not exist have none.
    ///
    /// # Errors
    /// For a file that cannot be read at all.
    pub(super) fn load(paths: &Paths) -> Result<Self> {
        let mut profiles = Self::default();
        for (kind, path) in paths.all() {
            profiles.take(kind, path)?;
        }
        Ok(profiles)
    }

    fn take(&mut self, kind: Kind, path: &Path) -> Result<()> {
        let file = path.display().to_string();
        match read::read(path)? {
            None => self.files.push(format!("{file} (which does not exist)")),
            Some(text) => {
                self.files.push(file.clone());
                self.add(kind, &file, &text);
            }
        }
        Ok(())
    }

    fn add(&mut self, kind: Kind, file: &str, text: &str) {
        let ini = Ini::parse(text);
        if let Some(line) = ini.stray {
            let fault = Fault::new(line, "expected `[NAME]` before the first key");
            self.nameless.push(Misfit::new(file, fault));
        }
        let mut of_file = Self::default();
        let mut heads: BTreeMap<String, usize> = BTreeMap::new();
        for mut section in ini.sections {
            if let Some(head) = section.head.clone() {
                let first = *heads.entry(head.clone()).or_insert(section.line);
                if first != section.line {
                    let what = format!("expected [{head}] once, and line {first} has it too");
                    section.spoil(Fault::new(section.line, what));
                }
            }
            of_file.sort_in(kind, file, section);
        }
        self.merge(of_file);
    }

    /// The last of two sections that mean the same profile counts.
    fn sort_in(&mut self, kind: Kind, file: &str, section: Section) {
        let Some(head) = &section.head else {
            let fault = section.fault;
            let misfit = fault.map(|fault| Misfit::new(file, fault));
            return self.nameless.extend(misfit);
        };
        match Head::read(kind, head) {
            Head::Profile(name) => {
                let meant = name.strip_prefix("profile ").map(str::trim);
                if let (Kind::Credentials, Some(meant)) = (kind, meant) {
                    let what =
                        format!("expected [{meant}]: this file has no `profile` in its heads");
                    let misfit = Misfit::new(file, Fault::new(section.line, what));
                    self.misplaced.insert(meant.to_owned(), misfit);
                }
                let profile = Profile::new(&name, kind, file, section);
                self.profiles.insert(name, profile);
            }
            Head::SsoSession(name) => {
                let session = Profile::new(&name, kind, file, section);
                self.sso_sessions.insert(name, session);
            }
            Head::Other(name) => {
                let what = format!("expected [profile {name}]");
                let misfit = Misfit::new(file, Fault::new(section.line, what));
                self.misplaced.insert(name, misfit);
            }
            Head::Odd(expected) => {
                let fault = Fault::new(section.line, format!("expected {expected}"));
                self.nameless.push(Misfit::new(file, fault));
            }
        }
    }

    fn merge(&mut self, later: Self) {
        for (name, profile) in later.profiles {
            match self.profiles.get_mut(&name) {
                Some(known) => known.overlay(profile),
                None => drop(self.profiles.insert(name, profile)),
            }
        }
        self.sso_sessions.extend(later.sso_sessions);
        self.nameless.extend(later.nameless);
        self.misplaced.extend(later.misplaced);
    }

    /// The profile of this name, if there is one.
    ///
    /// # Errors
    /// For one with an odd line, with file and line.
    pub(super) fn find(&self, name: &str) -> Result<Option<&Profile>> {
        self.profiles.get(name).map(Profile::sound).transpose()
    }

    /// A session of single sign-on.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub(super) fn sso_session(&self, name: &str) -> Result<Option<&Profile>> {
        self.sso_sessions.get(name).map(Profile::sound).transpose()
    }

    /// The error for a profile that is not there. `whose` says who asks for it.
    pub(super) fn absent(&self, name: &str, whose: &str) -> Error {
        let files = self.files.join(" and ");
        let error = broken(format!(
            "unknown profile `{name}`{whose}: not found in {files}"
        ));
        let add = || "name one of the profiles in these files, or add it".to_owned();
        error.with_remedy(self.hint(name).unwrap_or_else(add))
    }

    /// What to do where a profile is missed: the files may have it, with a head that was not understood.
    pub(super) fn hint(&self, name: &str) -> Option<String> {
        match (self.misplaced.get(name), self.nameless.first()) {
            (Some(misfit), _) => Some(format!("correct {misfit}")),
            (None, Some(misfit)) => Some(format!("if this head is meant, correct {misfit}")),
            (None, None) => None,
        }
    }
}

impl Misfit {
    fn new(file: &str, fault: Fault) -> Self {
        Self {
            place: Place {
                file: file.to_owned(),
                line: fault.line,
            },
            what: fault.what,
        }
    }
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Profile {
    fn new(name: &str, kind: Kind, file: &str, section: Section) -> Self {
        let value = |entry: Entry| {
            let place = Place {
                file: file.to_owned(),
                line: entry.line,
            };
            let value = Value {
                text: entry.value,
                kind,
                place,
            };
            (entry.key, value)
        };
        Self {
            name: name.to_owned(),
            place: Place {
                file: file.to_owned(),
                line: section.line,
            },
            fault: section.fault.map(|fault| Misfit::new(file, fault)),
            values: section.entries.into_iter().map(value).collect(),
        }
    }

    fn overlay(&mut self, later: Self) {
        self.values.extend(later.values);
        self.fault = self.fault.take().or(later.fault);
    }

    fn sound(&self) -> Result<&Self> {
        match &self.fault {
            None => Ok(self),
            Some(misfit) => Err(broken(format!("invalid profile `{}`: {misfit}", self.name))
                .with_remedy(format!("correct line {}", misfit.place))),
        }
    }

    /// The value of a key, unless it is absent or empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let value = self.values.get(key)?;
        Some(value.text.as_str()).filter(|text| !text.is_empty())
    }

    /// Where a key is set.
    pub(super) fn place_of(&self, key: &str) -> Option<&Place> {
        self.values.get(key).map(|value| &value.place)
    }

    /// Whether a key is set in the credentials file.
    pub(super) fn is_in_credentials(&self, key: &str) -> bool {
        let value = self.values.get(key);
        value.is_some_and(|value| value.kind == Kind::Credentials)
    }

    /// What it is called in messages, with its place.
    pub(super) fn shown(&self) -> String {
        format!("profile `{}` in {}", self.name, self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(config: &str, credentials: &str) -> Profiles {
        let mut profiles = Profiles::default();
        profiles.add(Kind::Config, "config", config);
        profiles.add(Kind::Credentials, "credentials", credentials);
        profiles
    }

    fn get(profiles: &Profiles, name: &str, key: &str) -> Option<String> {
        let profile = profiles.find(name).expect("sound")?;
        profile.get(key).map(str::to_owned)
    }

    #[test]
    fn keys_of_the_credentials_file_come_first() {
        let both = profiles(
            "[profile a]\nregion = r\naws_access_key_id = x\n",
            "[a]\naws_access_key_id = y\n[b c]\nregion = s\n",
        );
        assert_eq!(get(&both, "a", "region").as_deref(), Some("r"));
        assert_eq!(get(&both, "a", "aws_access_key_id").as_deref(), Some("y"));
        assert_eq!(get(&both, "b c", "region").as_deref(), Some("s"));
    }

    #[test]
    fn the_last_of_two_heads_that_mean_one_profile_counts() {
        for (first, second) in [
            ("default", "profile default"),
            ("profile default", "default"),
            ("profile a", "profile 'a'"),
        ] {
            let text = format!("[{first}]\nregion = x\nk = v\n[{second}]\nregion = y\n");
            let name = if first.contains('a') && !first.contains("default") {
                "a"
            } else {
                "default"
            };
            let found = profiles(&text, "");
            assert_eq!(get(&found, name, "region").as_deref(), Some("y"), "{text}");
            assert_eq!(get(&found, name, "k"), None, "{text}");
        }
    }

    #[test]
    fn a_head_that_is_there_twice_spoils_its_profile_only() {
        let found = profiles("[profile a]\nk = v\n[profile b]\nk = w\n[profile a]\n", "");
        let error = found.find("a").map(|_| ()).expect_err("twice");
        let text = error.to_string();
        assert!(
            text.contains("config:5") && text.contains("line 1"),
            "{text}"
        );
        assert_eq!(get(&found, "b", "k").as_deref(), Some("w"));
    }

    #[test]
    fn an_odd_line_is_told_with_its_file_when_its_profile_is_asked_for() {
        let found = profiles(
            "[profile odd]\nregion\n[profile good]\nregion = r\n",
            "[other]\naws_secret_access_key s3cret\n",
        );
        assert_eq!(get(&found, "good", "region").as_deref(), Some("r"));
        for (name, place) in [("odd", "config:2"), ("other", "credentials:2")] {
            let error = found.find(name).map(|_| ()).expect_err(name).to_string();
            assert!(error.contains(place) && error.contains(name), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn what_may_be_an_absent_profile_is_told() {
        let told = |config: &str, credentials: &str| {
            let found = profiles(config, credentials);
            assert!(found.find("two").expect("sound").is_none());
            found.absent("two", "").to_string()
        };
        for (config, credentials, part) in [
            ("[two]\nk = v\n", "", "config:1: expected [profile two]"),
            ("", "[profile two]\n", "credentials:1: expected [two]"),
            (
                "[profile two words]\n",
                "",
                "config:1: expected `[profile NAME]`",
            ),
            ("[profile two\n", "", "config:1: expected `]`"),
            ("", "k = v\n", "credentials:1: expected `[NAME]`"),
            ("", "", "add it"),
        ] {
            let text = told(config, credentials);
            assert!(text.contains(part), "{text}");
        }
    }
}
