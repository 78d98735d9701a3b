//! What a program without Landbridge would read of `DescribeVpcs`: the members that a [`NetworkRecord`] is made of, with serde's
//! own derived code.
//!
//! [`NetworkRecord`]: landbridge_core::NetworkRecord
#![allow(dead_code, reason = "the members are read, not used")]

use std::borrow::Cow;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Page<'a> {
    pub(crate) request_id: Cow<'a, str>,
    pub(crate) total_count: usize,
    #[serde(borrow)]
    pub(crate) vpcs: Vpcs<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Vpcs<'a> {
    #[serde(borrow)]
    pub(crate) vpc: Vec<Vpc<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Vpc<'a> {
    #[serde(borrow)]
    vpc_id: Cow<'a, str>,
    #[serde(borrow)]
    vpc_name: Cow<'a, str>,
    #[serde(borrow)]
    cidr_block: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    region_id: Cow<'a, str>,
    #[serde(borrow)]
    ipv6_cidr_block: Cow<'a, str>,
    owner_id: u64,
    #[serde(borrow)]
    secondary_cidr_blocks: Secondary<'a>,
    #[serde(borrow)]
    tags: Tags<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Secondary<'a> {
    #[serde(borrow)]
    secondary_cidr_block: Vec<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tags<'a> {
    #[serde(borrow)]
    tag: Vec<Tag<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

/// Reads the networks into records of one's own, whose ranges are addresses.
pub(crate) fn records(answer: &[u8]) -> Vec<Record> {
    let page: Page<'_> = serde_json::from_slice(answer).expect("JSON");
    assert_eq!(page.total_count, page.vpcs.vpc.len());
    page.vpcs.vpc.iter().map(Record::from).collect()
}

/// As much as a [`NetworkRecord`](landbridge_core::NetworkRecord) says.
#[derive(Debug)]
pub(crate) struct Record {
    id: String,
    name: String,
    ranges: Vec<ipnet::IpNet>,
    status: String,
    region: String,
    account: String,
    topology: Option<String>,
    key: Option<String>,
}

impl From<&Vpc<'_>> for Record {
    fn from(vpc: &Vpc<'_>) -> Self {
        let tag = |key: &str| {
            let mut tags = vpc.tags.tag.iter();
            tags.find(|tag| tag.key == key)
                .map(|tag| tag.value.clone().into_owned())
        };
        let blocks = [&vpc.cidr_block, &vpc.ipv6_cidr_block].into_iter();
        let blocks = blocks.chain(&vpc.secondary_cidr_blocks.secondary_cidr_block);
        Self {
            id: vpc.vpc_id.clone().into_owned(),
            name: vpc.vpc_name.clone().into_owned(),
            ranges: blocks
                .filter(|block| !block.is_empty())
                .map(|block| block.parse().expect("a range"))
                .collect(),
            status: vpc.status.clone().into_owned(),
            region: vpc.region_id.clone().into_owned(),
            account: vpc.owner_id.to_string(),
            topology: tag("landbridge:topology"),
            key: tag("landbridge:key"),
        }
    }
}
