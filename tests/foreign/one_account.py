"""One account with two regions: the wrong region, ranges written loosely, repeated calls, and calls made for their permission only."""

import fields
from networks import Network
from steps import main

HERE, THERE = "us-west-2", "eu-central-1"


def scenario(steps, accounts):
    account = accounts[0]
    a = Network(steps, account, HERE, "a", "10.1.0.0/16")
    b = Network(steps, account, THERE, "b", "10.2.0.0/16")
    peering = a.request("request a to b", "pcx ab", b)
    b.wait_for("b sees the request", peering, "pending-acceptance")
    a.accept_refused("accept in the wrong region", peering)
    b.accept("accept", peering)
    a.wait_for("active for a", peering, "active")
    loosely_written(steps, a, peering)
    permission_only(steps, account, a, b)
    a.delete_peering("delete the peering", peering)
    a.wait_for("peering gone for a", peering, "deleted")
    b.wait_for("peering gone for b", peering, "deleted")
    a.delete()
    b.delete()


def loosely_written(steps, a, peering):
    """Host bits in ranges, in a network and in a table of its own."""
    loose = Network(steps, a.account, HERE, "loose", "10.99.7.9/16")
    loose.delete()

    def create():
        answer = a.ec2.create_route_table(VpcId=a.id, ClientToken="table-of-a")
        steps.name(answer["RouteTable"]["RouteTableId"], "extra table")
        return answer

    table = steps.do(
        "create a route table",
        create,
        lambda answer: {
            "vpc": answer["RouteTable"]["VpcId"],
            "routes": [fields.route_(route) for route in answer["RouteTable"]["Routes"]],
        },
    )["RouteTable"]["RouteTableId"]
    again = steps.do(
        "create the same route table again",
        create,
        lambda answer: {"id": answer["RouteTable"]["RouteTableId"] == table},
    )["RouteTable"]["RouteTableId"]
    if again != table:
        a.ec2.delete_route_table(RouteTableId=again)

    steps.do(
        "loosely written route",
        lambda: a.ec2.create_route(
            RouteTableId=table,
            DestinationCidrBlock="10.7.3.4/16",
            VpcPeeringConnectionId=peering,
        ),
        fields.done,
    )
    steps.do(
        "read the loosely written route",
        lambda: a.ec2.describe_route_tables(RouteTableIds=[table]),
        fields.routes,
    )
    steps.refused("delete vpc a with its table", lambda: a.ec2.delete_vpc(VpcId=a.id))
    steps.refused(
        "delete the route table", lambda: a.ec2.delete_route_table(RouteTableId=table)
    )
    steps.refused(
        "delete the route table again", lambda: a.ec2.delete_route_table(RouteTableId=table)
    )
    steps.refused(
        "delete the main route table", lambda: a.ec2.delete_route_table(RouteTableId=a.table)
    )


def permission_only(steps, account, a, b):
    """DryRun: refused in either case, and never done."""
    answer = steps.refused(
        "vpc, dry run", lambda: a.ec2.create_vpc(CidrBlock="10.50.0.0/16", DryRun=True)
    )
    if answer:
        a.ec2.delete_vpc(VpcId=answer["Vpc"]["VpcId"])
    steps.refused("describe vpcs, dry run", lambda: a.ec2.describe_vpcs(DryRun=True))
    answer = steps.refused(
        "group, dry run",
        lambda: a.ec2.create_security_group(
            GroupName="dry", Description="dry", VpcId=a.id, DryRun=True
        ),
    )
    if answer:
        a.ec2.delete_security_group(GroupId=answer["GroupId"])
    steps.do(
        "nothing came of dry runs",
        lambda: a.ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.50.0.0/16"]}]),
        lambda answer: {"found": len(answer["Vpcs"])},
    )


if __name__ == "__main__":
    main(scenario)
