//! What the policy languages of the clouds share: decisions, patterns, and texts in JSON.

use serde_json::Value;

/// The word of policies on a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allow,
    Deny,
    Silent,
}

/// The word of all statements that are about a question, each of which allows (`true`) or denies: a denial beats
/// everything.
pub(crate) fn decide(statements: impl IntoIterator<Item = bool>) -> Decision {
    let mut decision = Decision::Silent;
    for allows in statements {
        if !allows {
            return Decision::Deny;
        }
        decision = Decision::Allow;
    }
    decision
}

/// A text, or a list of texts; booleans and numbers count as texts.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

/// Compares with `*` and `?` as wildcards.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, start)) => {
                    retry = Some((after_star, start + 1));
                    p = after_star;
                    t = start + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*:Describe*", "vpc:DescribeVpcs", true),
            ("ab*", "a", false),
            ("a?c", "ac", false),
            ("a*c", "abbc", true),
            ("a*c*", "abcb", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*d", "abcbcd", true),
            ("ec2:Describe*", "ec2:DescribeVpcs", true),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_denial_beats_every_other_statement() {
        assert_eq!(decide([]), Decision::Silent);
        assert_eq!(decide([true, true]), Decision::Allow);
        assert_eq!(decide([true, false, true]), Decision::Deny);
    }
}
