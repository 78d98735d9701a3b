"""What proves that packets arrive, by boto3: profiles, endpoints, agents, and commands that ping.

Every answer is held against the service models, as in around.py; what must come out is told beside each step.
"""

import json
import sys

from around import REGION, World
from botocore.exceptions import ClientError

NAME = "probe"
CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found == code, f"{found} in place of {code}"
    else:
        raise AssertionError(f"{code} did not come")


def profile(world):
    # Signed for this region, as with every endpoint of one's own.
    iam = world.account.client("iam", REGION)
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "ec2.amazonaws.com"},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName=NAME, PolicyArn=CORE)
    iam.create_instance_profile(
        InstanceProfileName=NAME, Tags=[{"Key": "team", "Value": "net"}]
    )
    iam.add_role_to_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    iam.get_instance_profile(InstanceProfileName=NAME)
    iam.list_instance_profiles()
    iam.list_instance_profiles_for_role(RoleName=NAME)
    refused("DeleteConflict", iam.delete_role, RoleName=NAME)
    refused("DeleteConflict", iam.delete_instance_profile, InstanceProfileName=NAME)
    world.pass_time(15)
    return iam


def endpoints(world):
    ec2 = world.ec2
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    world.pass_time(5)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="inside", Description="inside", VpcId=vpc)
    group = group["GroupId"]
    inside = [{"CidrIp": "10.0.0.0/16"}]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": inside}]
    )
    wanted = {
        "VpcEndpointType": "Interface",
        "VpcId": vpc,
        "SubnetIds": [subnet],
        "SecurityGroupIds": [group],
        "PrivateDnsEnabled": True,
    }
    name = f"com.amazonaws.{REGION}"
    refused("InvalidParameter", ec2.create_vpc_endpoint, ServiceName=f"{name}.ssm", **wanted)
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    made = [
        ec2.create_vpc_endpoint(ServiceName=f"{name}.{service}", **wanted)["VpcEndpoint"]
        for service in ("ssm", "ssmmessages")
    ]
    refused("InvalidParameter", ec2.create_vpc_endpoint, ServiceName=f"{name}.ssm", **wanted)
    made = [endpoint["VpcEndpointId"] for endpoint in made]
    world.pass_time(70)
    ec2.modify_vpc_endpoint(VpcEndpointId=made[0], PrivateDnsEnabled=True)
    seen = ec2.describe_vpc_endpoints(VpcEndpointIds=made)["VpcEndpoints"]
    assert [one["State"] for one in seen] == ["available", "available"], seen
    return vpc, subnet, group, made


def launch(world, subnet, group, image, **more):
    made = world.ec2.run_instances(
        ImageId=image,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        SecurityGroupIds=[group],
        **more,
    )
    return made["Instances"][0]


def instances(world, ssm, subnet, group):
    ec2 = world.ec2
    image = ssm.get_parameter(Name=IMAGE)["Parameter"]["Value"]
    first = launch(world, subnet, group, image, IamInstanceProfile={"Name": NAME})
    assert first["IamInstanceProfile"]["Arn"].endswith(NAME), first
    second = launch(world, subnet, group, f"resolve:ssm:{IMAGE}")
    assert second["ImageId"] == image, second
    world.pass_time(30)
    only = [{"Key": "InstanceIds", "Values": [first["InstanceId"]]}]
    early = ssm.describe_instance_information(Filters=only)["InstanceInformationList"]
    assert early == [], early
    made = ec2.associate_iam_instance_profile(
        InstanceId=second["InstanceId"], IamInstanceProfile={"Name": NAME}
    )
    association = made["IamInstanceProfileAssociation"]["AssociationId"]
    world.pass_time(60)
    ec2.describe_iam_instance_profile_associations(AssociationIds=[association])
    ec2.disassociate_iam_instance_profile(AssociationId=association)
    ready = ssm.describe_instance_information(Filters=only)["InstanceInformationList"]
    assert [one["PingStatus"] for one in ready] == ["Online"], ready
    return first["InstanceId"], second


def send(ssm, instance, script):
    made = ssm.send_command(
        DocumentName="AWS-RunShellScript",
        InstanceIds=[instance],
        Parameters={"commands": [script], "executionTimeout": ["60"]},
        TimeoutSeconds=30,
        Comment="landbridge",
    )
    return {"CommandId": made["Command"]["CommandId"], "InstanceId": instance}


def commands(world, ssm, instance, peer):
    missing = peer["InstanceId"]
    refused(
        "InvalidInstanceId",
        ssm.send_command,
        DocumentName="AWS-RunShellScript",
        InstanceIds=[missing],
        Parameters={"commands": ["true"]},
    )
    ping = send(ssm, instance, f"ping -n -c 4 -i 0.2 -W 2 {peer['PrivateIpAddress']}")
    world.pass_time(20)
    seen = ssm.get_command_invocation(**ping)
    assert (seen["Status"], seen["ResponseCode"]) == ("Success", 0), seen
    assert "4 packets transmitted, 4 received, 0% packet loss" in seen["StandardOutputContent"], seen
    lost = send(ssm, instance, "ping -n -c 1 -W 2 10.0.1.200")
    world.pass_time(20)
    seen = ssm.get_command_invocation(**lost)
    assert (seen["Status"], seen["ResponseCode"]) == ("Failed", 1), seen
    for port, code in ((22, 0), (80, 1)):
        script = f"timeout 3 bash -c '</dev/tcp/{peer['PrivateIpAddress']}/{port}'"
        probe = send(ssm, instance, script)
        world.pass_time(20)
        seen = ssm.get_command_invocation(**probe)
        assert seen["ResponseCode"] == code, seen
    slow = send(ssm, instance, "sleep 50")
    world.pass_time(5)
    ssm.cancel_command(CommandId=slow["CommandId"])
    world.pass_time(5)
    assert ssm.get_command_invocation(**slow)["Status"] == "Cancelled"
    ssm.list_command_invocations(Details=True, InstanceId=instance)
    ssm.list_commands(Filters=[{"key": "Status", "value": "Success"}])
    unknown = {"CommandId": "0" * 36, "InstanceId": instance}
    refused("InvalidCommandId", ssm.get_command_invocation, **unknown)


def remove(world, iam, made, *ids):
    ec2 = world.ec2
    vpc, subnet, group, endpoints = made
    ec2.terminate_instances(InstanceIds=list(ids))
    answer = ec2.delete_vpc_endpoints(VpcEndpointIds=endpoints)
    assert answer["Unsuccessful"] == [], answer
    refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet)
    world.pass_time(60)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)
    iam.remove_role_from_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    iam.delete_instance_profile(InstanceProfileName=NAME)
    iam.detach_role_policy(RoleName=NAME, PolicyArn=CORE)
    iam.delete_role(RoleName=NAME)


def main():
    world = World(json.load(sys.stdin))
    ssm = world.account.client("ssm", REGION)
    iam = profile(world)
    made = endpoints(world)
    instance, peer = instances(world, ssm, made[1], made[2])
    commands(world, ssm, instance, peer)
    remove(world, iam, made, instance, peer["InstanceId"])
    json.dump(world.cloud.wire.report(), sys.stdout)


if __name__ == "__main__":
    main()
