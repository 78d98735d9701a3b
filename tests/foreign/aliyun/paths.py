"""Network Intelligence Service says whether instances reach each other, as pings do."""

import json

from networks import Network
from steps import main, refused, same, until

HERE = "cn-hangzhou"


def scenario(_, a, b):
    one, two = Network(a, HERE, "one", "10.1.0.0/16"), Network(a, HERE, "two", "10.2.0.0/16")
    foreign = Network(b, HERE, "foreign", "10.3.0.0/16")
    networks = (one, two, foreign)
    for network in networks:
        network.make_group()
        network.run()
    for network in (one, two):
        network.wait_for_agent()

    blocked = analysed(one, two)
    same((blocked["Reachable"], code(blocked)), (False, "ROUTE_UNREACHABLE"))
    peering = joined(one, two)
    for network, other in ((one, two), (two, one)):
        network.route(other.cidr, "VpcPeer", peering)
    blocked = analysed(one, two)
    same((blocked["Reachable"], code(blocked)), (False, "SECURITY_GROUP_DROP"))
    same(one.ping(two.address), False)
    two.allow_ping(one.cidr)
    found = analysed(one, two)
    same((found["Reachable"], code(found)), (True, ""))
    same(one.ping(two.address), True)
    same(analysed(one, two, "tcp")["Reachable"], False)
    same(finished(one, ask(one, foreign))["NetworkReachableAnalysisStatus"], "error")

    recorded(one, two)
    for network in networks:
        network.release()
        network.delete_group()
    for network, other in ((one, two), (two, one)):
        network.unroute(other.cidr, peering)
    a.call("vpcpeer", "DeleteVpcPeerConnection", InstanceId=peering)
    until(lambda: peerings(one), lambda left: not left, f"no {peering}")
    for network in networks:
        network.delete()


def joined(one, two):
    made = one.account.call(
        "vpcpeer",
        "CreateVpcPeerConnection",
        RegionId=HERE,
        VpcId=one.id,
        AcceptingAliUid=int(two.account.id),
        AcceptingRegionId=HERE,
        AcceptingVpcId=two.id,
    )["InstanceId"]
    active = lambda found: [one["Status"] for one in found] == ["Activated"]
    until(lambda: peerings(one), active, made)
    return made


def peerings(one):
    answer = one.account.call("vpcpeer", "ListVpcPeerConnections", RegionId=HERE)
    return answer["VpcPeerConnects"]


def ends(source, target, protocol="icmp"):
    return {
        "RegionId": HERE,
        "SourceId": source.instance,
        "SourceType": "ecs",
        "TargetId": target.instance,
        "TargetType": "ecs",
        "Protocol": protocol,
        "TargetPort": 22,
    }


def ask(source, target, protocol="icmp"):
    wanted = ends(source, target, protocol)
    made = source.account.call("nis", "CreateAndAnalyzeNetworkPath", **wanted)
    same((made["SourceId"], made["Protocol"]), (source.instance, protocol))
    return made["NetworkReachableAnalysisId"]


def finished(network, analysis):
    look = lambda: network.account.call(
        "nis",
        "GetNetworkReachableAnalysis",
        RegionId=HERE,
        NetworkReachableAnalysisId=analysis,
    )
    over = lambda seen: seen["NetworkReachableAnalysisStatus"] != "init"
    return until(look, over, analysis)


def analysed(source, target, protocol="icmp"):
    seen = finished(source, ask(source, target, protocol))
    same(seen["NetworkReachableAnalysisStatus"], "finish")
    return seen


def code(seen):
    return json.loads(seen["NetworkReachableAnalysisResult"])["errorCode"]


def recorded(one, two):
    nis = lambda action, **more: one.account.call("nis", action, RegionId=HERE, **more)
    wanted = ends(one, two) | {"NetworkPathName": "one to two"}
    path = one.account.call("nis", "CreateNetworkPath", **wanted)["NetworkPathId"]
    made = nis("CreateNetworkReachableAnalysis", NetworkPathId=path)
    analysis = made["NetworkReachableAnalysisId"]
    seen = finished(one, analysis)
    same((seen["NetworkPathId"], seen["Reachable"]), (path, True))
    deleted = nis("DeleteNetworkReachableAnalysis", NetworkReachableAnalysisIds=[analysis])
    same(deleted["Data"], True)
    refused(
        "ResourceNotFound.NetworkReachableAnalysis", lambda: finished(one, analysis)
    )
    nis("DeleteNetworkPath", NetworkPathIds=[path])
    gone = lambda: nis("CreateNetworkReachableAnalysis", NetworkPathId=path)
    refused("ResourceNotFound.NetworkPath", gone)


if __name__ == "__main__":
    main(scenario)
