//! Login passwords of instances, which a topology names by environment variable.

use std::collections::{BTreeMap, BTreeSet};

use landbridge_core::engine::{EnvSecrets, SecretSource};
use landbridge_core::plan::{Op, Plan};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::exit::{Failure, Outcome};
use crate::prompt;

/// Passwords by the variable that should hold them. `Debug` shows no value.
#[derive(Debug, Default)]
pub(crate) struct Secrets(BTreeMap<String, SecretString>);

impl SecretSource for Secrets {
    fn secret(&self, name: &str) -> Option<SecretString> {
        self.0.get(name).cloned()
    }
}

impl Secrets {
    /// Gives each of them to who looks for secrets.
    pub(crate) fn each(&self, mut take: impl FnMut(&str)) {
        let secrets = self.0.values();
        secrets.for_each(|secret| take(secret.expose_secret()));
    }

    /// From the environment; a random password, never shown, for those not set there.
    pub(crate) fn made_up(plan: &Plan) -> Self {
        let secret = |name: &str| {
            (
                name.to_owned(),
                from_environment(name).unwrap_or_else(random),
            )
        };
        Self(needed(plan).into_iter().map(secret).collect())
    }

    /// From the environment; asked for at the terminal if not set there.
    pub(crate) async fn asked_for(plan: &Plan, cancel: &CancellationToken) -> Outcome<Self> {
        let mut secrets = BTreeMap::new();
        for name in needed(plan) {
            let secret = match from_environment(name) {
                Some(secret) => secret,
                None => ask(name, cancel).await?,
            };
            secrets.insert(name.to_owned(), secret);
        }
        Ok(Self(secrets))
    }
}

fn needed(plan: &Plan) -> BTreeSet<&str> {
    let steps = plan.steps.iter();
    steps.filter_map(|step| password_env(&step.op)).collect()
}

fn password_env(op: &Op) -> Option<&str> {
    match op {
        Op::RunInstance(run) => run.password_env.as_deref(),
        _ => None,
    }
}

fn from_environment(name: &str) -> Option<SecretString> {
    EnvSecrets.secret(name)
}

async fn ask(name: &str, cancel: &CancellationToken) -> Outcome<SecretString> {
    if !prompt::is_interactive() {
        return Err(Failure::bad_input(format!(
            "environment variable {name} is not set: set it to the login password that the topology names"
        )));
    }
    prompt::password(
        format!("Login password for {name} (input is hidden): "),
        cancel,
    )
    .await
}

// Upper case, lower case, digits and a hyphen, 28 characters: clouds accept it as a password.
fn random() -> SecretString {
    let random = uuid::Uuid::new_v4().simple().to_string();
    SecretString::from(format!("Lb1-{}", &random[..24]))
}
