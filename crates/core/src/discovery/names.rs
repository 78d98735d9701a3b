//! Names for what was found: those that it has, as far as topologies can hold them.

use std::collections::BTreeSet;

/// The longest name in a topology.
const MAX: usize = 40;

/// Names given so far.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// A name that no other has: the first of these that is free, or the last one with a number.
    pub(super) fn give(&mut self, wanted: &[&str]) -> String {
        let plain: Vec<String> = wanted.iter().map(|text| plain(text)).collect();
        let free = |name: &&String| !name.is_empty() && !self.0.contains(*name);
        let name = match plain.iter().find(free) {
            Some(name) => name.clone(),
            None => self.numbered(plain.last().map_or("", String::as_str)),
        };
        self.0.insert(name.clone());
        name
    }

    fn numbered(&self, name: &str) -> String {
        let stem = if name.is_empty() { "unnamed" } else { name };
        (2_usize..)
            .map(|number| {
                let end = format!("-{number}");
                let stem: String = stem.chars().take(MAX - end.len()).collect();
                stem + &end
            })
            .find(|name| !self.0.contains(name))
            .unwrap_or_default()
    }
}

/// The text with only what names may hold; hyphens for the rest.
fn plain(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut name = String::new();
    for c in text.chars() {
        match allowed(c) {
            true => name.push(c),
            false if name.ends_with('-') => {}
            false => name.push('-'),
        }
    }
    let name = name.trim_matches('-');
    name.chars().take(MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_far_as_it_can_be_and_given_once() {
        let mut names = Names::default();
        assert_eq!(names.give(&["Prod: web (1)", "vpc-1"]), "Prod-web-1");
        assert_eq!(names.give(&["Prod web 1", "vpc-2"]), "vpc-2");
        assert_eq!(names.give(&["数据", "vpc-3"]), "vpc-3");
        assert_eq!(names.give(&["vpc-3"]), "vpc-3-2");
        let long = "x".repeat(60);
        assert_eq!(names.give(&[&long]).len(), MAX);
        assert_eq!(names.give(&[&long]), format!("{}-2", "x".repeat(38)));
    }
}
