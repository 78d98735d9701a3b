"""Networks of two accounts in two regions are peered directly, and parted again."""

from networks import Network
from steps import main, patiently, refused, same, until

HERE, THERE = "cn-hangzhou", "cn-qingdao"


def scenario(_, a, b):
    one, two = Network(a, HERE, "one", "10.1.0.0/16"), Network(b, THERE, "two", "10.2.0.0/16")
    pair = (one, two)
    for network, other in (pair, pair[::-1]):
        network.make_group()
        network.allow_ping(other.cidr)
        network.run()
    rejected(one, two)
    peering = request(one, two)
    refused("ResourceAlreadyExist.VpcPeer", lambda: create(one, two))
    refused("OperationDenied.NotAcceptingUser", lambda: answer(one, "Accept", peering))
    until(lambda: look(two, peering), lambda seen: seen["Status"] == "Accepting", peering)
    answer(two, "Accept", peering)
    for network in pair:
        seen = until(
            lambda: look(network, peering), lambda seen: seen["Status"] == "Activated", peering
        )
        same(both_sides(seen), expected(one, two))
        same([both_sides(seen) for seen in listed(network)], [expected(one, two)])
    change(one, peering)

    for network in pair:
        network.wait_for_agent()
    same((one.ping(two.address), two.ping(one.address)), (False, False))
    one.route(two.cidr, "VpcPeer", peering)
    same((one.ping(two.address), two.ping(one.address)), (False, False))
    two.route(one.cidr, "VpcPeer", peering)
    same((one.ping(two.address), two.ping(one.address)), (True, True))

    refused("OperationDenied.RouteEntryExist", lambda: once(one, "Delete", peering))
    for network, other in (pair, pair[::-1]):
        network.release()
        network.delete_group()
        network.unroute(other.cidr, peering)
    answer(two, "Delete", peering)
    until(lambda: listed(one), lambda left: not left, f"no {peering}")
    for network in pair:
        network.delete()


def create(one, two):
    return one.account.call(
        "vpcpeer",
        "CreateVpcPeerConnection",
        RegionId=one.region,
        VpcId=one.id,
        AcceptingAliUid=int(two.account.id),
        AcceptingRegionId=two.region,
        AcceptingVpcId=two.id,
        Name="direct",
        Bandwidth=100,
        LinkType="Gold",
        Tag=[{"Key": "Name", "Value": "direct"}],
    )


def request(one, two):
    peering = patiently(lambda: create(one, two))["InstanceId"]
    seen = until(lambda: look(one, peering), lambda seen: seen["Status"] == "Accepting", peering)
    same((seen["Name"], seen["Bandwidth"], seen["LinkType"]), ("direct", 100, "Gold"))
    return peering


def rejected(one, two):
    peering = request(one, two)
    answer(two, "Reject", peering)
    until(lambda: look(one, peering), lambda seen: seen["Status"] == "Rejected", peering)
    answer(one, "Delete", peering)
    until(lambda: listed(one), lambda left: not left, f"no {peering}")


def once(network, verb, peering, **more):
    action = f"{verb}VpcPeerConnection"
    return network.account.call("vpcpeer", action, InstanceId=peering, **more)


def answer(network, verb, peering, **more):
    return patiently(lambda: once(network, verb, peering, **more), "ResourceNotFound.InstanceId")


def look(network, peering):
    found = network.account.call("vpcpeer", "GetVpcPeerConnectionAttribute", InstanceId=peering)
    return found


def listed(network):
    found = network.account.call(
        "vpcpeer", "ListVpcPeerConnections", RegionId=network.region, VpcId=[network.id]
    )
    return found["VpcPeerConnects"]


def change(one, peering):
    answer(one, "Modify", peering, Name="renamed", Bandwidth=200)
    changed = lambda seen: (seen["Status"], seen["Name"], seen["Bandwidth"]) == (
        "Activated",
        "renamed",
        200,
    )
    until(lambda: look(one, peering), changed, "changed")


def both_sides(seen):
    here = (seen["OwnerId"], seen["RegionId"], seen["Vpc"]["VpcId"], seen["Vpc"]["Ipv4Cidrs"])
    there = seen["AcceptingVpc"]
    return here, (
        seen["AcceptingOwnerUid"],
        seen["AcceptingRegionId"],
        there["VpcId"],
        there["Ipv4Cidrs"],
    )


def expected(*pair):
    return tuple((int(one.account.id), one.region, one.id, [one.cidr]) for one in pair)


if __name__ == "__main__":
    main(scenario)
