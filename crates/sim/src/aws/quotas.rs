//! Quotas of AWS, by names that [`AccountSpec::quota`](crate::AccountSpec::quota) can override.

/// The quota names and their defaults.
pub const DEFAULTS: [(&str, u64); 21] = [
    ("vpcs_per_region", 5),
    ("cidrs_per_vpc", 5),
    ("subnets_per_vpc", 200),
    ("route_tables_per_vpc", 200),
    ("routes_per_table", 500),
    ("active_peerings_per_vpc", 50),
    ("outstanding_peerings", 25),
    ("security_groups_per_region", 2500),
    ("rules_per_security_group", 60),
    ("security_groups_per_interface", 5),
    ("network_acls_per_vpc", 200),
    ("rules_per_network_acl", 20),
    ("prefix_lists_per_region", 100),
    ("tags_per_resource", 50),
    ("internet_gateways_per_region", 5),
    ("egress_only_internet_gateways_per_region", 5),
    ("nat_gateways_per_zone", 5),
    ("elastic_addresses_per_region", 5),
    ("network_insights_paths", 1000),
    ("network_insights_analyses", 10_000),
    ("concurrent_network_insights_analyses", 100),
];
