"""Two networks of two accounts in two regions are peered, and separated again; on the way, what goes wrong for users."""

import fields
from networks import Network
from steps import main

HERE, THERE = "us-east-1", "ap-northeast-1"


def scenario(steps, accounts):
    identities(steps, accounts)
    a = Network(steps, accounts[0], HERE, "a", "10.1.0.0/16", "10.1.1.0/24")
    b = Network(steps, accounts[1], THERE, "b", "10.2.0.0/16", "10.2.1.0/24")
    ranges(steps, a)
    peering = handshake(steps, a, b)
    routes(steps, a, b, peering)
    groups = [firewall(steps, near, far) for near, far in ((a, b), (b, a))]
    name_resolution(steps, a, b, peering)
    filters(steps, a, peering)
    separate(steps, a, b, peering, groups)
    a.delete()
    b.delete()
    steps.refused("delete vpc a again", lambda: a.ec2.delete_vpc(VpcId=a.id))
    steps.refused("describe vpc a", lambda: a.ec2.describe_vpcs(VpcIds=[a.id]))


def identities(steps, accounts):
    for name, account, region in zip("ab", accounts, (HERE, THERE)):
        steps.do(
            f"identity {name}",
            account.sts(region).get_caller_identity,
            lambda answer: {"account": answer["Account"], "arn": answer["Arn"].split(":")[4]},
        )


def ranges(steps, a):
    steps.refused("vpc larger than /16", lambda: a.ec2.create_vpc(CidrBlock="10.0.0.0/8"))
    steps.refused("vpc smaller than /28", lambda: a.ec2.create_vpc(CidrBlock="10.0.0.0/29"))
    for step, cidr in (
        ("subnet over a sibling", "10.1.1.128/25"),
        ("subnet outside its vpc", "10.9.1.0/24"),
    ):
        steps.refused(step, lambda: a.ec2.create_subnet(VpcId=a.id, CidrBlock=cidr))
    steps.refused(
        "subnet of an unknown vpc",
        lambda: a.ec2.create_subnet(VpcId="vpc-0123456789abcdef0", CidrBlock="10.1.2.0/24"),
    )


def handshake(steps, a, b):
    peering = a.request("request a to b", "pcx ab", b)
    a.wait_for("request seen by a", peering, "pending-acceptance", whole=True)
    b.wait_for("request seen by b", peering, "pending-acceptance", whole=True)
    again = a.request("same request again", "pcx ab again", b)
    if again != peering:
        a.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=again)

    a.add_route("route to b while pending", b.cidr, peering)
    a.read_routes("routes of a while pending")

    for step, account, region in (
        ("accept by the requester at home", a.account, HERE),
        ("accept by the requester in the accepter's region", a.account, THERE),
        ("accept by the accepter in the requester's region", b.account, HERE),
    ):
        ec2 = account.ec2(region)
        steps.refused(
            step, lambda: ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        )
    b.accept("accept", peering)
    a.wait_for("active for a", peering, "active", whole=True)
    b.wait_for("active for b", peering, "active", whole=True)
    b.accept_refused("accept twice", peering)
    b.reject("reject an active peering", peering)
    return peering


def routes(steps, a, b, peering):
    b.add_route("route to a", a.cidr, peering)
    a.read_routes("routes of a")
    b.read_routes("routes of b")
    b.add_route_refused("route to a again", a.cidr, peering)
    b.delete_route("delete a route that is not there", "10.77.0.0/16")
    steps.refused(
        "replace a route that is not there",
        lambda: b.ec2.replace_route(
            RouteTableId=b.table,
            DestinationCidrBlock="10.77.0.0/16",
            VpcPeeringConnectionId=peering,
        ),
    )
    steps.refused(
        "route in an unknown table",
        lambda: b.ec2.create_route(
            RouteTableId="rtb-0123456789abcdef0",
            DestinationCidrBlock="10.77.0.0/16",
            VpcPeeringConnectionId=peering,
        ),
    )


def firewall(steps, near, far):
    """A group of the near network that lets the far one in."""
    ec2, name = near.ec2, near.name

    def create():
        answer = ec2.create_security_group(
            GroupName="from-peer", Description="from the peer", VpcId=near.id
        )
        steps.name(answer["GroupId"], f"group {name}")
        return answer

    group = steps.do(f"create group {name}", create, lambda answer: {"id": answer["GroupId"]})
    group = group["GroupId"]
    steps.refused(f"create group {name} again", create)

    def authorize(protocol, low, high, cidr=far.cidr):
        return ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {
                    "IpProtocol": protocol,
                    "FromPort": low,
                    "ToPort": high,
                    "IpRanges": [{"CidrIp": cidr}],
                }
            ],
        )

    for protocol, low, high in (("icmp", -1, -1), ("tcp", 22, 22), ("tcp", 80, 80)):
        steps.do(
            f"allow {protocol} {low} into {name}",
            lambda: authorize(protocol, low, high),
            lambda answer: {**fields.done(answer), **fields.rules(answer)},
        )
    steps.refused(f"allow tcp 22 into {name} again", lambda: authorize("tcp", 22, 22))
    steps.refused(f"group {name} names a group of another region", lambda: refer(near, far, group))
    steps.do(
        f"read group {name}",
        lambda: ec2.describe_security_groups(GroupIds=[group]),
        fields.group,
    )
    steps.do(
        f"read rules of group {name}",
        lambda: ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}]
        ),
        fields.rules,
    )
    return group


