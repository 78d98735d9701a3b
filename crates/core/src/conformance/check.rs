use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::lab::Lab;
use super::subject::Subject;
use crate::error::{Error, ErrorKind};
use crate::traits::Capabilities;

pub(super) type Run =
    for<'a> fn(&'a Lab) -> Pin<Box<dyn Future<Output = Result<(), Stop>> + Send + 'a>>;

/// One promise of the traits, and how it is examined.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Check {
    /// Its name, such as `network.delete.absent`.
    pub name: &'static str,
    /// The family of verbs it is about.
    pub family: &'static str,
    /// What is promised.
    pub promise: &'static str,
    pub(super) offered: fn(&Capabilities) -> bool,
    pub(super) run: Run,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why a check ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The promise is broken; what was found instead.
    Broken(String),
    /// The cloud, or the subject, has nothing to examine.
    NotOffered(String),
}

impl Stop {
    pub(super) fn broken(found: impl Into<String>) -> Self {
        Self::Broken(found.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A promise that is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The name of the check that found it.
    pub check: &'static str,
    /// What is promised.
    pub promise: &'static str,
    /// What was found instead.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            check,
            promise,
            found,
        } = self;
        write!(f, "{check}: promised: {promise}; found: {found}")
    }
}

impl std::error::Error for Violation {}

/// How a check ended, and what it left behind because it could not be removed.
pub(super) struct Ending {
    pub(super) result: Result<(), Stop>,
    pub(super) left: Vec<String>,
}

impl Check {
    /// Examines the promise, and removes whatever was made for that, also after a failure.
    ///
    /// A promise about something that the cloud or the subject does not have counts as kept.
    ///
    /// # Errors
    /// The promise and what was found instead.
    pub async fn run(&self, subject: &Subject) -> Result<(), Violation> {
        match self.end(subject).await.result {
            Ok(()) | Err(Stop::NotOffered(_)) => Ok(()),
            Err(Stop::Broken(found)) => Err(self.violation(found)),
        }
    }

    pub(super) async fn end(&self, subject: &Subject) -> Ending {
        let lab = match Lab::open(subject, self.name).await {
            Ok(lab) => lab,
            Err(error) => {
                return Ending {
                    result: Err(error.into()),
                    left: Vec::new(),
                };
            }
        };
        let result = (self.run)(&lab).await;
        let left = lab.clean_up().await;
        Ending { result, left }
    }

    pub(super) fn violation(&self, found: String) -> Violation {
        Violation {
            check: self.name,
            promise: self.promise,
            found,
        }
    }
}

/// The checks that a cloud with these capabilities has to pass, always in the same order.
pub fn checks(capabilities: &Capabilities) -> Vec<Check> {
    let mut checks = super::all_checks();
    checks.retain(|check| (check.offered)(capabilities));
    checks
}

/// One check: its name, when it is offered, what is promised, and the function that examines it.
macro_rules! check {
    ($name:expr, $when:expr, $promise:expr, $run:expr) => {{
        const NAME: &str = $name;
        $crate::conformance::check::Check {
            name: NAME,
            family: $crate::conformance::check::family(NAME),
            promise: $promise,
            offered: $when,
            run: |lab| Box::pin($run(lab)),
        }
    }};
}
pub(super) use check;

/// What stands before the first dot of a name.
pub(super) const fn family(name: &'static str) -> &'static str {
    let bytes = name.as_bytes();
    let mut end = 0;
    while end < bytes.len() && bytes[end] != b'.' {
        end += 1;
    }
    name.split_at(end).0
}

/// Fails with what was found unless `kept`.
pub(super) fn ensure(kept: bool, found: impl FnOnce() -> String) -> Result<(), Stop> {
    match kept {
        true => Ok(()),
        false => Err(Stop::Broken(found())),
    }
}

/// The call must have failed with one of these kinds.
pub(super) fn refused<T: fmt::Debug>(
    result: Result<T, Error>,
    kinds: &[ErrorKind],
) -> Result<(), Stop> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let names = names.join("` or `");
    match result {
        Err(error) if kinds.contains(&error.kind()) => Ok(()),
        Err(error) => Err(Stop::Broken(format!("instead of `{names}`: {error}"))),
        Ok(value) => Err(Stop::Broken(format!(
            "instead of `{names}` success: {value:?}"
        ))),
    }
}

pub(super) fn always(_: &Capabilities) -> bool {
    true
}
