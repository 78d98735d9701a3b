"""Everything that boto3 can describe of the networks of some AWS accounts.

Reads {endpoint, accounts}, prints {place: {operation: [..]}}.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from clients import Cloud  # noqa: E402

REGIONS = ("eu-west-1", "us-east-1")

# What is asked, and where the answer is.
NETWORKS = {
    "describe_vpcs": "Vpcs",
    "describe_subnets": "Subnets",
    "describe_route_tables": "RouteTables",
    "describe_internet_gateways": "InternetGateways",
    "describe_egress_only_internet_gateways": "EgressOnlyInternetGateways",
    "describe_nat_gateways": "NatGateways",
    "describe_addresses": "Addresses",
    "describe_vpc_endpoints": "VpcEndpoints",
    "describe_dhcp_options": "DhcpOptions",
    "describe_network_interfaces": "NetworkInterfaces",
    "describe_vpc_peering_connections": "VpcPeeringConnections",
    "describe_security_groups": "SecurityGroups",
    "describe_security_group_rules": "SecurityGroupRules",
    "describe_network_acls": "NetworkAcls",
    "describe_managed_prefix_lists": "PrefixLists",
    "describe_instances": "Reservations",
    "describe_instance_status": "InstanceStatuses",
    "describe_tags": "Tags",
}
NAMES = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")
# Peerings that are over are told for days, with their tags.
OVER = {"deleted", "rejected", "expired", "failed"}


def asked(client, operation, member, **wanted):
    """All pages."""
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate(**wanted)
        return [row for page in pages for row in page[member]]
    return getattr(client, operation)(**wanted)[member]


def networks(client):
    answers = {name: asked(client, name, member) for name, member in NETWORKS.items()}
    peerings = answers["describe_vpc_peering_connections"]
    over = [peering for peering in peerings if peering["Status"]["Code"] in OVER]
    answers["describe_vpc_peering_connections"] = [one for one in peerings if one not in over]
    ids = {peering["VpcPeeringConnectionId"] for peering in over}
    tags = answers["describe_tags"]
    answers["describe_tags"] = [tag for tag in tags if tag["ResourceId"] not in ids]
    for name in NAMES:
        attribute = name[0].upper() + name[1:]
        answers[name] = [
            (id, client.describe_vpc_attribute(VpcId=id, Attribute=name)[attribute])
            for id in (vpc["VpcId"] for vpc in answers["describe_vpcs"])
        ]
    return answers


def identities(client):
    return {
        "list_users": asked(client, "list_users", "Users"),
        "list_roles": asked(client, "list_roles", "Roles"),
        "list_policies": asked(client, "list_policies", "Policies", Scope="Local"),
    }


def main():
    job = json.load(sys.stdin)
    cloud = Cloud(job["endpoint"])
    seen = {}
    for keys in job["accounts"]:
        account = cloud.account(keys)
        for region in REGIONS:
            seen[f"{account.id} {region}"] = networks(account.ec2(region))
        seen[f"{account.id} IAM"] = identities(account.client("iam", "us-east-1"))
    json.dump(seen, sys.stdout, default=str)


if __name__ == "__main__":
    main()