def refer(near, far, group):
    theirs = far.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [far.id]}])
    return near.ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "UserIdGroupPairs": [
                    {
                        "GroupId": theirs["SecurityGroups"][0]["GroupId"],
                        "UserId": far.account.id,
                    }
                ],
            }
        ],
    )


def name_resolution(steps, a, b, peering):
    wish = {"AllowDnsResolutionFromRemoteVpc": True}

    def modify(network, side):
        return network.ec2.modify_vpc_peering_connection_options(
            VpcPeeringConnectionId=peering, **{f"{side}PeeringConnectionOptions": wish}
        )

    for network in (a, b):
        steps.do(
            f"host names in {network.name}",
            lambda: network.ec2.modify_vpc_attribute(
                VpcId=network.id, EnableDnsHostnames={"Value": True}
            ),
        )
        steps.do(
            f"host names of {network.name}",
            lambda: network.ec2.describe_vpc_attribute(
                VpcId=network.id, Attribute="enableDnsHostnames"
            ),
            lambda answer: {"hostnames": answer["EnableDnsHostnames"]["Value"]},
        )
    steps.do(
        "names of a for b",
        lambda: modify(a, "Requester"),
        lambda answer: {
            "requester": answer["RequesterPeeringConnectionOptions"].get(
                "AllowDnsResolutionFromRemoteVpc"
            )
        },
    )
    steps.refused("names of b for a, set by a", lambda: modify(a, "Accepter"))
    steps.do("names of b for a", lambda: modify(b, "Accepter"))

    def options(answer, side):
        info = answer["VpcPeeringConnections"][0][f"{side}VpcInfo"]
        return info.get("PeeringOptions", {}).get("AllowDnsResolutionFromRemoteVpc")

    for network in (a, b):
        steps.wait(
            f"options seen by {network.name}",
            lambda: network.look_at(peering),
            lambda answer: options(answer, "Requester") and options(answer, "Accepter"),
            lambda answer: {
                side: options(answer, side) for side in ("Requester", "Accepter")
            },
        )


def filters(steps, a, peering):
    def count(step, *filters, call=None, **arguments):
        named = [{"Name": name, "Values": [value]} for name, value in filters]
        call = call or a.ec2.describe_vpc_peering_connections
        steps.refused(
            step,
            lambda: call(**({"Filters": named} if named else {}), **arguments),
            lambda answer: {
                "found": sorted(
                    one["VpcPeeringConnectionId"] == peering
                    for one in answer["VpcPeeringConnections"]
                )
            },
        )

    count("active peerings of a", ("requester-vpc-info.vpc-id", a.id), ("status-code", "active"))
    count("expired peerings of a", ("requester-vpc-info.vpc-id", a.id), ("status-code", "expired"))
    count("peerings by their name", ("tag:Name", "pcx ab"), ("status-code", "active"))
    count("an unknown peering", VpcPeeringConnectionIds=["pcx-0123456789abcdef0"])
    steps.refused(
        "route tables by their peering",
        lambda: a.ec2.describe_route_tables(
            Filters=[{"Name": "route.vpc-peering-connection-id", "Values": [peering]}]
        ),
        fields.routes,
    )
    steps.refused(
        "vpcs by their range",
        lambda: a.ec2.describe_vpcs(
            Filters=[
                {"Name": "cidr", "Values": [a.cidr]},
                {"Name": "tag:Name", "Values": [a.name]},
            ]
        ),
        fields.vpc,
    )


def separate(steps, a, b, peering, groups):
    for network, group, far in ((a, groups[0], b), (b, groups[1], a)):
        permission = {
            "IpProtocol": "icmp",
            "FromPort": -1,
            "ToPort": -1,
            "IpRanges": [{"CidrIp": far.cidr}],
        }
        for step in ("withdraw icmp from", "withdraw icmp again from"):
            steps.refused(
                f"{step} {network.name}",
                lambda: network.ec2.revoke_security_group_ingress(
                    GroupId=group, IpPermissions=[permission]
                ),
                fields.done,
            )
    a.delete_route("delete the route to b", b.cidr)
    a.delete_route("delete the route to b again", b.cidr)

    a.delete_peering("delete the peering", peering)
    a.wait_for("peering gone for a", peering, "deleted")
    b.wait_for("peering gone for b", peering, "deleted")
    a.delete_peering("delete the peering again", peering)
    b.accept_refused("accept a deleted peering", peering)
    b.read_routes("routes of b without the peering")
    b.delete_route("delete the route to a", a.cidr)
    b.read_routes("last routes of b")

    steps.refused("delete vpc a with its subnet", lambda: a.ec2.delete_vpc(VpcId=a.id))
    for network, group in ((a, groups[0]), (b, groups[1])):
        for step in ("delete group", "delete group again"):
            steps.refused(
                f"{step} {network.name}",
                lambda: network.ec2.delete_security_group(GroupId=group),
                fields.done,
            )


if __name__ == "__main__":
    main(scenario)
