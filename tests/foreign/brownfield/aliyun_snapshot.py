"""Everything that the official SDK can describe of the networks and hubs of some Alibaba Cloud accounts.

Reads {endpoint, accounts}, prints {account, or account and region: {operation: [..]}}.
"""

import json
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "aliyun"))

import models  # noqa: E402
from clients import Account  # noqa: E402

REGIONS = ("cn-hangzhou", "cn-shanghai")

# What is asked in each region, and where the answer is.
IN_REGION = {
    ("vpc", "DescribeVpcs"): "Vpcs.Vpc",
    ("vpc", "DescribeVSwitches"): "VSwitches.VSwitch",
    ("vpc", "DescribeRouteTableList"): "RouterTableList.RouterTableListType",
    ("vpc", "DescribeNatGateways"): "NatGateways.NatGateway",
    ("vpc", "DescribeSnatTableEntries"): "SnatTableEntries.SnatTableEntry",
    ("vpc", "DescribeEipAddresses"): "EipAddresses.EipAddress",
    ("vpc", "ListIpv4Gateways"): "Ipv4GatewayModels",
    ("vpc", "ListVpcGatewayEndpoints"): "Endpoints",
    ("vpc", "DescribeNetworkAcls"): "NetworkAcls.NetworkAcl",
    ("vpc", "ListPrefixLists"): "PrefixLists",
    ("vpc", "DescribeVirtualBorderRouters"): "VirtualBorderRouterSet.VirtualBorderRouterType",
    ("vpcpeer", "ListVpcPeerConnections"): "VpcPeerConnects",
    ("ecs", "DescribeSecurityGroups"): "SecurityGroups.SecurityGroup",
    ("ecs", "DescribeInstances"): "Instances.Instance",
    ("ecs", "DescribePrefixLists"): "PrefixLists.PrefixList",
    ("ecs", "DescribePortRangeLists"): "PortRangeLists",
}
# What is asked of each object that such a list shows: by which parameter, and where its value and the answer are.
OF_EACH = {
    ("vpc", "DescribeVpcAttribute"): ("VpcId", "DescribeVpcs", "VpcId", None),
    ("vpc", "DescribeRouteEntryList"): (
        "RouteTableId",
        "DescribeRouteTableList",
        "RouteTableId",
        "RouteEntrys.RouteEntry",
    ),
    ("vpc", "DescribeNetworkAclAttributes"): (
        "NetworkAclId",
        "DescribeNetworkAcls",
        "NetworkAclId",
        None,
    ),
    ("ecs", "DescribeSecurityGroupAttribute"): (
        "SecurityGroupId",
        "DescribeSecurityGroups",
        "SecurityGroupId",
        None,
    ),
}
TAGGED = {
    "vpc": ("VPC", "VSWITCH", "ROUTETABLE", "NETWORKACL", "EIP", "NATGATEWAY", "GATEWAYENDPOINT"),
    "cbn": ("cen",),
}


def at(answer, path):
    for name in path.split(".") if path else ():
        answer = answer[name]
    return answer


def rows(account, product, action, path, **wanted):
    """All pages, of whichever kind the operation has."""
    known = models.fields(models.model(product, f"{action}Request"))
    wanted = {name: value for name, value in wanted.items() if name in known}
    if "NextToken" in known:
        return by_token(account, product, action, path, known, wanted)
    found, number = [], 1
    size = {"PageSize": 50} if "PageSize" in known else {}
    while True:
        page = at(account.call(product, action, **size, **wanted, PageNumber=number), path)
        found += page
        if len(page) < 50:
            return found
        number += 1


def by_token(account, product, action, path, known, wanted):
    size = next((name for name in ("MaxResults", "MaxResult") if name in known), None)
    size, found, token = ({size: 50} if size else {}), [], {}
    while True:
        answer = account.call(product, action, **size, **wanted, **token)
        found += at(answer, path)
        if not answer.get("NextToken"):
            return found
        token = {"NextToken": answer["NextToken"]}


