use serde::Serialize;

/// Which names a cloud takes for objects of a kind.
///
/// ```
/// use landbridge_core::NameRule;
///
/// let rule = NameRule::new(1, 255).without_start("sg-").without("default");
/// assert_eq!(rule.problem("web"), None);
/// assert!(rule.problem("SG-web").is_some());
/// assert!(rule.problem("default").is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NameRule {
    /// The fewest characters.
    pub shortest: usize,
    /// The most characters.
    pub longest: usize,
    /// Whether the first character must be a letter.
    pub letter_first: bool,
    /// What no name may begin with, whatever the case.
    pub refused_starts: Vec<String>,
    /// What no name may be, whatever the case.
    pub refused: Vec<String>,
}

impl NameRule {
    /// Any name of this length, in characters.
    pub fn new(shortest: usize, longest: usize) -> Self {
        Self {
            shortest,
            longest,
            letter_first: false,
            refused_starts: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Names begin with a letter.
    #[must_use]
    pub fn with_letter_first(mut self) -> Self {
        self.letter_first = true;
        self
    }

    /// No name begins with `start`.
    #[must_use]
    pub fn without_start(mut self, start: impl Into<String>) -> Self {
        self.refused_starts.push(start.into());
        self
    }

    /// No object is called `name`.
    #[must_use]
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.refused.push(name.into());
        self
    }

    /// What the rule asks for that `name` does not meet, as in "expected 2 to 128 characters"; nothing if it fits.
    pub fn problem(&self, name: &str) -> Option<String> {
        let lower = name.to_lowercase();
        let Self {
            shortest, longest, ..
        } = self;
        if !(*shortest..=*longest).contains(&name.chars().count()) {
            return Some(format!("expected {shortest} to {longest} characters"));
        }
        if self.letter_first && !name.starts_with(char::is_alphabetic) {
            return Some("expected a letter first".to_owned());
        }
        let mut starts = self.refused_starts.iter();
        if let Some(start) = starts.find(|start| lower.starts_with(&start.to_lowercase())) {
            return Some(format!(
                "expected a name that does not begin with `{start}`"
            ));
        }
        let mut names = self.refused.iter();
        let reserved = names.find(|reserved| reserved.to_lowercase() == lower)?;
        Some(format!(
            "expected a name other than `{reserved}`, which the cloud keeps for itself"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::NameRule;

    #[test]
    fn each_part_of_a_rule_counts() {
        let rule = NameRule::new(2, 5)
            .with_letter_first()
            .without_start("no-")
            .without("other");
        for (name, problem) in [
            ("ab", None),
            ("Äbcde", None),
            ("a", Some("2 to 5 characters")),
            ("abcdef", Some("2 to 5 characters")),
            ("1bc", Some("a letter first")),
            ("No-a", Some("does not begin with `no-`")),
            ("OTHER", Some("other than `other`")),
        ] {
            let found = rule.problem(name);
            assert_eq!(found.is_some(), problem.is_some(), "{name}: {found:?}");
            let found = found.unwrap_or_default();
            assert!(
                found.contains(problem.unwrap_or_default()),
                "{name}: {found}"
            );
        }
    }
}
