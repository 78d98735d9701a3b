use std::env::VarError;
use std::fmt;
use std::net::SocketAddr;

use anyhow::{Context, bail};

/// The shortest token that is taken.
const SHORTEST_TOKEN: usize = 16;

/// How the service is reached, and by whom.
pub struct Settings {
    /// Where to listen. Default `127.0.0.1:8080`: a proxy with TLS belongs in front of any other address.
    pub listen: SocketAddr,
    /// What callers must send as `Authorization: Bearer TOKEN`.
    pub token: String,
    /// How many runs may be under way at once. Default 8.
    pub most_runs: usize,
}

impl Settings {
    /// The defaults with this token.
    pub fn new(token: impl Into<String>) -> anyhow::Result<Self> {
        let token = token.into();
        // What both a header and a cookie can hold.
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if token.len() < SHORTEST_TOKEN || !token.bytes().all(fits) {
            let expected = "letters, digits and `-._~+/=`";
            bail!("invalid `ONBOARDING_TOKEN`: expected at least {SHORTEST_TOKEN} {expected}");
        }
        Ok(Self {
            listen: ([127, 0, 0, 1], 8080).into(),
            token,
            most_runs: 8,
        })
    }

    /// The settings of the process's environment: `ONBOARDING_TOKEN`, and if set `ONBOARDING_LISTEN` and
    /// `ONBOARDING_MOST_RUNS`.
    pub fn from_env() -> anyhow::Result<Self> {
        let token = variable("ONBOARDING_TOKEN")?.context("set `ONBOARDING_TOKEN`")?;
        let mut settings = Self::new(token)?;
        if let Some(text) = variable("ONBOARDING_LISTEN")? {
            let invalid = "invalid `ONBOARDING_LISTEN`: expected an address and a port, such as `127.0.0.1:8080`";
            settings.listen = text.parse().context(invalid)?;
        }
        if let Some(text) = variable("ONBOARDING_MOST_RUNS")? {
            let invalid = "invalid `ONBOARDING_MOST_RUNS`: expected a number";
            settings.most_runs = text.parse().context(invalid)?;
        }
        Ok(settings)
    }
}

/// A variable of the process's environment, if it is set and not empty.
pub(crate) fn variable(name: &str) -> anyhow::Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => bail!("invalid `{name}`: expected UTF-8"),
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Settings");
        shown
            .field("listen", &self.listen)
            .field("most_runs", &self.most_runs);
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_and_fits_into_a_header_and_a_cookie() {
        assert!(Settings::new("0123456789abcdef").is_ok());
        for token in ["", "short", "0123456789abcde;", "0123456789abcd f"] {
            let error = Settings::new(token).expect_err(token);
            assert!(error.to_string().starts_with("invalid `ONBOARDING_TOKEN`"));
        }
    }
}
