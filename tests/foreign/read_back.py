"""Everything of some accounts and regions that a topology can make, as the cloud tells it, by the names of networks."""

import itertools
import json
import sys

from clients import Cloud


def whole(client, operation, member, **arguments):
    pages = client.get_paginator(operation).paginate(**arguments)
    return list(itertools.chain.from_iterable(page[member] for page in pages))


def name(vpc):
    tags = {tag["Key"]: tag["Value"] for tag in vpc.get("Tags", [])}
    return tags.get("Name", vpc["VpcId"])


def resolution(peering, side):
    options = peering[f"{side}VpcInfo"].get("PeeringOptions", {})
    return options.get("AllowDnsResolutionFromRemoteVpc", False)


def place(ec2):
    """What was there before anybody came does not count: default networks, and groups of networks that are gone."""
    vpcs = [vpc for vpc in whole(ec2, "describe_vpcs", "Vpcs") if not vpc["IsDefault"]]
    ids = {vpc["VpcId"] for vpc in vpcs}
    groups = whole(ec2, "describe_security_groups", "SecurityGroups")
    return {
        "vpcs": {vpc["VpcId"]: [name(vpc), vpc["CidrBlock"]] for vpc in vpcs},
        "subnets": [
            [subnet["VpcId"], subnet["CidrBlock"], subnet["AvailabilityZone"]]
            for subnet in whole(ec2, "describe_subnets", "Subnets")
            if subnet["VpcId"] in ids
        ],
        "peerings": whole(ec2, "describe_vpc_peering_connections", "VpcPeeringConnections"),
        "tables": [
            table
            for table in whole(ec2, "describe_route_tables", "RouteTables")
            if table["VpcId"] in ids
        ],
        "groups": [group for group in groups if group["GroupName"] != "default"],
    }


def main():
    job = json.load(sys.stdin)
    cloud = Cloud(job["endpoint"])
    accounts = [cloud.account(keys) for keys in job["accounts"]]
    places = [place(a.ec2(region)) for a in accounts for region in job["regions"]]
    vpcs = {id: vpc[0] for place in places for id, vpc in place["vpcs"].items()}

    peerings, routes = {}, []
    for one in itertools.chain.from_iterable(place["peerings"] for place in places):
        ends = [one[f"{side}VpcInfo"]["VpcId"] for side in ("Requester", "Accepter")]
        peerings[one["VpcPeeringConnectionId"]] = {
            "between": sorted(vpcs.get(id, id) for id in ends),
            "status": one["Status"]["Code"],
            "resolution": [resolution(one, side) for side in ("Requester", "Accepter")],
        }
    for table in itertools.chain.from_iterable(place["tables"] for place in places):
        for route in table["Routes"]:
            if "VpcPeeringConnectionId" not in route:
                continue
            over = peerings.get(route["VpcPeeringConnectionId"], {"between": []})
            here = vpcs[table["VpcId"]]
            to = [other for other in over["between"] if other != here]
            routes.append([here, route["DestinationCidrBlock"], *to, route["State"]])

    living = [one for one in peerings.values() if one["status"] not in ("deleted", "rejected")]
    json.dump(
        {
            "networks": dict(vpc for place in places for vpc in place["vpcs"].values()),
            "subnets": sorted(
                [vpcs[vpc], *rest] for place in places for vpc, *rest in place["subnets"]
            ),
            "peerings": sorted([*one["between"], one["status"]] for one in living),
            "resolution": sorted([*one["between"], *one["resolution"]] for one in living),
            "routes": sorted(routes),
            "ingress": sorted(
                [
                    vpcs.get(group["VpcId"], group["VpcId"]),
                    permission["IpProtocol"],
                    permission.get("FromPort"),
                    permission.get("ToPort"),
                    block["CidrIp"],
                ]
                for place in places
                for group in place["groups"]
                for permission in group["IpPermissions"]
                for block in permission["IpRanges"]
            ),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
