//! The variables and the home directory that configuration is read from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use landbridge_core::{Error, ErrorKind, Result};

const MAX_FILE_BYTES: u64 = 1 << 20;

/// Variables and home directory, taken from the process or made up. `Debug` shows names and no values.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
}

impl Environment {
    /// Nothing is set and there is no home directory.
    pub fn empty() -> Self {
        Self::default()
    }

    /// What the process was started with. Variables that are not Unicode are left out.
    pub fn from_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self {
            variables: std::env::vars_os().filter_map(text).collect(),
            home: std::env::home_dir(),
        }
    }

    /// Sets a variable.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets the home directory.
    #[must_use]
    pub fn with_home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// A variable, unless it is absent or empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// A path below the home directory, if there is one.
    pub fn in_home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path))
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.variable(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ours = |name: &&String| name.starts_with("ALIBABA_CLOUD_");
        f.debug_struct("Environment")
            .field(
                "variables",
                &self.variables.keys().filter(ours).collect::<Vec<_>>(),
            )
            .field("home", &self.home)
            .finish()
    }
}

/// Reads a configuration file; `None` when it does not exist.
pub(crate) fn read_file(path: &Path) -> Result<Option<String>> {
    let unreadable = |error: std::io::Error| {
        let message = format!("{} cannot be read", path.display());
        Error::new(ErrorKind::InvalidInput, message).with_source(error)
    };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(file) if file.len() > MAX_FILE_BYTES => {
            let message = format!("{} is too long for a configuration file", path.display());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(_) => {}
    }
    std::fs::read_to_string(path).map(Some).map_err(unreadable)
}
