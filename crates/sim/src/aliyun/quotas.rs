//! Quotas, by names that [`AccountSpec::quota`](crate::AccountSpec::quota) can override.

/// The quota names and their defaults.
pub const DEFAULTS: [(&str, u64); 24] = [
    ("vpcs_per_region", 10),
    ("vswitches_per_vpc", 150),
    ("secondary_cidrs_per_vpc", 5),
    ("custom_route_tables_per_vpc", 9),
    ("custom_routes_per_table", 200),
    ("elastic_addresses_per_region", 20),
    ("network_acls", 20),
    ("network_acl_ingress_entries", 20),
    ("network_acl_egress_entries", 20),
    ("vpc_prefix_lists", 10),
    ("entries_per_vpc_prefix_list", 50),
    ("cens", 5),
    ("vpc_attachments_per_transit_router", 100),
    ("route_sync_per_transit_router", 50),
    ("rules_per_security_group", 1000),
    ("source_groups_per_security_group", 20),
    ("vpc_peerings_per_region", 20),
    ("inter_region_vpc_peerings_per_vpc", 20),
    ("same_region_vpc_peerings_per_vpc", 10),
    ("vpc_peering_bandwidth", 1024),
    ("roles", 1000),
    ("policies", 1500),
    ("policies_per_role", 20),
    ("versions_per_policy", 5),
];
