//! Objects by their IDs or by their names.

/// An object by its ID, or by a name that no other object of its kind has in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named<Id> {
    Id(Id),
    Name(String),
}

/// The beginnings of IDs. What begins so is an ID and no name: a mistyped ID is not looked for as a name.
const ID_PREFIXES: [&str; 16] = [
    "cen-", "ecr-", "eni-", "i-", "igw-", "nat-", "ngw-", "pcx-", "rtb-", "sg-", "subnet-", "tr-",
    "vbr-", "vpc-", "vsw-", "vtb-",
];
const LONGEST: usize = 255;

/// The text as a name, if it can be one.
pub(super) fn name(text: &str) -> Option<String> {
    let is_id = ID_PREFIXES.iter().any(|prefix| text.starts_with(prefix));
    let is_name = !text.trim().is_empty()
        && text.len() <= LONGEST
        && !text
            .chars()
            .any(|letter| letter.is_control() || letter == '/');
    (is_name && !is_id).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_form_of_an_id_is_not_a_name() {
        for text in ["web", "web server", "item-1", "vpc", "Über"] {
            assert_eq!(name(text).as_deref(), Some(text));
        }
        for text in [
            "",
            " ",
            "vpc-",
            "vpc-1",
            "i-1",
            "a/b",
            "a\u{1b}b",
            &"x".repeat(256),
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }
}
