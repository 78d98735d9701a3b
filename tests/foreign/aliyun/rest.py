"""What the other scenarios have no use for: catalogues, tags, further tables and ranges, changes, older forms."""

from hubs import Hub
from networks import TYPE, Network
from routers import Router
from steps import main, patiently, refused, same, until

HERE, THERE = "cn-hangzhou", "cn-qingdao"


def scenario(_, a, b):
    catalogues(a)
    data_transfer_across_the_border(a)
    network = Network(a, HERE, "vpc", "172.16.0.0/16")
    foreign = Network(b, HERE, "foreign", "10.0.0.0/16")
    tags(network)
    ranges(network)
    tables(network)
    hub = Hub(a, "hub")
    for region in (HERE, THERE):
        hub.router(region)
    older_grants(hub, foreign)
    payers(hub, foreign)
    tags_of_a_hub(hub)
    hub.attach(network)
    changes(hub, network)
    router_tables(hub, network)
    hub.detach(network)
    hub.delete()
    forced(a, network)
    rehearsed(network)
    for one in (network, foreign):
        one.delete()


def catalogues(a):
    here = {"RegionId": HERE}
    regions = a.call("vpc", "DescribeRegions")["Regions"]["Region"]
    same(HERE in [one["RegionId"] for one in regions], True)
    for product in ("vpc", "ecs"):
        zones = a.call(product, "DescribeZones", **here)["Zones"]["Zone"]
        same(f"{HERE}-h" in [one["ZoneId"] for one in zones], True)
    regions = a.call("cbn", "DescribeChildInstanceRegions")["Regions"]["Region"]
    same(THERE in [one["RegionId"] for one in regions], True)
    stock = a.call("ecs", "DescribeAvailableResource", DestinationResource="InstanceType", **here)
    same(stock["AvailableZones"]["AvailableZone"][0]["Status"], "Available")
    types = a.call("ecs", "DescribeInstanceTypes", InstanceTypes=[TYPE])
    same([one["InstanceTypeId"] for one in types["InstanceTypes"]["InstanceType"]], [TYPE])
    price = a.call("ecs", "DescribePrice", InstanceType=TYPE, ResourceType="instance", **here)
    same(price["PriceInfo"]["Price"]["Currency"], "CNY")


def data_transfer_across_the_border(a):
    same(a.call("cdt", "GetCdtCbServiceStatus")["Enabled"], False)
    a.call("cdt", "OpenCdtCbService")
    same(a.call("cdt", "GetCdtCbServiceStatus")["Enabled"], True)


def tags(network):
    which = {"ResourceType": "VPC", "ResourceId": [network.id]}
    network.vpc("TagResources", Tag=[{"Key": "k", "Value": "v"}], **which)

    def found():
        listed = network.vpc("ListTagResources", **which)["TagResources"]["TagResource"]
        return {one["TagKey"]: one["TagValue"] for one in listed}

    same(found()["k"], "v")
    network.vpc("UnTagResources", TagKey=["k"], **which)
    same("k" in found(), False)


def ranges(network):
    second = {"VpcId": network.id, "SecondaryCidrBlock": "10.8.0.0/16"}
    network.vpc("AssociateVpcCidrBlock", **second)
    seen = network.vpc("DescribeVpcAttribute", VpcId=network.id)
    same(seen["SecondaryCidrBlocks"]["SecondaryCidrBlock"], ["10.8.0.0/16"])
    patiently(lambda: network.vpc("UnassociateVpcCidrBlock", **second))


def tables(network):
    """A table of one's own, for one vSwitch."""
    table = network.vpc("CreateRouteTable", VpcId=network.id, RouteTableName="own")["RouteTableId"]
    subnet = network.subnets[0]["VSwitchId"]
    pair = {"RouteTableId": table, "VSwitchId": subnet}

    def look():
        listed = network.vpc("DescribeRouteTableList", VpcId=network.id)
        return {
            one["RouteTableId"]: (
                one["RouteTableType"],
                one["Status"],
                one["VSwitchIds"]["VSwitchId"],
            )
            for one in listed["RouterTableList"]["RouterTableListType"]
        }

    until(look, lambda seen: seen[table] == ("Custom", "Available", []), table)
    patiently(lambda: network.vpc("AssociateRouteTable", **pair))
    until(look, lambda seen: seen[table][2] == [subnet], f"{subnet} at {table}")
    patiently(lambda: network.vpc("UnassociateRouteTable", **pair))
    until(look, lambda seen: seen[table][2] == [], f"{subnet} not at {table}")
    patiently(lambda: network.vpc("DeleteRouteTable", RouteTableId=table))
    until(look, lambda seen: table not in seen, f"no {table}")


def older_grants(hub, network):
    """The grant of older CEN instances is kept apart from that to transit routers."""
    grant = {
        "InstanceId": network.id,
        "InstanceType": "VPC",
        "CenId": hub.id,
        "CenOwnerId": int(hub.account.id),
    }
    network.vpc("GrantInstanceToCen", **grant)
    rules = network.vpc("DescribeGrantRulesToCen", InstanceId=network.id, InstanceType="VPC")
    same([rule["CenInstanceId"] for rule in rules["CenGrantRules"]["CbnGrantRule"]], [hub.id])
    network.vpc("RevokeInstanceFromCen", **grant)


