//! Policies as text for a person.

use std::fmt;

use super::{AccountPolicies, PolicyDocument, Purpose, Statement};
use crate::traits::Need;
use crate::wrap::wrapped;

impl fmt::Display for AccountPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            cloud,
            account,
            ..
        } = self;
        write!(f, "account {name} ({cloud} {account})")?;
        for document in &self.documents {
            self.write_document(f, document)?;
        }
        if let Some(trust) = &self.trust {
            write!(
                f,
                "\n  role {}: {} may assume it",
                trust.role, trust.principal
            )?;
            match &trust.external_id {
                Some(id) => write!(f, " with external ID {id}")?,
                None => f.write_str(", without an external ID")?,
            }
        }
        self.write_needs(f)?;
        // `{:#}` leaves them out, for a list of accounts that tells them once.
        let without_notes = f.alternate();
        for note in self.notes.iter().filter(|_| !without_notes) {
            write!(f, "\n  note: {note}")?;
        }
        Ok(())
    }
}

impl AccountPolicies {
    fn write_document(&self, f: &mut fmt::Formatter<'_>, document: &PolicyDocument) -> fmt::Result {
        let what = match document.purpose {
            Purpose::Plan => "planning only",
            Purpose::Life => "the whole life",
        };
        write!(f, "\n  for {what}")?;
        if document.parts > 1 {
            write!(
                f,
                ", part {} of {} (too large for one policy; attach all)",
                document.part, document.parts
            )?;
        }
        write!(f, ": {} of {} characters", document.characters, self.limit)?;
        document
            .statements
            .iter()
            .try_for_each(|statement| write_statement(f, statement))
    }

    fn write_needs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (action, need) in &self.needs {
            match need {
                Need::Always => {}
                Need::Sometimes(when) => write!(f, "\n  {action}: only if {when}")?,
                Need::Advised(without) => write!(f, "\n  {action}: without it, {without}")?,
            }
        }
        Ok(())
    }
}

fn write_statement(f: &mut fmt::Formatter<'_>, statement: &Statement) -> fmt::Result {
    write!(f, "\n    {}: {}", statement.sid, statement.why)?;
    for line in wrapped(statement.actions.iter().map(String::as_str)) {
        write!(f, "\n      {line}")?;
    }
    for resource in &statement.resources {
        write!(f, "\n      on {resource}")?;
    }
    for (operator, keys) in &statement.conditions {
        for (key, values) in keys {
            write!(f, "\n      if {key} {operator} {}", values.join(", "))?;
        }
    }
    Ok(())
}
