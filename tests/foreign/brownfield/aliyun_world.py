"""Networks of three Alibaba Cloud accounts as companies have them, made by the official SDK.

Two accounts have networks, the third has the company's CEN instance.

Reads {endpoint, accounts}, makes the world and prints the ids that topologies and pings need.
"""

import json
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "aliyun"))

import steps  # noqa: E402
from clients import Account, Control  # noqa: E402
from hubs import Hub  # noqa: E402
from networks import IMAGE, TYPE  # noqa: E402
from steps import patiently, until  # noqa: E402
from wire import Wire  # noqa: E402

HERE, THERE = "cn-hangzhou", "cn-shanghai"
ZONES = {HERE: ("cn-hangzhou-h", "cn-hangzhou-i"), THERE: ("cn-shanghai-f", "cn-shanghai-g")}
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12")


class Network:
    """A VPC and what its owner makes in it."""

    def __init__(self, account, region, name, cidr):
        self.account, self.region, self.name, self.cidr = account, region, name, cidr
        made = self.vpc("CreateVpc", CidrBlock=cidr, VpcName=name, Tag=self.tags(name))
        self.id, self.table = made["VpcId"], made["RouteTableId"]
        self.subnets = []
        self.ready("DescribeVpcs", "Vpcs.Vpc", VpcId=self.id)

    def vpc(self, action, **parameters):
        return self.call("vpc", action, **parameters)

    def ecs(self, action, **parameters):
        return self.call("ecs", action, **parameters)

    def cbn(self, action, **parameters):
        return self.call("cbn", action, **parameters)

    def call(self, product, action, **parameters):
        wanted = {"RegionId": self.region, **parameters}
        return patiently(lambda: self.account.call(product, action, **wanted))

    def tags(self, name):
        """Marks of another tool."""
        tags = {"Name": name, "managed-by": "terraform", "cost-centre": "4711"}
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    def ready(self, action, path, status="Available", **which):
        def look():
            answer = self.vpc(action, **which)
            for name in path.split("."):
                answer = answer[name]
            return [row.get("Status", row.get("EndpointStatus")) for row in answer]

        until(look, lambda seen: set(seen) == {status}, f"{action} of {self.name}")

    def range(self, cidr):
        self.vpc("AssociateVpcCidrBlock", VpcId=self.id, SecondaryCidrBlock=cidr)

    def subnet(self, name, zone, cidr):
        made = self.vpc(
            "CreateVSwitch",
            VpcId=self.id,
            ZoneId=ZONES[self.region][zone],
            CidrBlock=cidr,
            VSwitchName=name,
            Tag=self.tags(name),
        )
        self.ready("DescribeVSwitches", "VSwitches.VSwitch", VSwitchId=made["VSwitchId"])
        return made["VSwitchId"]

    def transit(self, *cidrs):
        """The vSwitches that an attachment uses, one in each zone."""
        for zone, cidr in enumerate(cidrs):
            subnet = self.subnet(f"{self.name}-transit-{zone}", zone, cidr)
            self.subnets.append({"ZoneId": ZONES[self.region][zone], "VSwitchId": subnet})

    def own_table(self, name, *subnets):
        made = self.vpc(
            "CreateRouteTable", VpcId=self.id, RouteTableName=name, Tag=self.tags(name)
        )
        table = made["RouteTableId"]
        for subnet in subnets:
            self.vpc("AssociateRouteTable", RouteTableId=table, VSwitchId=subnet)
        self.ready("DescribeRouteTableList", "RouterTableList.RouterTableListType", VpcId=self.id)
        return table

    def route(self, table, destination, kind, hop):
        self.vpc(
            "CreateRouteEntry",
            RouteTableId=table,
            DestinationCidrBlock=destination,
            NextHopType=kind,
            NextHopId=hop,
            RouteEntryName="by-hand",
        )

    def nat(self, subnet, source):
        """A NAT gateway of the internet; the system table gets its default route by it."""
        made = self.vpc(
            "CreateNatGateway",
            VpcId=self.id,
            VSwitchId=subnet,
            NatType="Enhanced",
            Name=self.name,
            Tag=self.tags(self.name),
        )
        gateway = made["NatGatewayId"]
        self.ready("DescribeNatGateways", "NatGateways.NatGateway", NatGatewayId=gateway)
        address = self.vpc("AllocateEipAddress", Name=self.name, Tag=self.tags(self.name))
        self.vpc(
            "AssociateEipAddress",
            AllocationId=address["AllocationId"],
            InstanceId=gateway,
            InstanceType="Nat",
        )
        self.vpc(
            "CreateSnatEntry",
            SnatTableId=made["SnatTableIds"]["SnatTableId"][0],
            SourceVSwitchId=source,
            SnatIp=address["EipAddress"],
        )
        return gateway

    def internet(self, table):
        """An IPv4 gateway, by which one table reaches the internet."""
        made = self.vpc("CreateIpv4Gateway", VpcId=self.id, Ipv4GatewayName=self.name)
        which = {"Ipv4GatewayId": made["Ipv4GatewayId"]}
        self.ready("ListIpv4Gateways", "Ipv4GatewayModels", "Created", **which)
        self.vpc("EnableVpcIpv4Gateway", RouteTableList=[table], **which)

    def endpoint(self, *tables):
        service = f"com.aliyun.{self.region}.oss"
        made = self.vpc(
            "CreateVpcGatewayEndpoint",
            VpcId=self.id,
            ServiceName=service,
            EndpointName="oss",
            Tag=self.tags("oss"),
        )
        which = {"EndpointId": made["EndpointId"]}
        self.ready("ListVpcGatewayEndpoints", "Endpoints", "Created", **which)
        action = "AssociateRouteTablesWithVpcGatewayEndpoint"
        self.vpc(action, RouteTableIds=list(tables), **which)

    def acl(self, subnet):
        """An access list that lets private ranges in and out."""
        made = self.vpc("CreateNetworkAcl", VpcId=self.id, NetworkAclName=self.name)
        acl = made["NetworkAclId"]
        entry = {"Protocol": "all", "Port": "-1/-1", "Policy": "accept"}
        self.vpc(
            "UpdateNetworkAclEntries",
            NetworkAclId=acl,
            UpdateIngressAclEntries=True,
            UpdateEgressAclEntries=True,
            IngressAclEntries=[{**entry, "SourceCidrIp": cidr} for cidr in PRIVATE],
            EgressAclEntries=[{**entry, "DestinationCidrIp": cidr} for cidr in PRIVATE],
        )
        bound = [{"ResourceId": subnet, "ResourceType": "VSwitch"}]
        self.vpc("AssociateNetworkAcl", NetworkAclId=acl, Resource=bound)

    def group(self, name, *rules, kind="normal"):
        made = self.ecs(
            "CreateSecurityGroup",
            VpcId=self.id,
            SecurityGroupName=name,
            SecurityGroupType=kind,
            Tag=self.tags(name),
        )
        group = made["SecurityGroupId"]
        if rules:
            self.ecs("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=list(rules))
        return group

    def instance(self, name, subnet, group):
        made = self.ecs(
            "RunInstances",
            ImageId=IMAGE,
            InstanceType=TYPE,
            VSwitchId=subnet,
            SecurityGroupId=group,
            InstanceName=name,
            Tag=self.tags(name),
        )
        instance = made["InstanceIdSets"]["InstanceIdSet"][0]
        self.power(instance, "Running")
        attributes = self.instances(instance)[0]["VpcAttributes"]
        address = attributes["PrivateIpAddress"]["IpAddress"][0]
        return {"instance": instance, "address": address}

    def power(self, instance, status):
        one = lambda: [seen["Status"] for seen in self.instances(instance)]
        until(one, lambda seen: seen == [status], f"{instance} {status}")

    def instances(self, instance):
        found = self.ecs("DescribeInstances", InstanceIds=json.dumps([instance]))
        return found["Instances"]["Instance"]

    def told(self, **more):
        return {"vpc": self.id, "table": self.table, **more}


def ping(source):
    return {"IpProtocol": "ICMP", "PortRange": "-1/-1", "SourceCidrIp": source, "Policy": "accept"}


def tcp(port, **source):
    return {"IpProtocol": "TCP", "PortRange": f"{port}/{port}", "Policy": "accept", **source}


def pings():
    return [ping(source) for source in PRIVATE]


def shop(account):
    """A network with nearly everything that networks have."""
    network = Network(account, HERE, "shop", "172.16.0.0/16")
    network.range("10.64.0.0/16")
    public = network.subnet("public", 0, "172.16.0.0/24")
    private = [network.subnet(f"private-{n}", n, f"172.16.{n + 1}.0/24") for n in (0, 1)]
    batch = network.subnet("batch", 0, "10.64.1.0/24")
    outer, inner = network.own_table("public", public), network.own_table("batch", batch)
    network.own_table("forgotten")
    nat = network.nat(public, private[0])
    network.internet(outer)
    network.route(inner, "0.0.0.0/0", "NatGateway", nat)
    network.endpoint(network.table, inner)
    network.acl(private[1])
    web = network.group("web", *pings(), tcp(443, SourceCidrIp="0.0.0.0/0"))
    data = network.group("data", tcp(5432, SourceGroupId=web))
    back = [tcp(9000, SourceGroupId=data, Description="callbacks")]
    network.ecs("AuthorizeSecurityGroup", SecurityGroupId=web, Permissions=back)
    network.group("strict", *pings(), kind="enterprise")
    running = network.instance("web", private[0], web)
    batching = network.instance("batch", batch, web)
    idle = network.instance("idle", private[1], data)["instance"]
    network.ecs("StopInstances", InstanceId=[idle])
    network.power(idle, "Stopped")
    return network, network.told(**running, batch=batching, group=web)


def plain(account, region, name, prefix):
    """A network that reaches the internet by a NAT gateway, with one instance."""
    network = Network(account, region, name, f"{prefix}.0.0/16")
    first = network.subnet(f"{name}-0", 0, f"{prefix}.1.0/24")
    network.subnet(f"{name}-1", 1, f"{prefix}.2.0/24")
    network.nat(first, first)
    group = network.group(name, *pings())
    return network, network.told(**network.instance(name, first, group), group=group)


def member(account, region, name, prefix):
    """A network that is there to be a member of a hub."""
    network = Network(account, region, name, f"{prefix}.0.0/16")
    network.transit(f"{prefix}.250.0/24", f"{prefix}.251.0/24")
    return network


def company(team, guest):
    """The company's CEN instance: two regions and three members.

    The member of another account is kept apart in a route table of its own.
    """
    hub = Hub(team, "company")
    for region in (HERE, THERE):
        hub.router(region)
    core = member(team, HERE, "core", "10.100")
    far = member(team, THERE, "core-far", "10.101")
    shared = member(guest, HERE, "shared", "10.102")
    shared.cbn("GrantInstanceToTransitRouter", OrderType="PayByCenOwner", **hub.grant(shared))
    for network in (core, far):
        hub.attach(network)
        network.route(network.table, "10.0.0.0/8", "Attachment", hub.attachments[network.name])
    own = {"TransitRouterId": hub.routers[HERE], "TransitRouterRouteTableName": "guests"}
    table = patiently(lambda: hub.cbn("CreateTransitRouterRouteTable", **own))
    system, hub.tables[HERE] = hub.tables[HERE], table["TransitRouterRouteTableId"]
    patiently(lambda: hub.attach(shared))
    guests, hub.tables[HERE] = hub.tables[HERE], system
    static = {
        "TransitRouterRouteTableId": guests,
        "TransitRouterRouteEntryDestinationCidrBlock": "10.100.0.0/16",
        "TransitRouterRouteEntryNextHopType": "Attachment",
        "TransitRouterRouteEntryNextHopId": hub.attachments["core"],
    }
    patiently(lambda: hub.cbn("CreateTransitRouterRouteEntry", **static))
    hub.join(HERE, THERE)
    marks = [{"Key": "managed-by", "Value": "terraform"}]
    hub.cbn("TagResources", ResourceType="cen", ResourceId=[hub.id], Tag=marks)
    return {
        "cen": hub.id,
        "routers": hub.routers,
        "tables": {**hub.tables, "guests": guests},
        "attachments": [hub.attachments[name] for name in ("core", "core-far", "shared")],
        "members": {"core": core.id, "core-far": far.id, "shared": shared.id},
    }


def laboratory(account):
    """Another CEN instance that is nobody else's business."""
    hub = Hub(account, "laboratory")
    hub.router(HERE)
    network = member(account, HERE, "laboratory", "10.110")
    hub.attach(network)
    return {"cen": hub.id}


def peering(one, two, name):
    """Requested; between networks of one account nobody needs to accept."""
    wanted = {
        "VpcId": one.id,
        "AcceptingAliUid": int(two.account.id),
        "AcceptingRegionId": two.region,
        "AcceptingVpcId": two.id,
        "Name": name,
        "Tag": one.tags(name),
    }
    made = one.call("vpcpeer", "CreateVpcPeerConnection", **wanted)["InstanceId"]
    one_status(two, made, "Activated" if one.account is two.account else "Accepting")
    return made


def one_status(network, peering, status):
    look = lambda: network.account.call(
        "vpcpeer", "GetVpcPeerConnectionAttribute", InstanceId=peering
    )["Status"]
    wait = lambda: until(look, lambda seen: seen == status, peering)
    patiently(wait, "ResourceNotFound.InstanceId")


def accept(network, peering):
    accept = {"InstanceId": peering}
    patiently(lambda: network.account.call("vpcpeer", "AcceptVpcPeerConnection", **accept))
    one_status(network, peering, "Activated")


def main():
    # The SDK's core writes every request to standard error otherwise.
    logging.getLogger("darabonba-core").setLevel(logging.ERROR)
    job = json.load(sys.stdin)
    control = Control(job["endpoint"])
    steps.pause = lambda: control.post("clock", advance_seconds=2)
    wire = Wire()
    a, b, team = [Account(job["endpoint"], keys) for keys in job["accounts"]]
    one, told = shop(a)
    networks = {"shop": told}
    others = {}
    places = {
        "data": (b, THERE, "10.20"),
        "tools": (b, HERE, "10.30"),
        "archive": (a, THERE, "10.40"),
    }
    for name, (account, region, prefix) in places.items():
        others[name], networks[name] = plain(account, region, name, prefix)
    used = peering(one, others["archive"], "shop-archive")
    one.route(one.table, "10.40.0.0/16", "VpcPeer", used)
    others["archive"].route(others["archive"].table, "172.16.0.0/16", "VpcPeer", used)
    waiting = peering(others["tools"], others["archive"], "some-day")
    bare = peering(others["data"], others["archive"], "by-hand")
    accept(others["archive"], bare)
    ids = {
        "networks": networks,
        "peerings": {"used": used, "waiting": waiting, "bare": bare},
        "company": company(team, b),
        "laboratory": laboratory(a),
        "problems": wire.report()["problems"],
    }
    json.dump(ids, sys.stdout)


if __name__ == "__main__":
    main()
