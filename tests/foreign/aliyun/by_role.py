"""The other account hands out a role instead of its keys, with the six managed policies that recipes attach to it.

The recipe's policies are enough for networks, grants and instances, and far more than is needed. They do not open the
service that an attachment needs in the account of the network, which the recipe leaves out: somebody must still do that.
"""

import json

from cen import permit
from hubs import Hub
from networks import Network
from steps import main, patiently, refused, same
from trust import LATE, opened, trusting

REGION = "cn-hangzhou"
ROLE = "cen-role"
POLICIES = (
    "AliyunCENFullAccess",
    "AliyunVPCFullAccess",
    "AliyunECSFullAccess",
    "AliyunRAMFullAccess",
    "AliyunROSFullAccess",
    "AliyunSTSAssumeRoleAccess",
)
# The longest that a role allows; an hour would end before a slow machine is ready.
LONGEST = 43_200


def scenario(_, a, b):
    session = by_role(a, b)
    one = Network(a, REGION, "one", "172.16.0.0/16")
    two = Network(session, REGION, "two", "10.0.0.0/16")
    hub = Hub(a, "backbone")
    hub.router(REGION)
    permit(hub, session, two)
    for network in (one, two):
        hub.attach(network)
    for network, other in ((one, two), (two, one)):
        network.make_group()
        network.allow_ping(other.cidr)
        network.run()
    for network, other in ((one, two), (two, one)):
        network.wait_for_agent()
        network.route(other.cidr, "Attachment", hub.attachments[network.name])
    same((one.ping(two.address), two.ping(one.address)), (True, True))
    apart(hub, one, two)
    no_role(b)


def by_role(a, b):
    """A session of the role, opened by the account that the role trusts."""
    trust = trusting(RAM=[f"acs:ram::{a.id}:root"])
    made = b.call(
        "ram",
        "CreateRole",
        RoleName=ROLE,
        AssumeRolePolicyDocument=trust,
        MaxSessionDuration=LONGEST,
    )["Role"]
    same(json.loads(made["AssumeRolePolicyDocument"]), json.loads(trust))
    for name in POLICIES:
        policy = {"PolicyType": "System", "PolicyName": name, "RoleName": ROLE}
        b.call("ram", "AttachPolicyToRole", **policy)
    assume = lambda: a.call(
        "sts",
        "AssumeRole",
        RoleArn=made["Arn"],
        RoleSessionName="cen",
        DurationSeconds=LONGEST,
    )
    session = opened(b, patiently(assume, *LATE))
    caller = session.call("sts", "GetCallerIdentity")
    same((caller["AccountId"], caller["IdentityType"]), (b.id, "AssumedRoleUser"))
    # None of the six is about traffic between regions.
    refused("NoPermission", lambda: session.call("cdt", "OpenCdtService"))
    return session


def apart(hub, one, two):
    for network, other in ((one, two), (two, one)):
        network.release()
        network.delete_group()
        network.unroute(other.cidr, hub.attachments[network.name])
        hub.detach(network)
    two.cbn("RevokeInstanceFromTransitRouter", **hub.grant(two))
    hub.delete()
    for network in (one, two):
        network.delete()


def no_role(b):
    for name in POLICIES:
        policy = {"PolicyType": "System", "PolicyName": name, "RoleName": ROLE}
        b.call("ram", "DetachPolicyFromRole", **policy)
    b.call("ram", "DeleteRole", RoleName=ROLE)


if __name__ == "__main__":
    main(scenario)
