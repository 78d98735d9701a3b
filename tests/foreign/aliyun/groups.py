"""Two instances of two accounts in joined networks: only the rules of their groups decide whether they ping each other."""

from hubs import Hub
from networks import Network
from steps import main, refused, same

REGION = "cn-hangzhou"
FLAT = {
    "IpProtocol": "icmp",
    "PortRange": "-1/-1",
    "Policy": "accept",
    "Priority": "1",
    "NicType": "intranet",
}


def scenario(_, a, b):
    one, two = Network(a, REGION, "one", "10.1.0.0/16"), Network(b, REGION, "two", "10.2.0.0/16")
    pair = (one, two)
    hub = joined(a, one, two)
    for network in pair:
        network.make_group()
        network.run()
    for network in pair:
        network.wait_for_agent()

    pings(one, two, False, "without rules")
    hosts = {one.name: f"{one.address}/32", two.name: f"{two.address}/32"}
    one.allow_ping(hosts[two.name])
    pings(one, two, False, "with a rule on one side only, replies aside", one_way=(two, one))
    two.allow_ping(hosts[one.name])
    pings(one, two, True, "with rules on both sides")
    look(one, hosts[two.name])
    repeated(one, hosts[two.name])
    by_id(one)
    by_value(two, hosts[one.name])
    pings(one, two, False, "with revoked rules")

    for here, there in (pair, pair[::-1]):
        here.ecs("AuthorizeSecurityGroup", **flat(here, there))
    pings(one, two, True, "with rules in the older form")
    references(one, two)
    for here, there in (pair, pair[::-1]):
        here.ecs("RevokeSecurityGroup", **flat(here, there))
        same(here.rules(), [])
    pings(one, two, False, "with revoked rules of the older form")
    priorities(one, two)
    apart(hub, pair)


def joined(a, one, two):
    hub = Hub(a, "hub")
    hub.router(REGION)
    two.cbn("GrantInstanceToTransitRouter", **hub.grant(two, OrderType="PayByResourceOwner"))
    for network in (one, two):
        hub.attach(network)
    for network, other in ((one, two), (two, one)):
        network.route(other.cidr, "Attachment", hub.attachments[network.name])
    return hub


def apart(hub, pair):
    for network, other in (pair, pair[::-1]):
        network.release()
        network.delete_group()
        network.unroute(other.cidr, hub.attachments[network.name])
        hub.detach(network)
    two = pair[1]
    two.cbn("RevokeInstanceFromTransitRouter", **hub.grant(two))
    hub.delete()
    for network in pair:
        network.delete()


def pings(one, two, arrive, when, one_way=None):
    for source, target in ((one, two), (two, one)):
        wanted = arrive or (source, target) == one_way
        found = source.ping(target.address)
        same((when, source.name, target.name, found), (when, source.name, target.name, wanted))


def look(network, source):
    """A rule as it is read back."""
    rule = network.rules()[0]
    same(
        (
            rule["IpProtocol"],
            rule["PortRange"],
            rule["SourceCidrIp"],
            rule["Policy"],
            rule["Direction"],
        ),
        ("ICMP", "-1/-1", source, "Accept", "ingress"),
    )
    seen = network.ecs("DescribeSecurityGroups", VpcId=network.id)["SecurityGroups"][
        "SecurityGroup"
    ]
    same([group["SecurityGroupId"] for group in seen], [network.group])


def repeated(network, source):
    """A rule that is there already is taken again and makes nothing."""
    network.allow_ping(source)
    same(len(network.rules()), 1)


def by_id(network):
    revoke = lambda: network.ecs(
        "RevokeSecurityGroup", SecurityGroupId=network.group, SecurityGroupRuleId=[rule]
    )
    rule = network.rules()[0]["SecurityGroupRuleId"]
    revoke()
    same(network.rules(), [])
    refused("InvalidSecurityGroupRuleId.NotFound", revoke)


def by_value(network, source):
    rules = [{"IpProtocol": "icmp", "PortRange": "-1/-1", "SourceCidrIp": source}]
    network.ecs("RevokeSecurityGroup", SecurityGroupId=network.group, Permissions=rules)
    same(network.rules(), [])


def flat(here, there):
    return {"SecurityGroupId": here.group, "SourceCidrIp": there.cidr, **FLAT}


def references(one, two):
    """Groups of other networks cannot be referred to, and the two forms do not mix."""
    other = {"SourceGroupId": two.group, "SourceGroupOwnerId": int(two.account.id)}
    authorize = lambda **rule: one.ecs("AuthorizeSecurityGroup", SecurityGroupId=one.group, **rule)
    refused("InvalidSourceGroupId.Mismatch", lambda: authorize(Permissions=[{**FLAT, **other}]))
    refused("InvalidSourceGroupId.Mismatch", lambda: authorize(**FLAT, **other))
    both = {**flat(one, two), "Permissions": [{**FLAT, "SourceCidrIp": two.cidr}]}
    refused("InvalidParam.Permissions", lambda: one.ecs("AuthorizeSecurityGroup", **both))


def priorities(one, two):
    """At the same priority a rule that drops wins; rules for the way out are a list of their own."""
    for network, other in ((one, two), (two, one)):
        network.allow_ping(other.cidr)
    pings(one, two, True, "before a rule drops")
    drop = [{**FLAT, "SourceCidrIp": two.cidr, "Policy": "drop"}]
    one.ecs("AuthorizeSecurityGroup", SecurityGroupId=one.group, Permissions=drop)
    pings(one, two, False, "where a rule drops", one_way=(one, two))
    one.ecs("RevokeSecurityGroup", SecurityGroupId=one.group, Permissions=drop)
    egress = {
        "SecurityGroupId": one.group,
        "Permissions": [{**FLAT, "DestCidrIp": two.cidr, "Policy": "drop"}],
    }
    one.ecs("AuthorizeSecurityGroupEgress", **egress)
    pings(one, two, False, "where a rule drops on the way out", one_way=(two, one))
    one.ecs("RevokeSecurityGroupEgress", **egress)
    pings(one, two, True, "after no rule drops")


if __name__ == "__main__":
    main(scenario)
