"""Everything that the official SDK describes of networks and hubs of Alibaba Cloud accounts.

Reads {endpoint, accounts}, prints {place: {operation: [..]}}.
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
# What is asked of each object of a list: the parameter, the list, its member, and where the answer
# is.
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
TAGGED = ("VPC", "VSWITCH", "ROUTETABLE", "NETWORKACL", "EIP", "NATGATEWAY", "GATEWAYENDPOINT")


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
    for kind in TAGGED:
        seen["vpc", "ListTagResources", kind] = tags(account, "vpc", kind, **where)
    for vpc in seen["vpc", "DescribeVpcs"]:
        which = {"ProductType": "VPC", "ResourceId": vpc["VpcId"], **where}
        granted = rows(account, "cbn", "DescribeGrantRulesToResource", "GrantRules", **which)
        seen["cbn", "DescribeGrantRulesToResource", vpc["VpcId"]] = granted
    return seen


def tags(account, product, kind, **where):
    path = "TagResources.TagResource"
    return rows(account, product, "ListTagResources", path, ResourceType=kind, **where)


def hubs(account):
    seen = {("cbn", "DescribeCens"): rows(account, "cbn", "DescribeCens", "Cens.Cen")}
    for cen in seen["cbn", "DescribeCens"]:
        hub(account, {"CenId": cen["CenId"]}, seen)
    seen["cbn", "ListTagResources"] = tags(account, "cbn", "cen")
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
        region = router["RegionId"]
        granted = {**cen, "RegionId": region, "ProductType": "VPC"}
        ask("DescribeGrantRulesToCen", "GrantRules.GrantRule", id, region, **granted)
        which = {"TransitRouterId": router["TransitRouterId"]}
        path = "TransitRouterRouteTables"
        for table in ask("ListTransitRouterRouteTables", path, *which.values(), **which):
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