def payers(hub, network):
    grant = hub.grant(network)
    network.cbn("GrantInstanceToTransitRouter", OrderType="PayByCenOwner", **grant)
    network.account.call(
        "cbn",
        "ModifyGrantInstanceToTransitRouter",
        CenId=hub.id,
        InstanceId=network.id,
        OrderType="PayByResourceOwner",
    )
    same(hub.grants_seen(network)[1], [(int(hub.account.id), "PayByResourceOwner")])
    network.cbn("RevokeInstanceFromTransitRouter", **grant)


def tags_of_a_hub(hub):
    which = {"ResourceType": "cen", "ResourceId": [hub.id]}
    hub.cbn("TagResources", Tag=[{"Key": "k", "Value": "v"}], **which)
    listed = hub.cbn("ListTagResources", **which)["TagResources"]["TagResource"]
    same([(one["TagKey"], one["TagValue"]) for one in listed], [("k", "v")])
    hub.cbn("UntagResources", TagKey=["k"], **which)


def changes(hub, network):
    """Attachments are renamed and made to publish routes, and back."""
    attachment = hub.attachments[network.name]
    state = lambda: hub.vpc_attachment(HERE, attachment)[0]
    for publish in (True, False):
        change = lambda: hub.cbn(
            "UpdateTransitRouterVpcAttachmentAttribute",
            TransitRouterAttachmentId=attachment,
            TransitRouterAttachmentName="renamed",
            AutoPublishRouteEnabled=publish,
        )
        patiently(change)
        done = lambda seen: (seen["Status"], seen["AutoPublishRouteEnabled"]) == (
            "Attached",
            publish,
        )
        until(state, done, f"{attachment} publishes: {publish}")
    hub.join(HERE, THERE)
    peer = hub.attachments[HERE, THERE]
    change = lambda: hub.cbn(
        "UpdateTransitRouterPeerAttachmentAttribute", TransitRouterAttachmentId=peer, Bandwidth=50
    )
    patiently(change)
    seen = lambda: hub.peer_attachment(HERE, peer)[0]
    until(seen, lambda one: (one["Status"], one["Bandwidth"]) == ("Attached", 50), peer)
    hub.part(HERE, THERE)


def router_tables(hub, network):
    """A transit router's further table, with a static route."""
    router = hub.routers[HERE]
    table = patiently(lambda: hub.cbn("CreateTransitRouterRouteTable", TransitRouterId=router))
    table = table["TransitRouterRouteTableId"]

    def look():
        listed = hub.cbn("ListTransitRouterRouteTables", TransitRouterId=router)
        return {
            one["TransitRouterRouteTableId"]: one["TransitRouterRouteTableStatus"]
            for one in listed["TransitRouterRouteTables"]
        }

    until(look, lambda seen: seen.get(table) == "Active", table)
    create = lambda: hub.cbn(
        "CreateTransitRouterRouteEntry",
        TransitRouterRouteTableId=table,
        TransitRouterRouteEntryDestinationCidrBlock="10.99.0.0/16",
        TransitRouterRouteEntryNextHopType="Attachment",
        TransitRouterRouteEntryNextHopId=hub.attachments[network.name],
    )
    route = patiently(create)["TransitRouterRouteEntryId"]

    def routes():
        listed = hub.cbn("ListTransitRouterRouteEntries", TransitRouterRouteTableId=table)
        return {
            one["TransitRouterRouteEntryId"]: one["TransitRouterRouteEntryStatus"]
            for one in listed["TransitRouterRouteEntries"]
        }

    until(routes, lambda seen: seen.get(route) == "Active", route)
    patiently(lambda: hub.cbn("DeleteTransitRouterRouteEntry", TransitRouterRouteEntryId=route))
    until(routes, lambda seen: not seen, f"no {route}")
    # The route is still going when no list shows it any more.
    delete = lambda: hub.cbn("DeleteTransitRouterRouteTable", TransitRouterRouteTableId=table)
    patiently(delete, "OperationFailed.RouteEntryExist")
    until(look, lambda seen: table not in seen, f"no {table}")


def forced(a, network):
    """An express connect router is renamed, and deleted with all that is on it."""
    router = Router(a)
    router.call("ModifyExpressConnectRouter", Name="renamed")
    until(
        router.look,
        lambda found: (found[0]["Name"], found[0]["Status"]) == ("renamed", "ACTIVE"),
        "renamed",
    )
    router.associate(network)
    router.call("ForceDeleteExpressConnectRouter")
    until(router.look, lambda left: not left, "all gone")


def rehearsed(network):
    """A dry run that would succeed is told as a refusal."""
    dry = {"CidrBlock": "10.77.0.0/16", "DryRun": True}
    refused("DryRunOperation", lambda: network.vpc("CreateVpc", **dry))


if __name__ == "__main__":
    main(scenario)
