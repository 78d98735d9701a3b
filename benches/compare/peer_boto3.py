"""A job with boto3, as a careful script does it: states are waited for, routes are set on both sides.

    peer_boto3.py JOB apply|destroy ENDPOINT THREADS RETRY_MODE        the visitor's keys are in the environment
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

from worlds import Job, role

NAME, VERB, ENDPOINT, THREADS, MODE = sys.argv[1:]
JOB = Job(NAME)
CONFIG = Config(max_pool_connections=max(10, int(THREADS)), retries={"mode": MODE, "max_attempts": 10})
LOOK = 0.2


def session(account):
    visitor = boto3.session.Session(os.environ["VISITOR_ACCESS_KEY_ID"], os.environ["VISITOR_ACCESS_KEY_SECRET"])
    sts = visitor.client("sts", region_name="us-east-1", endpoint_url=ENDPOINT, config=CONFIG)
    keys = sts.assume_role(RoleArn=role(account), RoleSessionName="compare")["Credentials"]
    return boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


SESSIONS = {account: session(account) for account in JOB.accounts}


def client(account, region):
    return SESSIONS[account].client("ec2", region_name=region, endpoint_url=ENDPOINT, config=CONFIG)


PLACES = {place: client(*place) for place in sorted({network[:2] for network in JOB.networks})}
EC2 = [PLACES[network[:2]] for network in JOB.networks]
POOL = ThreadPoolExecutor(int(THREADS))


def each(work, items):
    return list(POOL.map(work, items)) if int(THREADS) > 1 else [work(item) for item in items]


def by(name, value):
    return [{"Name": name, "Values": [value]}]


def wait(ec2, peering, wanted):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        found = ec2.describe_vpc_peering_connections(Filters=by("vpc-peering-connection-id", peering))
        if [one["Status"]["Code"] for one in found["VpcPeeringConnections"]] == [wanted]:
            return
        time.sleep(LOOK)
    raise TimeoutError(f"{peering} is not {wanted}")


def network(number):
    ec2, (_, _, cidr, subnets) = EC2[number], JOB.networks[number]
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": f"v{number}"}]}]
    vpc = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=tags)["Vpc"]["VpcId"]
    while ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["State"] != "available":
        time.sleep(LOOK)
    for zone, part in subnets.items():
        ec2.create_subnet(VpcId=vpc, CidrBlock=part, AvailabilityZone=zone)
    if JOB.names:
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        permit(ec2, vpc, JOB.networks[1 - number][2])
    return vpc, table(ec2, vpc)


def table(ec2, vpc):
    found = ec2.describe_route_tables(Filters=by("vpc-id", vpc) + by("association.main", "true"))
    return found["RouteTables"][0]["RouteTableId"]


def permit(ec2, vpc, peer):
    group = ec2.create_security_group(GroupName="members-only", Description="members", VpcId=vpc)["GroupId"]
    rules = [
        {"IpProtocol": protocol, "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": peer}]}
        for protocol, port in (("icmp", -1), ("tcp", 22), ("tcp", 80))
    ]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)


def apply():
    made = each(network, range(len(EC2)))

    def join(pair):
        left, right = pair
        account, region = JOB.networks[right][:2]
        peering = EC2[left].create_vpc_peering_connection(
            VpcId=made[left][0], PeerVpcId=made[right][0], PeerOwnerId=account, PeerRegion=region
        )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        wait(EC2[right], peering, "pending-acceptance")
        EC2[right].accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        wait(EC2[left], peering, "active")
        for near, far in (pair, pair[::-1]):
            EC2[near].create_route(
                RouteTableId=made[near][1],
                DestinationCidrBlock=JOB.networks[far][2],
                VpcPeeringConnectionId=peering,
            )
        if JOB.names:
            for end, side in ((left, "Requester"), (right, "Accepter")):
                wish = {f"{side}PeeringConnectionOptions": {"AllowDnsResolutionFromRemoteVpc": True}}
                EC2[end].modify_vpc_peering_connection_options(VpcPeeringConnectionId=peering, **wish)

    each(join, JOB.pairs)


def destroy():
    cidrs = [network[2] for network in JOB.networks]
    vpcs = each(lambda at: EC2[at].describe_vpcs(Filters=by("cidr", cidrs[at]))["Vpcs"][0]["VpcId"], range(len(EC2)))
    tables = each(lambda at: table(EC2[at], vpcs[at]), range(len(EC2)))
    peerings = {}
    for ec2 in PLACES.values():
        found = ec2.describe_vpc_peering_connections(Filters=by("status-code", "active"))
        for one in found["VpcPeeringConnections"]:
            if one["RequesterVpcInfo"]["VpcId"] in vpcs:
                requester = EC2[vpcs.index(one["RequesterVpcInfo"]["VpcId"])]
                peerings[one["VpcPeeringConnectionId"]] = requester
    routes = [(near, far) for pair in JOB.pairs for near, far in (pair, pair[::-1])]
    each(lambda at: EC2[at[0]].delete_route(RouteTableId=tables[at[0]], DestinationCidrBlock=cidrs[at[1]]), routes)
    each(lambda one: one[1].delete_vpc_peering_connection(VpcPeeringConnectionId=one[0]), list(peerings.items()))

    def clear(at):
        ec2, vpc = EC2[at], vpcs[at]
        for group in ec2.describe_security_groups(Filters=by("vpc-id", vpc))["SecurityGroups"]:
            if group["GroupName"] != "default":
                ec2.delete_security_group(GroupId=group["GroupId"])
        for subnet in ec2.describe_subnets(Filters=by("vpc-id", vpc))["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=vpc)

    each(clear, range(len(EC2)))


{"apply": apply, "destroy": destroy}[VERB]()
