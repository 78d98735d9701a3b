//! The prefix lists that the cloud itself keeps in each region, such as that of the addresses of S3.

use std::time::Duration;

use super::prefix_lists::{Change, ListEntry, PrefixList};
use crate::digest::hash;
use crate::table::{Base, Life};

/// Names, of which `REGION` stands for the region's, and ranges that belong to the service.
const LISTS: [(&str, &[&str]); 3] = [
    (
        "com.amazonaws.REGION.s3",
        &[
            "3.5.0.0/19",
            "16.182.0.0/16",
            "52.216.0.0/15",
            "54.231.0.0/16",
        ],
    ),
    (
        "com.amazonaws.REGION.dynamodb",
        &["3.218.182.0/24", "35.71.64.0/22", "52.94.0.0/22"],
    ),
    (
        "com.amazonaws.global.cloudfront.origin-facing",
        &["13.124.199.0/24", "130.176.0.0/18", "205.251.249.0/24"],
    ),
];

/// The account that owns them.
const OWNER: &str = "AWS";

pub(super) fn all(region: &str) -> impl Iterator<Item = PrefixList> + '_ {
    LISTS
        .iter()
        .map(move |(name, ranges)| list(region, name, ranges))
}

pub(super) fn find(region: &str, id: &str) -> Option<PrefixList> {
    all(region).find(|list| list.base.id == id)
}

fn list(region: &str, name: &str, ranges: &[&str]) -> PrefixList {
    let name = name.replace("REGION", region);
    let entry = |range: &&str| {
        let range = range.parse().ok()?;
        Some(ListEntry {
            range,
            description: None,
        })
    };
    PrefixList {
        base: Base {
            id: id(region, &name),
            owner: OWNER.to_owned(),
            region: region.to_owned(),
            name,
            description: String::new(),
            tags: Vec::new(),
            life: Life::new(Duration::ZERO, Duration::ZERO),
        },
        is_v6: false,
        room: None,
        versions: vec![ranges.iter().filter_map(entry).collect()],
        last_change: Change::Created,
    }
}

/// Ids derive from names, so that they stay the same.
fn id(region: &str, name: &str) -> String {
    format!("pl-{}", &hash(format!("{region} {name}").as_bytes())[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_its_own_with_valid_ranges() {
        let here: Vec<PrefixList> = all("us-east-1").collect();
        assert_eq!(here[0].base.name, "com.amazonaws.us-east-1.s3");
        for (list, (_, ranges)) in here.iter().zip(LISTS) {
            assert_eq!(list.versions[0].len(), ranges.len());
            assert!(find("eu-west-1", &list.base.id).is_none());
            assert!(find("us-east-1", &list.base.id).is_some());
        }
    }
}
