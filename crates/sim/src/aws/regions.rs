//! Partitions, their regions and availability zones.

use crate::account::Account;

/// A separate set of regions, with accounts and names of its own.
#[derive(Debug)]
pub(crate) struct Partition {
    /// The part of ARNs after `arn:`.
    pub(crate) name: &'static str,
    /// What its host names end with.
    domain: &'static str,
    regions: &'static [Region],
}

#[derive(Debug)]
struct Region {
    name: &'static str,
    /// The letters of its zones.
    zones: &'static str,
    /// Whether an account has it only once its owner has enabled it.
    opt_in: bool,
}

const fn on(name: &'static str, zones: &'static str) -> Region {
    Region {
        name,
        zones,
        opt_in: false,
    }
}

const fn opt_in(name: &'static str, zones: &'static str) -> Region {
    Region {
        name,
        zones,
        opt_in: true,
    }
}

/// All partitions; the first is the one that accounts are in unless they say otherwise.
#[rustfmt::skip] // one line a region
const PARTITIONS: [Partition; 8] = [
    Partition { name: "aws", domain: "amazonaws.com", regions: &[
        opt_in("af-south-1", "abc"),
        opt_in("ap-east-1", "abc"),
        opt_in("ap-east-2", "abc"),
        on("ap-northeast-1", "acd"),
        on("ap-northeast-2", "abcd"),
        on("ap-northeast-3", "abc"),
        on("ap-south-1", "abc"),
        opt_in("ap-south-2", "abc"),
        on("ap-southeast-1", "abc"),
        on("ap-southeast-2", "abc"),
        opt_in("ap-southeast-3", "abc"),
        opt_in("ap-southeast-4", "abc"),
        opt_in("ap-southeast-5", "abc"),
        opt_in("ap-southeast-6", "abc"),
        opt_in("ap-southeast-7", "abc"),
        on("ca-central-1", "abd"),
        opt_in("ca-west-1", "abc"),
        on("eu-central-1", "abc"),
        opt_in("eu-central-2", "abc"),
        on("eu-north-1", "abc"),
        opt_in("eu-south-1", "abc"),
        opt_in("eu-south-2", "abc"),
        on("eu-west-1", "abc"),
        on("eu-west-2", "abc"),
        on("eu-west-3", "abc"),
        opt_in("il-central-1", "abc"),
        opt_in("me-central-1", "abc"),
        opt_in("me-south-1", "abc"),
        opt_in("mx-central-1", "abc"),
        on("sa-east-1", "abc"),
        on("us-east-1", "abcdef"),
        on("us-east-2", "abc"),
        on("us-west-1", "ac"),
        on("us-west-2", "abcd"),
    ] },
    Partition { name: "aws-cn", domain: "amazonaws.com.cn", regions: &[
        on("cn-north-1", "abd"),
        on("cn-northwest-1", "abc"),
    ] },
    Partition { name: "aws-us-gov", domain: "amazonaws.com", regions: &[
        on("us-gov-east-1", "abc"),
        on("us-gov-west-1", "abc"),
    ] },
    Partition { name: "aws-eusc", domain: "amazonaws.eu", regions: &[
        on("eusc-de-east-1", "abc"),
    ] },
    Partition { name: "aws-iso", domain: "c2s.ic.gov", regions: &[
        on("us-iso-east-1", "abc"),
        on("us-iso-west-1", "abc"),
    ] },
    Partition { name: "aws-iso-b", domain: "sc2s.sgov.gov", regions: &[
        on("us-isob-east-1", "abc"),
        on("us-isob-west-1", "abc"),
    ] },
    Partition { name: "aws-iso-e", domain: "cloud.adc-e.uk", regions: &[
        on("eu-isoe-west-1", "abc"),
    ] },
    Partition { name: "aws-iso-f", domain: "csp.hci.ic.gov", regions: &[
        on("us-isof-east-1", "abc"),
        on("us-isof-south-1", "abc"),
    ] },
];

pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    let regions = PARTITIONS.iter().flat_map(|partition| partition.regions);
    regions.map(|region| region.name)
}

pub(crate) fn exists(region: &str) -> bool {
    find(region).is_some()
}

fn find(region: &str) -> Option<&'static Region> {
    let mut regions = PARTITIONS.iter().flat_map(|partition| partition.regions);
    regions.find(|known| known.name == region)
}

/// The partition of a region; the first for one that does not exist.
pub(crate) fn partition(region: &str) -> &'static Partition {
    let has = |partition: &&Partition| partition.has(region);
    PARTITIONS.iter().find(has).unwrap_or(&PARTITIONS[0])
}

/// Whether an account has a region only once its owner has enabled it.
pub(crate) fn is_opt_in(region: &str) -> bool {
    find(region).is_some_and(|region| region.opt_in)
}

impl Partition {
    pub(crate) fn has(&self, region: &str) -> bool {
        self.regions().any(|known| known == region)
    }

    pub(crate) fn regions(&self) -> impl Iterator<Item = &'static str> {
        self.regions.iter().map(|region| region.name)
    }

    /// The host of EC2 in a region.
    pub(crate) fn endpoint(&self, region: &str) -> String {
        format!("ec2.{region}.{}", self.domain)
    }
}

impl Account {
    /// The partition that the account is in.
    pub(crate) fn partition(&self) -> &'static Partition {
        partition(self.home.as_deref().unwrap_or_default())
    }

    /// Whether its keys are known in a region.
    pub(crate) fn has_region(&self, region: &str) -> bool {
        let disabled = is_opt_in(region) && self.disabled_regions.contains(region);
        self.partition().has(region) && !disabled
    }
}

/// The zones of a region, none if it does not exist.
pub(crate) fn zones(region: &str) -> Vec<String> {
    let letters = find(region).map_or("", |region| region.zones);
    letters
        .chars()
        .map(|letter| format!("{region}{letter}"))
        .collect()
}

/// The zone's name that is the same in all accounts, for example `use1-az1`.
pub(crate) fn zone_id(zone: &str) -> String {
    let (region, letter) = zone.split_at(zone.len().saturating_sub(1));
    let mut parts: Vec<&str> = region.split('-').collect();
    let digit = parts.pop().unwrap_or_default();
    let area = parts.first().copied().unwrap_or_default();
    let sides: String = parts.iter().skip(1).map(|side| short(side)).collect();
    let index = letter
        .bytes()
        .next()
        .map_or(0, |letter| letter.saturating_sub(b'a') + 1);
    format!("{area}{sides}{digit}-az{index}")
}

fn short(side: &str) -> &str {
    match side {
        "northeast" => "ne",
        "southeast" => "se",
        "northwest" => "nw",
        side => &side[..side.len().min(1)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_their_ids() {
        assert_eq!(zones("us-west-1"), ["us-west-1a", "us-west-1c"]);
        assert!(zones("mars-1").is_empty());
        assert_eq!(zone_id("us-east-1b"), "use1-az2");
        assert_eq!(zone_id("ap-northeast-1a"), "apne1-az1");
        assert_eq!(zone_id("us-gov-west-1a"), "usgw1-az1");
    }

    #[test]
    fn every_region_is_of_one_partition() {
        for one in &PARTITIONS {
            for region in one.regions() {
                assert_eq!(partition(region).name, one.name);
            }
        }
        let count = all().count();
        let mut names: Vec<_> = all().collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
