//! How a permit's plan prints.

use std::fmt;

use super::{GroupChange, PermitPlan};
use crate::preflight::Severity;

impl fmt::Display for PermitPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_empty() {
            true => write!(
                f,
                "nothing to do: the rules marked `{}` are up to date",
                self.mark
            )?,
            false => write!(f, "changes to the rules marked `{}`", self.mark)?,
        }
        for change in &self.changes {
            write!(f, "\n{change}")?;
        }
        for finding in &self.report.findings {
            write!(f, "\n{finding}")?;
        }
        let errors = (self.report.findings.iter()).any(|f| f.severity == Severity::Error);
        if errors || self.verdicts.is_empty() {
            return Ok(());
        }
        if !self.is_empty() {
            f.write_str("\nafter these changes:")?;
        }
        for verdict in &self.verdicts {
            write!(f, "\n{verdict}")?;
        }
        Ok(())
    }
}

impl fmt::Display for GroupChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "group {} in {}", self.group, self.place)?;
        for rule in &self.add {
            write!(f, "\n  + {rule}")?;
        }
        for rule in &self.remove {
            write!(f, "\n  - {}", rule.rule)?;
        }
        for rule in &self.present {
            write!(f, "\n  = {rule}")?;
        }
        match self.foreign.len() {
            0 => {}
            1 => write!(f, "\n  keeps 1 rule of other owners")?,
            count => write!(f, "\n  keeps {count} rules of other owners")?,
        }
        match self.covers.len() {
            1 => f.write_str("\n  applies to 1 instance")?,
            count => write!(f, "\n  applies to {count} instances")?,
        }
        for covered in &self.covers {
            write!(f, "\n    {}", covered.id)?;
            if let Some(address) = covered.address {
                write!(f, " {address}")?;
            }
            if !covered.name.is_empty() {
                write!(f, " {}", covered.name)?;
            }
        }
        Ok(())
    }
}
