use aws_sdk_ec2::operation::create_tags::builders::CreateTagsInputBuilder;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use landbridge_core::{Label, Owner, TAG_TOPOLOGY, TaggedId, Tags, maker_of};

use super::field::filter;

const NAME: &str = "Name";

/// Name and ownership, put on the object by the call that creates it.
pub(super) fn tagged(kind: ResourceType, label: &Label) -> TagSpecification {
    let name = (NAME.to_owned(), label.name.clone());
    let tags = label.owner.to_tags().into_iter().chain([name]);
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    TagSpecification::builder()
        .resource_type(kind)
        .set_tags(Some(tags.map(tag).collect()))
        .build()
}

/// `CreateTags` that makes an object the owner's.
pub(crate) fn own(object: &TaggedId, owner: &Owner) -> CreateTagsInputBuilder {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    CreateTagsInputBuilder::default()
        .resources(object.as_str())
        .set_tags(Some(owner.to_tags().into_iter().map(tag).collect()))
}

fn read_tags(tags: &[Tag]) -> Tags {
    let pair = |tag: &Tag| {
        let value = tag.value().unwrap_or_default();
        Some((tag.key()?.to_owned(), value.to_owned()))
    };
    tags.iter().filter_map(pair).collect()
}

/// What else made the object, as its tags tell.
pub(super) fn made_by(tags: &[Tag]) -> Option<String> {
    maker_of(&read_tags(tags))
}

/// The name that the tags tell, or nothing, and the owner.
pub(super) fn told_by(tags: &[Tag]) -> (String, Option<Owner>) {
    let tags = read_tags(tags);
    let name = tags.get(NAME).cloned().unwrap_or_default();
    (name, Owner::from_tags(&tags))
}

/// Lets pass what carries a topology's tag.
pub(crate) fn by_topology(topology: &str) -> Filter {
    filter(&format!("tag:{TAG_TOPOLOGY}"), [topology])
}
