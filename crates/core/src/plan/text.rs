use std::fmt;

use super::{Plan, Step};

/// What a network engineer reviews: every step with its place and what it waits for.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (creates, deletes) = self.counts();
        match self.topology.as_str() {
            "" => f.write_str("plan: ")?,
            topology => write!(f, "plan for {topology}: ")?,
        }
        if self.is_empty() {
            return f.write_str("nothing to do");
        }
        let replaced = self.replaced();
        let (creates, deletes) = (creates - replaced, deletes - replaced);
        write!(f, "{creates} to create, {deletes} to delete")?;
        if replaced > 0 {
            write!(f, ", {replaced} to replace")?;
        }
        writeln!(f)?;
        for step in &self.steps {
            write!(f, "\n{step}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match (self.op.is_delete(), &self.existing) {
            (true, _) => '-',
            (false, Some(_)) => '~',
            (false, None) => '+',
        };
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
            let keys: Vec<String> = self
                .depends_on
                .iter()
                .map(|key| key.object().to_string())
                .collect();
            write!(f, "\n    after {}", keys.join(", "))?;
        }
        Ok(())
    }
}
