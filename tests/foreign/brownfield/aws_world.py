"""Networks of two AWS accounts as companies have them, made by boto3.

Reads {endpoint, accounts}, makes the world and prints the ids that topologies and pings need.
"""

import json
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from clients import Cloud  # noqa: E402

HERE, THERE = "eu-west-1", "us-east-1"
PRIVATE = "10.0.0.0/8"


class Place:
    """An account in a region, and what its owner makes there."""

    def __init__(self, world, account, region):
        self.world, self.account, self.region = world, account, region
        self.ec2 = account.ec2(region)

    def tags(self, kind, name):
        """Marks of another tool."""
        tags = {"Name": name, "managed-by": "terraform", "cost-centre": "4711"}
        tags = [{"Key": key, "Value": value} for key, value in tags.items()]
        return [{"ResourceType": kind, "Tags": tags}]

    def vpc(self, name, *ranges):
        made = self.ec2.create_vpc(CidrBlock=ranges[0], TagSpecifications=self.tags("vpc", name))
        vpc = made["Vpc"]["VpcId"]
        self.world.pass_time(5)
        for more in ranges[1:]:
            self.ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock=more)
        self.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        return vpc

    def subnet(self, vpc, name, zone, cidr):
        made = self.ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=cidr,
            AvailabilityZone=f"{self.region}{zone}",
            TagSpecifications=self.tags("subnet", name),
        )
        return made["Subnet"]["SubnetId"]

    def table(self, vpc, name, *subnets):
        tags = self.tags("route-table", name)
        made = self.ec2.create_route_table(VpcId=vpc, TagSpecifications=tags)
        table = made["RouteTable"]["RouteTableId"]
        for subnet in subnets:
            self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return table

    def main_table(self, vpc):
        wanted = {"vpc-id": vpc, "association.main": "true"}
        filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
        found = self.ec2.describe_route_tables(Filters=filters)
        return found["RouteTables"][0]["RouteTableId"]

    def route(self, table, destination, **target):
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock=destination, **target)

    def internet(self, vpc, name):
        tags = self.tags("internet-gateway", name)
        made = self.ec2.create_internet_gateway(TagSpecifications=tags)
        gateway = made["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        return gateway

    def nat(self, subnet, name):
        tags = self.tags("elastic-ip", name)
        address = self.ec2.allocate_address(Domain="vpc", TagSpecifications=tags)
        made = self.ec2.create_nat_gateway(
            SubnetId=subnet,
            AllocationId=address["AllocationId"],
            TagSpecifications=self.tags("natgateway", name),
        )
        self.world.pass_time(90)
        return made["NatGateway"]["NatGatewayId"]

    def group(self, vpc, name, *permissions):
        made = self.ec2.create_security_group(
            GroupName=name,
            Description=name,
            VpcId=vpc,
            TagSpecifications=self.tags("security-group", name),
        )
        group = made["GroupId"]
        for permission in permissions:
            self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
        return group

    def instance(self, name, subnet, group):
        made = self.ec2.run_instances(
            ImageId="ami-0123456789abcdef0",
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet,
            SecurityGroupIds=[group],
            TagSpecifications=self.tags("instance", name),
        )
        one = made["Instances"][0]
        return {"instance": one["InstanceId"], "address": one["PrivateIpAddress"]}

    def request(self, vpc, name, peer, peer_vpc):
        made = self.ec2.create_vpc_peering_connection(
            VpcId=vpc,
            PeerVpcId=peer_vpc,
            PeerOwnerId=peer.account.id,
            PeerRegion=peer.region,
            TagSpecifications=self.tags("vpc-peering-connection", name),
        )
        self.world.pass_time(10)
        return made["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    def accept(self, peering):
        self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        self.world.pass_time(10)


class World:
    def __init__(self, job):
        self.endpoint = job["endpoint"]
        self.cloud = Cloud(job["endpoint"])
        self.accounts = [self.cloud.account(keys) for keys in job["accounts"]]

    def place(self, account, region):
        return Place(self, self.accounts[account], region)

    def pass_time(self, seconds):
        body = json.dumps({"advance_seconds": seconds}).encode()
        request = urllib.request.Request(f"{self.endpoint}/_sim/clock", body, method="POST")
        urllib.request.urlopen(request).close()


def ping(source=PRIVATE):
    return {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": source}]}


def tcp(port, **source):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}


def shop(place):
    """A network with nearly everything that networks have."""
    vpc = place.vpc("shop", "10.10.0.0/16", "10.11.0.0/16")
    public = place.subnet(vpc, "public-a", "a", "10.10.0.0/24")
    private = [place.subnet(vpc, f"private-{z}", z, c) for z, c in private_subnets()]
    batch = place.subnet(vpc, "batch-a", "a", "10.11.0.0/24")
    place.subnet(vpc, "spare-b", "b", "10.10.9.0/24")
    outside = place.internet(vpc, "shop")
    place.route(place.table(vpc, "public", public), "0.0.0.0/0", GatewayId=outside)
    nat = place.nat(public, "shop")
    inner = place.table(vpc, "private", *private)
    for table in (inner, place.table(vpc, "batch", batch)):
        place.route(table, "0.0.0.0/0", NatGatewayId=nat)
    place.table(vpc, "forgotten")
    web, data = shop_groups(place, vpc)
    shop_services(place, vpc, inner, private[0], web)
    shop_acl(place, vpc, private[1])
    running = place.instance("web", private[0], web)
    batching = place.instance("batch", batch, web)
    idle = place.instance("idle", private[1], data)
    place.world.pass_time(60)
    place.ec2.stop_instances(InstanceIds=[idle["instance"]])
    place.world.pass_time(60)
    return {"vpc": vpc, **running, "batch": batching, "group": web, "table": inner}


def private_subnets():
    return [("a", "10.10.1.0/24"), ("b", "10.10.2.0/24")]


def shop_groups(place, vpc):
    """Two groups that name each other."""
    web = place.group(vpc, "web", ping(), tcp(443, IpRanges=[{"CidrIp": "0.0.0.0/0"}]))
    data = place.group(vpc, "data", tcp(5432, UserIdGroupPairs=[{"GroupId": web}]))
    back = tcp(9000, UserIdGroupPairs=[{"GroupId": data, "Description": "callbacks"}])
    place.ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[back])
    return web, data


def shop_services(place, vpc, table, subnet, group):
    names = f"com.amazonaws.{place.region}"
    place.ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"{names}.s3",
        RouteTableIds=[table],
        TagSpecifications=place.tags("vpc-endpoint", "s3"),
    )
    place.ec2.create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=vpc,
        ServiceName=f"{names}.ec2messages",
        SubnetIds=[subnet],
        SecurityGroupIds=[group],
        PrivateDnsEnabled=False,
    )
    names = [{"Key": "domain-name", "Values": ["shop.example"]}]
    made = place.ec2.create_dhcp_options(DhcpConfigurations=names)
    options = made["DhcpOptions"]["DhcpOptionsId"]
    place.ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=vpc)
    place.ec2.create_network_interface(SubnetId=subnet, Description="appliance", Groups=[group])


