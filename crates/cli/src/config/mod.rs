//! The configuration file: accounts by name, and defaults of options.

mod file;
mod path;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use landbridge_core::topology::{Account, CredentialSource, Topology};

use crate::files;
use file::File;

pub(crate) use file::schema;

/// What the configuration file says, and where it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    file: File,
    path: Option<PathBuf>,
    is_there: bool,
}

/// That of this run of the program.
static CURRENT: OnceLock<Config> = OnceLock::new();

impl Config {
    /// None, because the command needs none or the user wants none.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// The configuration of this run. It is said once, when the program starts, like the environment.
    pub(crate) fn current() -> &'static Self {
        CURRENT.get_or_init(Self::none)
    }

    /// Makes it the configuration of this run.
    pub(crate) fn install(self) {
        if let Some(path) = self.path.as_ref().filter(|_| self.is_there) {
            tracing::info!(path = %path.display(), "configuration file");
        }
        // The first one stays; there is no second.
        let _ = CURRENT.set(self);
    }

    /// The accounts that it declares.
    pub(crate) fn accounts(&self) -> Vec<Account> {
        self.file.accounts()
    }

    /// The declared accounts, and after them those of the file whose names mean nothing else there. They are not checked as a
    /// topology is: one account may have a name in each.
    pub(crate) fn beside(&self, declared: Option<Topology>) -> Option<Topology> {
        let known = self.accounts();
        if known.is_empty() {
            return declared;
        }
        let mut all = declared.unwrap_or_else(|| Topology::new("command-line"));
        let is_other = |account: &&Account| {
            all.account(&account.name)
                .is_some_and(|one| one != *account)
        };
        let apart: Vec<Account> = known
            .iter()
            .filter(|account| !chain(&known, account).iter().any(is_other))
            .filter(|account| all.account(&account.name).is_none())
            .cloned()
            .collect();
        all.accounts.extend(apart);
        Some(all)
    }

    /// The options that it has defaults for, by their names without hyphens, and the values.
    pub(crate) fn defaults(&self) -> Vec<(&'static str, Vec<OsString>)> {
        let directory = self.path.as_ref().and_then(|path| path.parent());
        self.file.defaults(directory)
    }

    /// The file as errors name it.
    pub(crate) fn shown(&self) -> String {
        match &self.path {
            Some(path) => format!("`{}`", path.display()),
            None => "no configuration file".to_owned(),
        }
    }

    /// Where its accounts come from, for errors about a name that is not among them.
    pub(crate) fn origin(&self) -> String {
        match (&self.path, self.is_there) {
            (Some(path), true) => format!("the configuration file `{}`", path.display()),
            (Some(path), false) => {
                format!(
                    "the configuration file `{}`, which does not exist,",
                    path.display()
                )
            }
            (None, _) => "the configuration, which is switched off or has no directory,".to_owned(),
        }
    }
}

/// An account, and those whose keys assume its role.
fn chain<'a>(known: &'a [Account], account: &'a Account) -> Vec<&'a Account> {
    let mut chain = vec![account];
    // A checked file has no circle; the bound keeps an unchecked one from turning round for ever.
    for _ in known {
        let Some(CredentialSource::AssumeRole {
            from: Some(from), ..
        }) = chain.last().map(|last| &last.credentials)
        else {
            break;
        };
        chain.extend(known.iter().find(|one| one.name == *from));
    }
    chain
}

/// Reads the file that is named, which must exist, or the one in its usual place, which need not.
///
/// # Errors
/// What is wrong, with line and column.
pub(crate) fn read(
    named: Option<OsString>,
    variables: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Config, String> {
    let is_named = named.is_some();
    let Some(path) = named.map(PathBuf::from).or_else(|| path::usual(variables)) else {
        return Ok(Config::none());
    };
    if !is_named && !path.exists() {
        return Ok(Config {
            path: Some(path),
            ..Config::none()
        });
    }
    let text = files::read("configuration file", &path);
    let text = text.map_err(|failure| failure.error.to_string())?;
    let file =
        File::from_text(&text).map_err(|error| error.in_file(files::shown(&path)).to_string())?;
    Ok(Config {
        file,
        path: Some(path),
        is_there: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::CloudName;

    fn account(name: &str, id: &str) -> Account {
        Account::new(name, CloudName::from_static("aliyun"), id)
    }

    #[test]
    fn declared_names_go_first_and_so_does_what_stands_on_them() {
        let text = "accounts:
  - { name: a, cloud: aliyun, id: \"1\" }
  - { name: b, cloud: aliyun, id: \"2\", credentials: { assume-role: { from: a, role: r } } }
  - { name: c, cloud: aliyun, id: \"3\" }
";
        let config = Config {
            file: File::from_text(text).expect("good"),
            ..Config::none()
        };
        let names = |declared: &[Account]| {
            let declared = declared.iter().cloned();
            let declared = declared.fold(Topology::new("t"), Topology::with_account);
            let all = config.beside(Some(declared)).expect("some");
            all.accounts
                .iter()
                .map(|one| format!("{}={}", one.name, one.id))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), ["a=1", "b=2", "c=3"]);
        assert_eq!(names(&[account("a", "1")]), ["a=1", "b=2", "c=3"]);
        // The role of `b` is for the `a` of the file.
        assert_eq!(names(&[account("a", "9")]), ["a=9", "c=3"]);
        assert_eq!(config.beside(None).expect("some").accounts.len(), 3);
        assert!(Config::none().beside(None).is_none());
    }
}