def plain(answer):
    """An answer without what names the call."""
    return {name: value for name, value in answer.items() if name != "RequestId"}


def in_region(account, region):
    where = {"RegionId": region}
    seen = {name: rows(account, *name, path, **where) for name, path in IN_REGION.items()}
    for name, (parameter, listed, field, path) in OF_EACH.items():
        of = next(found for (_, action), found in seen.items() if action == listed)
        for one in of:
            which = {parameter: one[field], **where}
            if path:
                answer = rows(account, *name, path, **which)
            else:
                answer = plain(account.call(*name, **which))
            seen[(*name, one[field])] = answer
    for kind in TAGGED["vpc"]:
        tagged = rows(account, "vpc", "ListTagResources", "TagResources.TagResource", ResourceType=kind, **where)
        seen[("vpc", "ListTagResources", kind)] = tagged
    for vpc in seen["vpc", "DescribeVpcs"]:
        which = {"ProductType": "VPC", "ResourceId": vpc["VpcId"], **where}
        granted = rows(account, "cbn", "DescribeGrantRulesToResource", "GrantRules", **which)
        seen["cbn", "DescribeGrantRulesToResource", vpc["VpcId"]] = granted
    return seen


def hubs(account):
    seen = {("cbn", "DescribeCens"): rows(account, "cbn", "DescribeCens", "Cens.Cen")}
    for cen in seen["cbn", "DescribeCens"]:
        hub(account, {"CenId": cen["CenId"]}, seen)
    seen["cbn", "ListTagResources"] = rows(
        account, "cbn", "ListTagResources", "TagResources.TagResource", ResourceType="cen"
    )
    return seen


def hub(account, cen, seen):
    def ask(action, path, *which, **wanted):
        name = ("cbn", action, *which)
        seen[name] = rows(account, "cbn", action, path, **wanted)
        return seen[name]

    id = cen["CenId"]
    ask("ListTransitRouterVpcAttachments", "TransitRouterAttachments", id, **cen)
    ask("ListTransitRouterPeerAttachments", "TransitRouterAttachments", id, **cen)
    for router in ask("ListTransitRouters", "TransitRouters", id, **cen):
        region = {"RegionId": router["RegionId"], "ProductType": "VPC"}
        ask("DescribeGrantRulesToCen", "GrantRules.GrantRule", id, router["RegionId"], **cen, **region)
        which = {"TransitRouterId": router["TransitRouterId"]}
        tables = ask("ListTransitRouterRouteTables", "TransitRouterRouteTables", *which.values(), **which)
        for table in tables:
            which = {"TransitRouterRouteTableId": table["TransitRouterRouteTableId"]}
            for action, path in (
                ("ListTransitRouterRouteTableAssociations", "TransitRouterAssociations"),
                ("ListTransitRouterRouteTablePropagations", "TransitRouterPropagations"),
                ("ListTransitRouterRouteEntries", "TransitRouterRouteEntries"),
            ):
                ask(action, path, *which.values(), **which)


def identities(account):
    return {
        ("ram", "ListRoles"): at(account.call("ram", "ListRoles"), "Roles.Role"),
        ("ram", "ListPolicies"): at(
            account.call("ram", "ListPolicies", PolicyType="Custom"), "Policies.Policy"
        ),
    }


def main():
    # The SDK's core writes every request to standard error otherwise.
    logging.getLogger("darabonba-core").setLevel(logging.ERROR)
    job = json.load(sys.stdin)
    seen = {}
    for keys in job["accounts"]:
        account = Account(job["endpoint"], keys)
        for region in REGIONS:
            seen[f"{account.id} {region}"] = in_region(account, region)
        seen[account.id] = {**hubs(account), **identities(account)}
    told = {
        place: {" ".join(name): answer for name, answer in answers.items()}
        for place, answers in seen.items()
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