def shop_acl(place, vpc, subnet):
    """An access list that lets private ranges in and out."""
    tags = place.tags("network-acl", "private-b")
    acl = place.ec2.create_network_acl(VpcId=vpc, TagSpecifications=tags)
    acl = acl["NetworkAcl"]["NetworkAclId"]
    for egress in (False, True):
        place.ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=100,
            Protocol="-1",
            RuleAction="allow",
            Egress=egress,
            CidrBlock=PRIVATE,
        )
    here = [{"Name": "association.subnet-id", "Values": [subnet]}]
    found = place.ec2.describe_network_acls(Filters=here)["NetworkAcls"][0]["Associations"]
    association = next(one for one in found if one["SubnetId"] == subnet)
    place.ec2.replace_network_acl_association(
        AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl
    )


def plain(place, name, prefix):
    """A network with one table, through which it reaches the internet, and one instance."""
    vpc = place.vpc(name, f"{prefix}.0.0/16")
    subnet = place.subnet(vpc, f"{name}-a", "a", f"{prefix}.1.0/24")
    place.subnet(vpc, f"{name}-b", "b", f"{prefix}.2.0/24")
    table = place.main_table(vpc)
    place.route(table, "0.0.0.0/0", GatewayId=place.internet(vpc, name))
    group = place.group(vpc, name, ping())
    one = place.instance(name, subnet, group)
    place.world.pass_time(60)
    return {"vpc": vpc, **one, "group": group, "table": table}


def peerings(places, made):
    """One in use, one that was deleted, one that nobody answers, and one without routes."""
    here, there, far = places["shop"], places["data"], places["archive"]
    shop, data, archive = (made[name]["vpc"] for name in ("shop", "data", "archive"))
    used = here.request(shop, "shop-archive", far, archive)
    far.accept(used)
    here.route(made["shop"]["table"], "10.40.0.0/16", VpcPeeringConnectionId=used)
    far.route(made["archive"]["table"], "10.10.0.0/16", VpcPeeringConnectionId=used)
    over = far.request(archive, "experiment", there, data)
    there.accept(over)
    far.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=over)
    far.world.pass_time(60)
    waiting = there.request(data, "some-day", far, archive)
    tools = places["tools"]
    bare = tools.request(made["tools"]["vpc"], "by-hand", there, data)
    there.accept(bare)
    return {"used": used, "waiting": waiting, "bare": bare}


def main():
    world = World(json.load(sys.stdin))
    places = {
        "shop": world.place(0, HERE),
        "archive": world.place(0, THERE),
        "data": world.place(1, THERE),
        "tools": world.place(1, HERE),
    }
    made = {"shop": shop(places["shop"])}
    for name, prefix in (("archive", "10.40"), ("data", "10.20"), ("tools", "10.30")):
        made[name] = plain(places[name], name, prefix)
    ids = {"networks": made, "peerings": peerings(places, made)}
    ids["problems"] = world.cloud.wire.report()["problems"]
    json.dump(ids, sys.stdout)


if __name__ == "__main__":
    main()
