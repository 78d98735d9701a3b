"""What real networks have around a peering, by boto3: gateways, attributes, power, changes in place.

The script walks through the operations so that every answer is held against the service model; what the operations do is
told by other tests.
"""

import json
import sys
import urllib.request

from clients import Cloud

REGION = "eu-west-1"
ATTRIBUTES = (
    "blockDeviceMapping",
    "disableApiTermination",
    "enaSupport",
    "groupSet",
    "instanceType",
    "productCodes",
    "rootDeviceName",
    "sourceDestCheck",
    "userData",
)


class World:
    def __init__(self, job):
        self.endpoint = job["endpoint"]
        self.cloud = Cloud(job["endpoint"])
        self.account = self.cloud.account(job["accounts"][0])
        self.ec2 = self.account.ec2(REGION)

    def pass_time(self, seconds):
        body = json.dumps({"advance_seconds": seconds}).encode()
        request = urllib.request.Request(f"{self.endpoint}/_sim/clock", body, method="POST")
        urllib.request.urlopen(request).close()


def network(world):
    ec2 = world.ec2
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    world.pass_time(5)
    ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableNetworkAddressUsageMetrics")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    ec2.describe_subnets(SubnetIds=[subnet])
    ec2.describe_availability_zones()
    return vpc, subnet


def gateways(world, vpc, subnet):
    ec2 = world.ec2
    tags = [{"ResourceType": "internet-gateway", "Tags": [{"Key": "Name", "Value": "out"}]}]
    made = ec2.create_internet_gateway(TagSpecifications=tags)
    outside = made["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=outside, VpcId=vpc)
    ec2.describe_internet_gateways()
    made = ec2.create_egress_only_internet_gateway(VpcId=vpc)
    egress = made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    ec2.describe_egress_only_internet_gateways()
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
    translator = made["NatGateway"]["NatGatewayId"]
    world.pass_time(70)
    ec2.describe_nat_gateways()
    ec2.describe_addresses()
    ec2.describe_addresses_attribute(AllocationIds=[address], Attribute="domain-name")
    routes(ec2, vpc, subnet, translator, egress)
    return outside, egress, address, translator


def routes(ec2, vpc, subnet, translator, egress):
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    anywhere = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    ec2.create_route(NatGatewayId=translator, **anywhere)
    ec2.create_route(
        RouteTableId=table,
        DestinationIpv6CidrBlock="::/0",
        EgressOnlyInternetGatewayId=egress,
    )
    ec2.describe_route_tables(RouteTableIds=[table])
    made = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    main = [{"Name": "association.main", "Values": ["true"]}]
    main = ec2.describe_route_tables(Filters=main)["RouteTables"][0]["RouteTableId"]
    ec2.replace_route_table_association(AssociationId=made["AssociationId"], RouteTableId=main)


def instances(world, subnet):
    ec2 = world.ec2
    made = ec2.run_instances(
        ImageId="ami-0123456789abcdef0",
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
    )
    one = made["Instances"][0]["InstanceId"]
    world.pass_time(30)
    ec2.describe_instances()
    ec2.describe_instance_status()
    ec2.describe_network_interfaces()
    for name in ATTRIBUTES:
        ec2.describe_instance_attribute(InstanceId=one, Attribute=name)
    ec2.modify_instance_attribute(InstanceId=one, SourceDestCheck={"Value": False})
    ec2.describe_instance_types(InstanceTypes=["t3.micro"])
    ec2.describe_instance_credit_specifications(InstanceIds=[one])
    ec2.describe_volumes()
    ec2.stop_instances(InstanceIds=[one])
    world.pass_time(30)
    ec2.start_instances(InstanceIds=[one])
    ec2.terminate_instances(InstanceIds=[one])


def rules(ec2, vpc):
    made = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)
    group = made["GroupId"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    added = ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{**ssh, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    )
    rule = added["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    changed = {**ssh, "CidrIpv4": "10.1.0.0/16"}
    ec2.modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": changed}],
    )
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=group,
        SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": rule, "Description": "ssh"}],
    )


def policies(world):
    # Signed for this region, as with every endpoint of one's own.
    iam = world.account.client("iam", REGION)
    cloud = "arn:aws:iam::aws:policy/"
    iam.get_policy(PolicyArn=f"{cloud}job-function/ViewOnlyAccess")
    iam.get_policy_version(PolicyArn=f"{cloud}IAMFullAccess", VersionId="v1")
    iam.list_policies(Scope="AWS")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": world.account.id}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="peer", AssumeRolePolicyDocument=trust)
    iam.list_instance_profiles_for_role(RoleName="peer")


def remove(world, vpc, outside, egress, address, translator):
    ec2 = world.ec2
    ec2.delete_nat_gateway(NatGatewayId=translator)
    world.pass_time(60)
    ec2.describe_nat_gateways()
    ec2.release_address(AllocationId=address)
    ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=egress)
    ec2.detach_internet_gateway(InternetGatewayId=outside, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=outside)


def main():
    world = World(json.load(sys.stdin))
    vpc, subnet = network(world)
    made = gateways(world, vpc, subnet)
    instances(world, subnet)
    rules(world.ec2, vpc)
    policies(world)
    remove(world, vpc, *made)
    json.dump(world.cloud.wire.report(), sys.stdout)


if __name__ == "__main__":
    main()
