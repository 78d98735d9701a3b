"""Three networks of two accounts in two regions are joined by a CEN instance, ping each other and are taken apart."""

from hubs import Hub
from networks import Network
from steps import main, refused, same

HERE, THERE = "cn-hangzhou", "cn-qingdao"


def scenario(_, a, b):
    identities(a, b)
    networks = [
        Network(a, HERE, "vpc1", "172.16.0.0/16"),
        Network(b, HERE, "vpc2", "10.0.0.0/16"),
        Network(a, THERE, "vpc3", "192.168.0.0/16"),
    ]
    one, two, three = networks
    hub = Hub(a, "backbone")
    for region in (HERE, THERE):
        hub.router(region)
    permit(hub, b, two)
    for network in networks:
        hub.attach(network)
    data_transfer(hub, a)
    hub.join(HERE, THERE)
    ways = {network.cidr: hub.attachments[network.name] for network in networks}
    middle = hub.attachments[HERE, THERE]
    same(ranges(hub.learned(HERE)), ranges({**ways, three.cidr: middle}))
    same(
        ranges(hub.learned(THERE)),
        ranges({three.cidr: ways[three.cidr], one.cidr: middle, two.cidr: middle}),
    )

    for network in networks:
        network.make_group()
        network.allow_ping(*[other.cidr for other in networks if other is not network])
        network.run()
    for network in networks:
        network.wait_for_agent()
    pings(networks, False)
    for network in networks:
        for other in networks:
            if other is not network:
                network.route(other.cidr, "Attachment", hub.attachments[network.name])
    pings(networks, True)
    destroy(hub, networks)


def ranges(routes):
    """Which /16 is reached over which attachment; a transit router learns the ranges of vSwitches."""
    return {(".".join(cidr.split(".")[:2]), hop) for cidr, hop in routes.items()}


def identities(a, b):
    for account in (a, b):
        caller = account.call("sts", "GetCallerIdentity")
        same((caller["AccountId"], caller["IdentityType"]), (account.id, "RAMUser"))


def permit(hub, b, network):
    """The member's owner grants and opens the service; without either its network cannot be attached."""
    attach = lambda: hub.cbn("CreateTransitRouterVpcAttachment", **hub.attachment_of(network))
    owner, member = int(hub.account.id), int(b.id)
    refused("Forbidden.InstanceNotGranted", attach)
    grant = hub.grant(network, OrderType="PayByCenOwner")
    network.cbn("GrantInstanceToTransitRouter", **grant)
    same(hub.grants_seen(network), ([(member, "PayByCenOwner")], [(owner, "PayByCenOwner")]))
    refused("Forbidden.ResourceOwnerTransitRouterServiceNotOpen", attach)
    refused("USER_NOT_OPEN_TR_SERVICE", lambda: b.call("cbn", "CheckTransitRouterService"))
    same(hub.cbn("CheckTransitRouterService")["Enabled"], "true")
    b.call("cbn", "OpenTransitRouterService")
    refused("Order.Opened", lambda: b.call("cbn", "OpenTransitRouterService"))
    offered = hub.cbn("ListGrantVSwitchesToCen", CenId=hub.id, RegionId=HERE, VpcId=network.id)
    same(
        {one["VSwitchId"] for one in offered["VSwitches"]},
        {one["VSwitchId"] for one in network.subnets},
    )


def data_transfer(hub, a):
    """Traffic between regions is a service of its own."""
    same(a.call("cdt", "GetCdtServiceStatus")["Enabled"], False)
    a.call("cdt", "OpenCdtService")
    same(a.call("cdt", "GetCdtServiceStatus")["Enabled"], True)
    same(a.call("cdt", "GetCdtCbServiceStatus")["Enabled"], False)
    a.call("cdt", "OpenCdtCbService")
    same(a.call("cdt", "GetCdtCbServiceStatus")["Enabled"], True)


def pings(networks, arrive):
    for source in networks:
        for target in networks:
            if target is not source:
                same(
                    (source.name, target.name, source.ping(target.address)),
                    (source.name, target.name, arrive),
                )


def destroy(hub, networks):
    for network in networks:
        network.release()
        network.delete_group()
        for other in networks:
            if other is not network:
                network.unroute(other.cidr, hub.attachments[network.name])
    two = networks[1]
    revoke = lambda: two.cbn("RevokeInstanceFromTransitRouter", **hub.grant(two))
    refused("OperationDenied.AttachmentExist", revoke)
    hub.part(HERE, THERE)
    for network in networks:
        hub.detach(network)
    revoke()
    same(hub.grants_seen(two), ([], []))
    hub.delete()
    for network in networks:
        network.delete()


if __name__ == "__main__":
    main(scenario)
