//! Resource Access Management: roles that other accounts may assume, their policies, the account's alias.
//!
//! Roles and policies are named by us, so every write is settled by reading back and may be repeated.

mod document;
#[cfg(test)]
mod fuzz;
mod policy;
mod role;

pub(crate) use document::*;
pub(crate) use policy::*;
pub(crate) use role::*;

use landbridge_core::{Owner, Tags};
use serde_json::{Value, json};

use crate::document::Doc;
use crate::mark::read_mark;
use crate::params::Params;
use crate::request::{Product, Request};

fn request(action: &'static str, params: Params) -> Request {
    Request::new(Product::Ram, action, params)
}

/// `GetAccountAlias`.
pub(crate) fn get_account_alias() -> Request {
    request("GetAccountAlias", Params::new())
}

/// The alias of `GetAccountAlias`; an account without one has an empty one.
pub(crate) fn read_account_alias(answer: Doc<'_>) -> Option<String> {
    answer.text("AccountAlias")
}

/// Tags in the one text that RAM takes them in.
fn tag_text(tags: &Tags) -> String {
    let tag = |(key, value): (&String, &String)| json!({"Key": key, "Value": value});
    Value::from_iter(tags.iter().map(tag)).to_string()
}

/// The owner that the tags tell, or the description where they are not shown.
fn owner(doc: Doc<'_>) -> Option<Owner> {
    let described = || read_mark(&doc.text_or_empty("Description"));
    doc.owner().or_else(described)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_read_and_an_empty_one_is_none() {
        let read = |alias: &str| read_account_alias(Doc::of(&json!({"AccountAlias": alias})));
        assert_eq!(read("acme").as_deref(), Some("acme"));
        assert_eq!(read(""), None);
    }

    #[test]
    fn ownership_is_told_by_tags_of_either_shape_or_by_the_description() {
        let tags = |key: &str, value: &str| json!({"Tags": {"Tag": [{key: "landbridge:topology", value: "t"}, {key: "landbridge:key", value: "role/r"}]}});
        let marked = json!({"Description": "landbridge:t role/r"});
        for doc in [tags("TagKey", "TagValue"), tags("Key", "Value"), marked] {
            assert_eq!(owner(Doc::of(&doc)), Some(Owner::new("t", "role/r")));
        }
        assert_eq!(owner(Doc::of(&json!({"Description": "ours"}))), None);
    }
}
