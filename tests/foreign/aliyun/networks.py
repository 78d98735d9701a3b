"""Networks with their subnets, routes, groups and instances, and pings between them."""

import base64
import json

from steps import patiently, refused, same, until

IMAGE = "aliyun_3_x64_20G_alibase.vhd"
TYPE = "ecs.t5-lc2m1.nano"


class Network:
    """A VPC with a vSwitch in each of two zones, one group and one instance."""

    def __init__(self, account, region, name, cidr):
        self.account, self.region, self.name, self.cidr = account, region, name, cidr
        prefix = cidr.rsplit(".", 2)[0]
        self.address = f"{prefix}.20.100"
        self.create()
        zones = self.cbn("ListTransitRouterAvailableResource")["AvailableZones"][:2]
        self.subnets = [
            self.subnet(zone, f"{prefix}.{third}.0/24") for zone, third in zip(zones, (20, 21))
        ]

    # Calls of this account in this region.

    def vpc(self, action, **parameters):
        return self.account.call("vpc", action, RegionId=self.region, **parameters)

    def ecs(self, action, **parameters):
        return self.account.call("ecs", action, RegionId=self.region, **parameters)

    def cbn(self, action, **parameters):
        return self.account.call("cbn", action, RegionId=self.region, **parameters)

    def create(self):
        made = self.vpc("CreateVpc", CidrBlock=self.cidr, VpcName=self.name, Tag=self.tags())
        self.id, self.table = made["VpcId"], made["RouteTableId"]
        seen = until(
            lambda: self.vpc("DescribeVpcAttribute", VpcId=self.id),
            lambda vpc: vpc["Status"] == "Available",
            self.name,
        )
        same([seen["CidrBlock"], seen["VpcName"]], [self.cidr, self.name])
        listed = self.vpc("DescribeVpcs", VpcId=self.id, Tag=self.tags())["Vpcs"]["Vpc"]
        same([(vpc["VpcId"], vpc["OwnerId"]) for vpc in listed], [(self.id, int(self.account.id))])

    def tags(self):
        return [{"Key": "Name", "Value": self.name}, {"Key": "用途", "Value": "a b+c*~/é"}]

    def subnet(self, zone, cidr):
        create = lambda: self.vpc("CreateVSwitch", VpcId=self.id, ZoneId=zone, CidrBlock=cidr)
        subnet = patiently(create)["VSwitchId"]
        look = lambda: self.vpc("DescribeVSwitches", VSwitchId=subnet)["VSwitches"]["VSwitch"]
        until(look, lambda found: [one["Status"] for one in found] == ["Available"], subnet)
        return {"ZoneId": zone, "VSwitchId": subnet}

    # Routes.

    def routes(self):
        found = self.vpc("DescribeRouteEntryList", RouteTableId=self.table, MaxResult=100)
        return {
            route["DestinationCidrBlock"]: (route["Type"], route["Status"])
            for route in found["RouteEntrys"]["RouteEntry"]
        }

    def route(self, destination, kind, hop):
        add = lambda: self.vpc(
            "CreateRouteEntry",
            RouteTableId=self.table,
            DestinationCidrBlock=destination,
            NextHopType=kind,
            NextHopId=hop,
        )
        patiently(add)
        usable = lambda routes: routes[destination] == ("Custom", "Available")
        until(self.routes, usable, f"route to {destination}")

    def unroute(self, destination, hop):
        remove = lambda: self.vpc(
            "DeleteRouteEntry",
            RouteTableId=self.table,
            DestinationCidrBlock=destination,
            NextHopId=hop,
        )
        patiently(remove)
        until(self.routes, lambda routes: destination not in routes, f"no route to {destination}")

    # Groups.

    def make_group(self):
        made = self.ecs("CreateSecurityGroup", VpcId=self.id, SecurityGroupName=self.name)
        self.group = made["SecurityGroupId"]

    def allow_ping(self, *sources):
        rules = [
            {"IpProtocol": "ICMP", "PortRange": "-1/-1", "SourceCidrIp": source, "Policy": "accept"}
            for source in sources
        ]
        self.ecs("AuthorizeSecurityGroup", SecurityGroupId=self.group, Permissions=rules)

    def rules(self):
        found = self.ecs("DescribeSecurityGroupAttribute", SecurityGroupId=self.group)
        return found["Permissions"]["Permission"]

    # Instances.

    def run(self):
        self.instance = self.ecs(
            "RunInstances",
            ImageId=IMAGE,
            InstanceType=TYPE,
            VSwitchId=self.subnets[0]["VSwitchId"],
            SecurityGroupId=self.group,
            PrivateIpAddress=self.address,
            InstanceName=self.name,
            SystemDisk={"Category": "cloud_efficiency", "Size": "40"},
            InternetMaxBandwidthOut=0,
            Tag=self.tags(),
        )["InstanceIdSets"]["InstanceIdSet"][0]

    def wait_for_agent(self):
        found = until(self.instances, lambda found: found[0]["Status"] == "Running", self.instance)
        attributes = found[0]["VpcAttributes"]
        same(attributes["PrivateIpAddress"]["IpAddress"], [self.address])

        def agent():
            answer = self.ecs("DescribeCloudAssistantStatus", InstanceId=[self.instance])
            return answer["InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]

        ready = lambda found: found and found[0]["CloudAssistantStatus"] == "true"
        until(agent, ready, f"the agent of {self.instance}")

    def instances(self):
        ids = json.dumps([self.instance])
        return self.ecs("DescribeInstances", InstanceIds=ids)["Instances"]["Instance"]

    def ping(self, address):
        """Whether four pings from this network's instance all come back."""
        invocation = self.ecs(
            "RunCommand",
            Type="RunShellScript",
            CommandContent=f"ping -c 4 -W 2 {address}",
            InstanceId=[self.instance],
        )["InvokeId"]

        def look():
            answer = self.ecs("DescribeInvocationResults", InvokeId=invocation)
            return answer["Invocation"]["InvocationResults"]["InvocationResult"]

        over = lambda found: found and found[0]["InvocationStatus"] in ("Success", "Failed")
        result = until(look, over, f"ping {address}")[0]
        output = base64.b64decode(result["Output"]).decode()
        arrived = "4 packets transmitted, 4 received, 0% packet loss" in output
        same((result["ExitCode"] == 0, result["InvocationStatus"] == "Success"), (arrived, arrived))
        return arrived

    # The way back.

    def release(self):
        self.ecs("DeleteInstances", InstanceId=[self.instance], Force=True)
        until(self.instances, lambda found: not found, f"no {self.instance}")

    def delete_group(self):
        patiently(lambda: self.ecs("DeleteSecurityGroup", SecurityGroupId=self.group))

    def delete(self):
        for subnet in self.subnets:
            patiently(lambda: self.vpc("DeleteVSwitch", VSwitchId=subnet["VSwitchId"]))
        gone = lambda: self.vpc("DescribeVSwitches", VpcId=self.id)["VSwitches"]["VSwitch"]
        until(gone, lambda left: not left, "no vSwitches")
        patiently(lambda: self.vpc("DeleteVpc", VpcId=self.id))
        until(
            lambda: self.vpc("DescribeVpcs", VpcId=self.id)["Vpcs"]["Vpc"],
            lambda left: not left,
            f"no {self.name}",
        )
        refused("InvalidVpcId.NotFound", lambda: self.vpc("DescribeVpcAttribute", VpcId=self.id))
