"""Two accounts in one shared network: their groups name each other. And the classic network, where nothing else is."""

import json

from networks import Network
from steps import main, patiently, refused, same, until

REGION = "cn-hangzhou"
ALL = {"IpProtocol": "all", "PortRange": "-1/-1", "Policy": "accept", "NicType": "intranet"}


class Guest(Network):
    """Another account's group and instance in a vSwitch that is shared with it."""

    def __init__(self, account, host, subnet, address):
        self.account, self.region, self.name = account, host.region, "guest"
        self.id, self.subnets, self.address = host.id, [subnet], address


def scenario(control, a, b):
    host = Network(a, REGION, "host", "10.1.0.0/16")
    shared = host.subnets[1]
    guest = Guest(b, host, shared, "10.1.21.100")
    refused("InvalidVpcId.NotFound", guest.make_group)
    control.post("shares", vswitch=shared["VSwitchId"], account=b.id)
    seen = guest.vpc("DescribeVSwitches", VSwitchId=shared["VSwitchId"])["VSwitches"]["VSwitch"]
    same([(one["VSwitchId"], one["OwnerId"]) for one in seen], [(shared["VSwitchId"], int(a.id))])
    pair = (host, guest)
    for member in pair:
        member.make_group()
        member.run()
    for member in pair:
        member.wait_for_agent()
    pings(host, guest, False)
    for rules in (numbered, flat):
        for here, there in (pair, pair[::-1]):
            here.ecs("AuthorizeSecurityGroup", SecurityGroupId=here.group, **rules(there))
            rule = here.rules()[0]
            same((rule["SourceGroupId"], rule["IpProtocol"]), (there.group, "ALL"))
        pings(host, guest, True)
        refused(
            "DependencyViolation",
            lambda: guest.ecs("DeleteSecurityGroup", SecurityGroupId=guest.group),
        )
        for here, there in (pair, pair[::-1]):
            here.ecs("RevokeSecurityGroup", SecurityGroupId=here.group, **rules(there))
            same(here.rules(), [])
        pings(host, guest, False)

    classic(control, host)
    for member in pair[::-1]:
        delete = lambda: remove(member, member.instance)
        patiently(delete)
        until(member.instances, lambda left: not left, f"no {member.instance}")
        member.delete_group()
    host.delete()


def numbered(other):
    """A foreign group, its owner by number."""
    owner = {"SourceGroupId": other.group, "SourceGroupOwnerId": int(other.account.id)}
    return {"Permissions": [{**ALL, **owner}]}


def flat(other):
    """The same in the older form."""
    return {**ALL, "SourceGroupId": other.group, "SourceGroupOwnerId": int(other.account.id)}


def pings(host, guest, arrive):
    same((host.ping(guest.address), guest.ping(host.address)), (arrive, arrive))


def remove(network, instance):
    """By the older call, which names no region: its host does."""
    network.account.call("ecs", "DeleteInstance", InstanceId=instance, Force=True)


def classic(control, host):
    """An instance outside of any VPC, whose group and the groups of VPCs do not go together."""
    account = host.account
    instance = control.post("classic-instances", account=account.id, region=REGION)["instance_id"]
    look = lambda: host.ecs("DescribeInstances", InstanceIds=json.dumps([instance]))["Instances"][
        "Instance"
    ]
    found = look()[0]
    same((found["InstanceNetworkType"], found["VpcAttributes"]["VpcId"]), ("classic", ""))
    group = found["SecurityGroupIds"]["SecurityGroupId"][0]
    rule = {**ALL, "SourceGroupId": group}
    refused(
        "InvalidNetworkType.Mismatch",
        lambda: host.ecs("AuthorizeSecurityGroup", SecurityGroupId=host.group, Permissions=[rule]),
    )
    remove(host, instance)
    until(look, lambda left: not left, f"no {instance}")


if __name__ == "__main__":
    main(scenario)
