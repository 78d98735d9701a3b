use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Variables and home directory that credentials and configuration are read from: those of the process, or made up.
/// `Debug` shows neither names nor values.
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

    /// A variable without the white space around it, unless it is absent or empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Whether a variable says `true`, in capitals or small letters.
    pub fn is_true(&self, name: &str) -> bool {
        self.variable(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A path below the home directory, if there is one.
    pub fn in_home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.len())
            .field("home", &self.home)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_trimmed_and_not_shown() {
        let environment = Environment::empty()
            .with_variable("NAME", " s3cret\n")
            .with_variable("EMPTY", " ")
            .with_variable("SWITCH", "True");
        assert_eq!(environment.variable("NAME"), Some("s3cret"));
        assert_eq!(environment.variable("EMPTY"), None);
        assert!(environment.is_true("SWITCH") && !environment.is_true("NAME"));
        let shown = format!("{environment:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("NAME"));
    }
}
