//! Work with one side's keys: what owners of accounts that are [held by others](crate::topology::Holder) are asked to do,
//! and how such an owner consents to exactly that.
//!
//! The [plan](mod@crate::plan) leaves out what only they can do. [`hand_over`] makes a document of it for each of them: who
//! asks, why, with which IDs and CIDR blocks, the commands of the cloud's own tool, the permissions that these need, and how
//! it is seen that they are done. [`consent`] turns a document into the steps of its receiver, after it has held the
//! document against the cloud.

mod act;
mod acts;
mod consent;
mod document;
mod text;
mod view;

pub use act::{Act, Guide, HowTo, Party, Way};
pub use consent::{Consent, consent};
pub use document::{HandOver, Part, Purpose, hand_over, take_back};

/// Text as one word of a POSIX shell.
pub fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    match !text.is_empty() && text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn what_a_shell_would_read_otherwise_is_quoted() {
        assert_eq!(shell_word("vpc-1"), "vpc-1");
        assert_eq!(shell_word("a;rm -rf"), "'a;rm -rf'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
