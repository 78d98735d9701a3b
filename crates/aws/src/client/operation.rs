use landbridge_core::backend::{Intent, RateLimits};

/// One operation of the cloud: its name, and what a lost answer to it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) intent: Intent,
}

pub(crate) const fn read(name: &'static str) -> Operation {
    Operation {
        name,
        intent: Intent::Read,
    }
}

pub(crate) const fn repeatable(name: &'static str) -> Operation {
    Operation {
        name,
        intent: Intent::Repeatable,
    }
}

pub(crate) const fn once(name: &'static str) -> Operation {
    Operation {
        name,
        intent: Intent::Once,
    }
}

impl Operation {
    /// The published limits of EC2's token buckets: each operation has its own, per account and region.
    pub(crate) fn limits(self) -> RateLimits {
        let (burst, per_second) = match self.intent {
            Intent::Read => (100.0, 20.0),
            _ => (50.0, 5.0),
        };
        let mut limits = RateLimits::default();
        limits.burst = burst;
        limits.per_second = per_second;
        limits
    }
}

/// Every list that we ask for, and the element of the answer that holds it, empty or not. [`list`] takes no other.
const LISTS: &[(&str, &str)] = &[
    ("DescribeAvailabilityZones", "availabilityZoneInfo"),
    ("DescribeImages", "imagesSet"),
    ("DescribeInstanceInformation", "InstanceInformationList"),
    ("DescribeInstances", "reservationSet"),
    ("DescribeNetworkAcls", "networkAclSet"),
    (
        "DescribeNetworkInsightsAnalyses",
        "networkInsightsAnalysisSet",
    ),
    ("DescribeNetworkInsightsPaths", "networkInsightsPathSet"),
    ("DescribeNetworkInterfaces", "networkInterfaceSet"),
    ("DescribeRegions", "regionInfo"),
    ("DescribeRouteTables", "routeTableSet"),
    ("DescribeSecurityGroupRules", "securityGroupRuleSet"),
    ("DescribeSecurityGroups", "securityGroupInfo"),
    ("DescribeSubnets", "subnetSet"),
    ("DescribeTags", "tagSet"),
    ("DescribeVpcEndpoints", "vpcEndpointSet"),
    ("DescribeVpcPeeringConnections", "vpcPeeringConnectionSet"),
    ("DescribeVpcs", "vpcSet"),
    ("GetManagedPrefixListEntries", "entrySet"),
    ("ListAccessKeys", "AccessKeyMetadata"),
    ("ListAccountAliases", "AccountAliases"),
    ("ListAttachedRolePolicies", "AttachedPolicies"),
    ("ListAttachedUserPolicies", "AttachedPolicies"),
    ("ListCommandInvocations", "CommandInvocations"),
    ("ListGroupsForUser", "Groups"),
    ("ListRolePolicies", "PolicyNames"),
    ("ListUserPolicies", "PolicyNames"),
];

/// The element that holds the list of an operation; none for operations that list nothing.
pub(super) fn list_of(name: &str) -> Option<&'static str> {
    let found = LISTS.iter().find(|(operation, _)| *operation == name);
    found.map(|(_, element)| *element)
}

/// An operation that lists. It does not compile for one whose element is not known.
pub(crate) const fn list(name: &'static str) -> Operation {
    let mut index = 0;
    while !equal(LISTS[index].0.as_bytes(), name.as_bytes()) {
        index += 1;
    }
    read(name)
}

const fn equal(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn sources(at: &Path, texts: &mut Vec<String>) {
        for entry in std::fs::read_dir(at).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, texts);
            } else {
                texts.push(std::fs::read_to_string(path).expect("a text"));
            }
        }
    }

    #[test]
    fn every_operation_that_describes_or_lists_says_where_its_list_is() {
        let mut texts = Vec::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut texts,
        );
        let reads = texts.iter().flat_map(|text| {
            let calls = text.split("= read(\"").skip(1);
            calls.filter_map(|rest| rest.split('"').next())
        });
        let lists = reads.filter(|name| name.starts_with("Describe") || name.starts_with("List"));
        let unknown: Vec<_> = lists.collect();
        // An attribute of one network.
        assert_eq!(unknown, ["DescribeVpcAttribute"]);
        let listed = texts
            .iter()
            .flat_map(|text| text.matches("= list(\""))
            .count();
        // The regions are asked for in two places.
        assert_eq!(listed, LISTS.len() + 1);
    }
}
