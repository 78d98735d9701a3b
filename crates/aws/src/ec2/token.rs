//! Client tokens: EC2 refuses one that returns with other parameters, also after its object is gone.

use landbridge_core::{Label, Token};

/// The token of a step's request with these parameters.
pub(crate) fn token_of(label: &Label, parameters: &[impl AsRef<str>]) -> Token {
    let parts: Vec<&str> = std::iter::once(label.token.as_str())
        .chain(parameters.iter().map(AsRef::as_ref))
        .collect();
    Token::derive(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::Owner;

    #[test]
    fn other_parameters_have_another_token_and_the_same_ones_the_same() {
        let label = Label::new("i", Owner::new("t", "instance/i"), Token::derive(&["x"]));
        let token = |group: &str| token_of(&label, &["subnet-1", group]);
        assert_eq!(token("sg-1"), token("sg-1"));
        assert_ne!(token("sg-1"), token("sg-2"));
    }
}
