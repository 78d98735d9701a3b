use std::fmt;

use super::review::sign;
use super::{Plan, Step, StepKey};

/// Every step with its key, its place and what it waits for. [`Plan::review`] is shorter.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        if self.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        for step in &self.steps {
            write!(f, "\n{step}")?;
        }
        Ok(())
    }
}

impl Plan {
    /// What it is for, and how much it does.
    pub(super) fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.topology.as_str() {
            "" => f.write_str("plan: ")?,
            topology => write!(f, "plan for {topology}: ")?,
        }
        if self.is_empty() {
            return f.write_str("nothing to do");
        }
        let ((creates, deletes), replaced) = (self.counts(), self.replaced());
        let (creates, deletes) = (creates - replaced, deletes - replaced);
        write!(f, "{creates} to create, {deletes} to delete")?;
        if replaced > 0 {
            write!(f, ", {replaced} to replace")?;
        }
        if self.renamed() > 0 {
            write!(f, ", {} to rename", self.renamed())?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = sign(self);
        write!(
            f,
            "{sign} {:<44} {}\n    in {}",
            self.key.object(),
            self.op,
            self.place
        )?;
        if let Some(id) = &self.existing {
            write!(f, "; {id} is there and not ready yet")?;
        }
        if let Some(id) = &self.replaces {
            write!(f, "; replaces {id}")?;
        }
        if !self.depends_on.is_empty() {
            let (renames, others): (Vec<&StepKey>, Vec<&StepKey>) =
                self.depends_on.iter().partition(|key| key.is_rename());
            let mut keys: Vec<String> = others.iter().map(|key| key.object().to_string()).collect();
            if !renames.is_empty() {
                keys.push("all that is renamed".to_owned());
            }
            write!(f, "\n    after {}", keys.join(", "))?;
        }
        Ok(())
    }
}
