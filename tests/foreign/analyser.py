"""Reachability Analyzer by boto3: paths and analyses of two networks, peered or not.

Every answer is held against the service model, as in around.py; what must come out is told beside each step.
"""

import json
import sys

from around import REGION, World
from probes import refused

PORTS = {"FromPort": 22, "ToPort": 22}


def network(world, number):
    ec2 = world.ec2
    vpc = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
    world.pass_time(5)
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{number}.1.0/24")
    subnet = made["Subnet"]["SubnetId"]
    made = ec2.create_security_group(GroupName="ends", Description="ends", VpcId=vpc)
    group = made["GroupId"]
    launched = ec2.run_instances(
        ImageId="ami-0123456789abcdef0",
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        SecurityGroupIds=[group],
    )
    world.pass_time(30)
    instance = launched["Instances"][0]
    return {
        "vpc": vpc,
        "subnet": subnet,
        "group": group,
        "instance": instance["InstanceId"],
        "address": instance["PrivateIpAddress"],
        "range": f"10.{number}.0.0/16",
    }


def path(ec2, left, right, token):
    wanted = {
        "Source": left["instance"],
        "Destination": right["instance"],
        "Protocol": "tcp",
        "FilterAtSource": {
            "DestinationAddress": right["address"],
            "DestinationPortRange": PORTS,
        },
        "ClientToken": token,
        "TagSpecifications": [
            {"ResourceType": "network-insights-path", "Tags": [{"Key": "team", "Value": "net"}]}
        ],
    }
    made = ec2.create_network_insights_path(**wanted)["NetworkInsightsPath"]
    again = ec2.create_network_insights_path(**wanted)["NetworkInsightsPath"]
    assert made["NetworkInsightsPathId"] == again["NetworkInsightsPathId"], (made, again)
    assert made["FilterAtSource"]["DestinationPortRange"] == PORTS, made
    return made["NetworkInsightsPathId"]


def analysed(world, path, token):
    ec2 = world.ec2
    made = ec2.start_network_insights_analysis(
        NetworkInsightsPathId=path,
        ClientToken=token,
        TagSpecifications=[
            {
                "ResourceType": "network-insights-analysis",
                "Tags": [{"Key": "team", "Value": "net"}],
            }
        ],
    )["NetworkInsightsAnalysis"]
    assert made["Status"] == "running", made
    world.pass_time(40)
    listed = ec2.describe_network_insights_analyses(
        NetworkInsightsPathId=path, Filters=[{"Name": "status", "Values": ["succeeded"]}]
    )["NetworkInsightsAnalyses"]
    found = [
        one
        for one in listed
        if one["NetworkInsightsAnalysisId"] == made["NetworkInsightsAnalysisId"]
    ]
    assert len(found) == 1, listed
    return found[0]


def codes(analysis):
    assert analysis["NetworkPathFound"] is False, analysis
    return [one["ExplanationCode"] for one in analysis["Explanations"]]


def join(world, left, right):
    ec2 = world.ec2
    made = ec2.create_vpc_peering_connection(VpcId=left["vpc"], PeerVpcId=right["vpc"])
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    world.pass_time(5)
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    world.pass_time(30)
    return peering


def route(ec2, near, far, peering):
    main = [
        {"Name": "vpc-id", "Values": [near["vpc"]]},
        {"Name": "association.main", "Values": ["true"]},
    ]
    table = ec2.describe_route_tables(Filters=main)["RouteTables"][0]["RouteTableId"]
    ec2.create_route(
        RouteTableId=table, DestinationCidrBlock=far["range"], VpcPeeringConnectionId=peering
    )


def verdicts(world, left, right):
    ec2 = world.ec2
    one = path(ec2, left, right, "one")
    assert codes(analysed(world, one, "a")) == ["DISCONNECTED_VPCS"]
    peering = join(world, left, right)
    assert codes(analysed(world, one, "b")) == ["NO_ROUTE_TO_DESTINATION"]
    route(ec2, left, right, peering)
    blocked = codes(analysed(world, one, "c"))
    assert blocked == ["SG_HAS_NO_RULES", "NO_ROUTE_TO_DESTINATION"], blocked
    route(ec2, right, left, peering)
    ssh = {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": left["range"]}], **PORTS}
    ec2.authorize_security_group_ingress(GroupId=right["group"], IpPermissions=[ssh])
    found = analysed(world, one, "d")
    assert found["NetworkPathFound"] is True, found
    numbers = [component["SequenceNumber"] for component in found["ForwardPathComponents"]]
    assert numbers == list(range(1, 11)), numbers
    passed = [component["Component"]["Id"] for component in found["ForwardPathComponents"]]
    assert [passed[0], passed[5], passed[-1]] == [left["instance"], peering, right["instance"]]
    rule = found["ForwardPathComponents"][7]["SecurityGroupRule"]
    assert (rule["Cidr"], rule["PortRange"]) == (left["range"], {"From": 22, "To": 22}), rule
    assert found["ReturnPathComponents"], found
    return one, peering


def leave(world, one, peering):
    ec2 = world.ec2
    refused(
        "AnalysisExistsForNetworkInsightsPath",
        ec2.delete_network_insights_path,
        NetworkInsightsPathId=one,
    )
    pages = ec2.get_paginator("describe_network_insights_analyses")
    pages = pages.paginate(PaginationConfig={"PageSize": 3})
    listed = [analysis for page in pages for analysis in page["NetworkInsightsAnalyses"]]
    assert len(listed) == 4, listed
    for analysis in listed:
        named = {"NetworkInsightsAnalysisId": analysis["NetworkInsightsAnalysisId"]}
        ec2.delete_network_insights_analysis(**named)
        refused(
            "InvalidNetworkInsightsAnalysisId.NotFound",
            ec2.delete_network_insights_analysis,
            **named,
        )
    paths = ec2.describe_network_insights_paths(Filters=[{"Name": "tag:team", "Values": ["net"]}])
    assert [found["NetworkInsightsPathId"] for found in paths["NetworkInsightsPaths"]] == [one]
    ec2.delete_network_insights_path(NetworkInsightsPathId=one)
    refused(
        "InvalidNetworkInsightsPathId.NotFound",
        ec2.describe_network_insights_paths,
        NetworkInsightsPathIds=[one],
    )
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)


def main():
    world = World(json.load(sys.stdin))
    left, right = network(world, 0), network(world, 1)
    leave(world, *verdicts(world, left, right))
    json.dump(world.cloud.wire.report(), sys.stdout)


if __name__ == "__main__":
    main()
