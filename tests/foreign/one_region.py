"""Two accounts in one region: requests that are refused, overlap, come twice, come from both sides, or are withdrawn."""

from networks import Network
from steps import main

REGION = "eu-west-1"
PENDING = "pending-acceptance"


def scenario(steps, accounts):
    a = Network(steps, accounts[0], REGION, "a", "10.1.0.0/16")
    b = Network(steps, accounts[1], REGION, "b", "10.2.0.0/16")
    over = Network(steps, accounts[0], REGION, "over", "10.2.128.0/17")
    overlap(steps, over, b)
    unknown(steps, a, b)
    withdrawn(a, b)
    rejected(a, b)
    both_directions(steps, a, b)
    for network in (over, a, b):
        network.delete()


def overlap(steps, over, b):
    peering = over.request("request with an overlap", "pcx over", b)
    over.wait_for("the overlap is found", peering, PENDING, whole=True)
    b.accept_refused("accept an overlap", peering)
    over.delete_peering("delete an overlap", peering)


def unknown(steps, a, b):
    call = a.ec2.create_vpc_peering_connection
    # A network that is not there makes the request fail, at once or later.
    answer = steps.refused(
        "request to a vpc that is not there",
        lambda: call(VpcId=a.id, PeerVpcId="vpc-0123456789abcdef0", PeerOwnerId=b.account.id),
        lambda answer: {"status": answer["VpcPeeringConnection"]["Status"]["Code"]},
    )
    if answer:
        peering = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        a.wait_for("request to nobody", peering, "failed")
    else:
        steps.skip("request to nobody")
    steps.refused(
        "request from a vpc that is not there",
        lambda: call(VpcId="vpc-0123456789abcdef0", PeerVpcId=b.id, PeerOwnerId=b.account.id),
    )


def withdrawn(a, b):
    peering = a.request("request to be withdrawn", "pcx withdrawn", b)
    b.wait_for("b sees it", peering, PENDING)
    a.accept_refused("accept by the requester", peering)
    b.delete_peering("delete by the accepter while pending", peering)
    a.wait_for("still pending for a", peering, PENDING)
    a.delete_peering("delete by the requester while pending", peering)
    a.wait_for("withdrawn", peering, "deleted")


def rejected(a, b):
    peering = a.request("request to be rejected", "pcx rejected", b)
    b.wait_for("b sees the next", peering, PENDING)
    a.reject("reject by the requester", peering)
    b.reject("reject", peering)
    a.wait_for("rejected for a", peering, "rejected", whole=True)
    b.wait_for("rejected for b", peering, "rejected")
    b.reject("reject twice", peering)
    b.accept_refused("accept a rejected request", peering)


def both_directions(steps, a, b):
    peering = a.request("request a to b", "pcx ab", b)
    b.wait_for("b sees the request", peering, PENDING)
    b.accept("accept", peering)
    a.wait_for("active for a", peering, "active")
    b.wait_for("active for b", peering, "active")
    again = a.request("request while active", "pcx ab again", b)
    if again != peering:
        a.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=again)

    reverse = b.request("request b to a", "pcx ba", a)
    b.wait_for("the reverse request is there", reverse, PENDING)
    a.wait_for("the reverse request is seen", reverse, PENDING)
    a.accept_refused("accept the reverse request", reverse)
    b.delete_peering("delete the reverse request", reverse)

    b.delete_peering("delete by the accepter", peering)
    a.wait_for("gone for a", peering, "deleted")
    b.wait_for("gone for b", peering, "deleted")


if __name__ == "__main__":
    main(scenario)
