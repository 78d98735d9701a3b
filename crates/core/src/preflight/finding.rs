//! What a finding is, and how findings print.

use std::fmt;

use schemars::JsonSchema;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

use crate::findings;
use crate::format::FormatVersion;
use crate::topology::Location;

/// How bad a finding is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The plan would fail, or not do what the topology says. Nothing is written.
    Error,
    /// The plan works, with a consequence worth knowing.
    Warning,
    /// The plan works. This is what was chosen for it, or what others made and it uses.
    Note,
}

impl Severity {
    /// The severity as text, such as `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing found, with where it is and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code, such as `identity/root`. [`explain`](crate::findings::explain) tells what it means.
    pub code: &'static str,
    /// The part of the topology, or the object, it is about.
    pub subject: String,
    /// What is wrong, or what was chosen and why.
    pub message: String,
    /// What to do; empty for a note that asks for nothing.
    pub remedy: String,
    /// Where the topology's text has what it is about, if [`Source::locate`](crate::topology::Source::locate) looked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Box<Location>>,
}

impl Finding {
    pub(crate) fn error(
        code: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            code,
            subject: subject.into(),
            message: message.into(),
            remedy: remedy.into(),
            at: None,
        }
    }

    pub(crate) fn warning(
        code: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, subject, message, remedy)
        }
    }

    pub(crate) fn note(
        code: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::error(code, subject, message, String::new())
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.severity.as_str())?;
        if let Some(at) = &self.at {
            write!(f, "{at}: ")?;
        }
        write!(f, "{} [{}]\n  {}", self.subject, self.code, self.message)?;
        match self.remedy.is_empty() {
            true => Ok(()),
            false => write!(f, "\n  -> {}", self.remedy),
        }
    }
}

/// The code of a finding whose own code this version does not know. Its message begins with that.
const UNKNOWN: &str = "finding/unknown";

/// Reads what was written. A code that this version does not know, as another one may write it, becomes a part of the message.
impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            severity: Severity,
            code: String,
            subject: String,
            message: String,
            #[serde(default)]
            remedy: String,
            #[serde(default)]
            at: Option<Box<Location>>,
        }
        let written = Written::deserialize(deserializer)?;
        let known = findings::explain(&written.code).map(|page| page.code.as_str());
        let message = match known {
            None if written.code != UNKNOWN => format!("[{}] {}", written.code, written.message),
            _ => written.message,
        };
        Ok(Self {
            severity: written.severity,
            code: known.unwrap_or(UNKNOWN),
            subject: written.subject,
            message,
            remedy: written.remedy,
            at: written.at,
        })
    }
}

/// All findings: errors first, then warnings, then notes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Report {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort();
        findings.dedup();
        Self {
            format: FormatVersion,
            findings,
        }
    }

    /// Whether the plan may be applied: no finding is an error.
    pub fn passed(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity != Severity::Error)
    }

    /// The report, or as an error if it has not [passed](Self::passed).
    ///
    /// # Errors
    /// The report itself. It prints all findings, not the errors alone.
    pub fn into_result(self) -> Result<Self, Self> {
        match self.passed() {
            true => Ok(self),
            false => Err(self),
        }
    }

    /// The codes of all findings, for tests and machines.
    pub fn codes(&self) -> Vec<&'static str> {
        self.findings.iter().map(|finding| finding.code).collect()
    }
}

impl std::error::Error for Report {}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.findings.is_empty() {
            return f.write_str("preflight: no findings");
        }
        let of = |severity| {
            let findings = self.findings.iter();
            findings
                .filter(|finding| finding.severity == severity)
                .count()
        };
        write!(
            f,
            "preflight: {}, {}",
            count(of(Severity::Error), "error"),
            count(of(Severity::Warning), "warning")
        )?;
        let notes = of(Severity::Note);
        if notes > 0 {
            write!(f, ", {}", count(notes, "note"))?;
        }
        for finding in &self.findings {
            write!(f, "\n{finding}")?;
        }
        Ok(())
    }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
