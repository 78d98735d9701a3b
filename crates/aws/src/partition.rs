//! Partitions: separate sets of regions, with accounts and names of their own.

use landbridge_core::Region;

/// The partition that a region belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// What the names of its objects begin with, after `arn:`.
    pub(crate) name: &'static str,
    /// The region whose keys sign for IAM, which is one for the whole partition.
    pub(crate) iam_region: &'static str,
}

const fn partition(name: &'static str, iam_region: &'static str) -> Partition {
    Partition { name, iam_region }
}

const COMMERCIAL: Partition = partition("aws", "us-east-1");

/// By what a region's name begins with.
const OTHERS: [(&str, Partition); 4] = [
    ("cn-", partition("aws-cn", "cn-north-1")),
    ("us-gov-", partition("aws-us-gov", "us-gov-west-1")),
    ("us-iso-", partition("aws-iso", "us-iso-east-1")),
    ("us-isob-", partition("aws-iso-b", "us-isob-east-1")),
];

impl Partition {
    pub(crate) fn of(region: &Region) -> Self {
        let other = OTHERS
            .iter()
            .find(|(start, _)| region.as_str().starts_with(start));
        other.map_or(COMMERCIAL, |(_, partition)| *partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_tells_the_partition() {
        for (region, name, iam_region) in [
            ("eu-central-1", "aws", "us-east-1"),
            ("us-east-2", "aws", "us-east-1"),
            ("cn-northwest-1", "aws-cn", "cn-north-1"),
            ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
        ] {
            let expected = Partition { name, iam_region };
            assert_eq!(Partition::of(&region.into()), expected, "{region}");
        }
    }
}
