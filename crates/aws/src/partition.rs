//! Partitions: separate sets of regions, with accounts and names of their own.

use landbridge_core::Region;

/// One partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// What the names of its objects begin with, after `arn:`.
    pub(crate) name: &'static str,
    /// What the names of its regions begin with.
    pub(crate) start: &'static str,
    /// The region whose keys sign for IAM, which is one for the whole partition. Every account has it.
    home: &'static str,
    /// What the names of its hosts end with.
    pub(crate) hosts: &'static str,
}

const fn partition(
    name: &'static str,
    start: &'static str,
    home: &'static str,
    hosts: &'static str,
) -> Partition {
    Partition {
        name,
        start,
        home,
        hosts,
    }
}

const COMMERCIAL: Partition = partition("aws", "", "us-east-1", ".amazonaws.com");

/// All of them. The first one that fits a region's name counts.
#[rustfmt::skip] // one line a partition
pub(crate) const ALL: [Partition; 8] = [
    partition("aws-cn", "cn-", "cn-north-1", ".amazonaws.com.cn"),
    partition("aws-us-gov", "us-gov-", "us-gov-west-1", ".amazonaws.com"),
    partition("aws-eusc", "eusc-", "eusc-de-east-1", ".amazonaws.eu"),
    partition("aws-iso", "us-iso-", "us-iso-east-1", ".c2s.ic.gov"),
    partition("aws-iso-b", "us-isob-", "us-isob-east-1", ".sc2s.sgov.gov"),
    partition("aws-iso-e", "eu-isoe-", "eu-isoe-west-1", ".cloud.adc-e.uk"),
    partition("aws-iso-f", "us-isof-", "us-isof-south-1", ".csp.hci.ic.gov"),
    COMMERCIAL,
];

/// The regions of the first partition that every account has. The other partitions have no others.
const ALWAYS_ENABLED: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

impl Default for Partition {
    fn default() -> Self {
        COMMERCIAL
    }
}

impl Partition {
    pub(crate) fn of(region: &Region) -> Self {
        let fits = |partition: &&Self| region.as_str().starts_with(partition.start);
        ALL.iter().find(fits).copied().unwrap_or(COMMERCIAL)
    }

    /// The partition that a full name (`arn:<partition>:..`) says.
    pub(crate) fn of_arn(arn: &str) -> Option<Self> {
        let name = arn.strip_prefix("arn:")?.split(':').next()?;
        ALL.into_iter().find(|partition| partition.name == name)
    }

    pub(crate) fn home(self) -> Region {
        Region::from(self.home)
    }

    /// Whether an account may lack this region of the partition: it must be opted into. Regions that are not known here are
    /// newer than these, and all newer ones are of that kind.
    pub(crate) fn may_lack(self, region: &Region) -> bool {
        self == COMMERCIAL && !ALWAYS_ENABLED.contains(&region.as_str())
    }

    pub(crate) fn has(self, region: &Region) -> bool {
        Self::of(region) == self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_tells_the_partition() {
        for (region, name, home) in [
            ("eu-central-1", "aws", "us-east-1"),
            ("us-east-2", "aws", "us-east-1"),
            ("cn-northwest-1", "aws-cn", "cn-north-1"),
            ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
            ("eusc-de-east-1", "aws-eusc", "eusc-de-east-1"),
            ("us-iso-west-1", "aws-iso", "us-iso-east-1"),
            ("us-isob-west-1", "aws-iso-b", "us-isob-east-1"),
            ("eu-isoe-west-1", "aws-iso-e", "eu-isoe-west-1"),
            ("us-isof-east-1", "aws-iso-f", "us-isof-south-1"),
        ] {
            let partition = Partition::of(&region.into());
            assert_eq!(partition.name, name, "{region}");
            assert_eq!(partition.home(), home.into(), "{region}");
        }
    }

    #[test]
    fn accounts_may_lack_the_newer_regions_of_the_first_partition() {
        for (region, expected) in [
            ("me-south-1", true),
            ("xx-newest-1", true),
            ("eu-central-1", false),
            ("us-east-1", false),
            ("cn-northwest-1", false),
            ("us-gov-east-1", false),
            ("eusc-de-east-1", false),
        ] {
            let region = region.into();
            let found = Partition::of(&region).may_lack(&region);
            assert_eq!(found, expected, "{region}");
        }
    }

    #[test]
    fn a_full_name_tells_the_partition() {
        for partition in ALL {
            let arn = format!("arn:{}:iam::1:role/r", partition.name);
            assert_eq!(Partition::of_arn(&arn), Some(partition));
            assert!(partition.has(&partition.home()), "{}", partition.name);
        }
        assert_eq!(Partition::of_arn("arn:elsewhere:iam::1:role/r"), None);
        assert_eq!(Partition::of_arn("r"), None);
    }
}
