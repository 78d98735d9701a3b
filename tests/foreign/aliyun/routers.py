"""A network and a border router of one account on the express connect router of another."""

from networks import Network
from steps import main, patiently, refused, same, until

REGION = "cn-hangzhou"
BEHIND, HOST = "10.9.0.0/16", "10.9.0.10"


class Router:
    """An express connect router and what is on it."""

    def __init__(self, account):
        self.account = account
        made = self.call("CreateExpressConnectRouter", AlibabaSideAsn=64512, Name="edge")
        self.id = made["EcrId"]
        found = until(self.look, lambda found: self.states(found) == ["ACTIVE"], self.id)
        same(
            (found[0]["Name"], found[0]["AlibabaSideAsn"], found[0]["OwnerId"]),
            ("edge", 64512, int(account.id)),
        )

    def call(self, action, by=None, **parameters):
        """A call about this router, by its owner unless somebody else is named."""
        if action != "CreateExpressConnectRouter":
            parameters["EcrId"] = self.id
        caller = by or self.account
        return patiently(lambda: caller.call("expressconnectrouter", action, **parameters))

    def states(self, found):
        return [one["Status"] for one in found]

    def look(self):
        return self.call("DescribeExpressConnectRouter")["EcrList"]

    # Grants, by the member's owner.

    def grant(self, member, instance, kind, action="Grant"):
        verb = {"Grant": "GrantInstanceTo", "Revoke": "RevokeInstanceFrom"}[action]
        self.call(
            f"{verb}ExpressConnectRouter",
            by=member,
            EcrOwnerAliUid=int(self.account.id),
            InstanceId=instance,
            InstanceType=kind,
            InstanceRegionId=REGION,
        )

    def granted(self, by=None, **parameters):
        answer = self.call("DescribeInstanceGrantedToExpressConnectRouter", by=by, **parameters)
        return [
            (one["NodeId"], one["NodeType"], one["NodeOwnerUid"], one["EcrOwnerAliUid"])
            for one in answer["EcrGrantedInstanceList"]
        ]

    # Networks.

    def associate(self, network):
        self.association = self.call(
            "CreateExpressConnectRouterAssociation",
            AssociationRegionId=REGION,
            VpcId=network.id,
            VpcOwnerId=int(network.account.id),
        )["AssociationId"]
        active = lambda found: self.states(found) == ["ACTIVE"]
        found = until(self.associations, active, self.association)
        same(
            (found[0]["VpcId"], found[0]["VpcOwnerId"], found[0]["AssociationNodeType"]),
            (network.id, int(network.account.id), "VPC"),
        )

    def associations(self):
        answer = self.call(
            "DescribeExpressConnectRouterAssociation", AssociationId=self.association
        )
        return answer["AssociationList"]

    def dissociate(self):
        self.call("DeleteExpressConnectRouterAssociation", AssociationId=self.association)
        until(self.associations, lambda left: not left, f"no {self.association}")

    # Border routers.

    def attach(self, owner, border_router):
        self.call(
            "AttachExpressConnectRouterChildInstance",
            ChildInstanceId=border_router,
            ChildInstanceType="VBR",
            ChildInstanceRegionId=REGION,
            ChildInstanceOwnerId=int(owner.id),
        )
        found = until(self.children, lambda found: self.states(found) == ["ACTIVE"], border_router)
        same(
            (found[0]["ChildInstanceId"], found[0]["ChildInstanceOwnerId"], found[0]["OwnerId"]),
            (border_router, int(owner.id), int(self.account.id)),
        )

    def children(self):
        return self.call("DescribeExpressConnectRouterChildInstance")["ChildInstanceList"]

    def detach(self, border_router):
        self.call(
            "DetachExpressConnectRouterChildInstance",
            ChildInstanceId=border_router,
            ChildInstanceType="VBR",
        )
        until(self.children, lambda left: not left, f"no {border_router}")

    def delete(self):
        self.call("DeleteExpressConnectRouter")
        until(self.look, lambda left: not left, f"no {self.id}")


def scenario(control, a, b):
    line = {
        "account": b.id,
        "region": REGION,
        "prefixes": [BEHIND],
        "hosts": [HOST],
        "name": "line",
    }
    border_router = control.post("border-routers", **line)["id"]
    network = Network(b, REGION, "member", "10.1.0.0/16")
    router = Router(a)
    network_granted(router, network)
    border_router_granted(control, router, b, border_router)
    router.associate(network)
    network.make_group()
    network.run()
    network.wait_for_agent()

    reaches = lambda: network.ping(HOST)
    same(("associated", reaches()), ("associated", False))
    network.route(BEHIND, "Ecr", router.association)
    same(("routed", reaches()), ("routed", False))
    router.attach(b, border_router)
    same(("attached", reaches()), ("attached", True))
    in_use(router, network, b, border_router)
    network.unroute(BEHIND, router.association)
    same(("not routed", reaches()), ("not routed", False))
    network.route(BEHIND, "Ecr", router.association)
    same(("routed again", reaches()), ("routed again", True))
    router.detach(border_router)
    same(("detached", reaches()), ("detached", False))

    network.release()
    network.delete_group()
    network.unroute(BEHIND, router.association)
    router.dissociate()
    revoked(router, network, b, border_router)
    router.delete()
    network.delete()


def network_granted(router, network):
    """B lets A's router take its network; both sides can read that."""
    refused("OperationDenied.NotGrantedByNodeOwner", lambda: router.associate(network))
    b = network.account
    router.grant(b, network.id, "VPC")
    rule = (network.id, "VPC", int(b.id), router.account.id)
    same(router.granted(), [rule])
    same(router.granted(by=b, CallerType="OTHER"), [rule])
    seen = network.vpc("DescribeVpcGrantRulesToEcr", InstanceId=network.id, InstanceType="VPC")
    same(
        [(one["EcrId"], one["EcrOwnerId"], one["InstanceId"]) for one in seen["GrantRuleModels"]],
        [(router.id, int(router.account.id), network.id)],
    )


def border_router_granted(control, router, b, border_router):
    """Border routers are shared between accounts only after the cloud's own staff has approved it."""
    listed = b.call("vpc", "DescribeVirtualBorderRouters", RegionId=REGION)
    same(
        [one["VbrId"] for one in listed["VirtualBorderRouterSet"]["VirtualBorderRouterType"]],
        [border_router],
    )
    grant = lambda: router.grant(b, border_router, "VBR")
    refused("Forbbiden.AttachChildInstanceAcrossBid", grant)
    control.post("border-router-approvals", member_account=b.id, router_account=router.account.id)
    refused("Forbidden.InstanceNotGranted", lambda: router.attach(b, border_router))
    grant()
    owner = int(router.account.id)
    seen = b.call("vpc", "DescribeGrantRulesToEcr", RegionId=REGION, InstanceId=border_router)
    same(
        [(one["EcrInstanceId"], one["EcrUid"]) for one in seen["EcrGrantRules"]],
        [(router.id, owner)],
    )
    same(len(router.granted()), 2)
    same(len(router.granted(InstanceType="VBR")), 1)


def in_use(router, network, b, border_router):
    """What is on a router stays granted, and the router stays."""
    for instance, kind in ((network.id, "VPC"), (border_router, "VBR")):
        refused(
            "OperationDenied.EcrAssociationExisted",
            lambda: router.grant(b, instance, kind, "Revoke"),
        )
    refused(
        "OperationFailed.UsedInRouteEntryNextHop",
        lambda: router.call(
            "DeleteExpressConnectRouterAssociation", AssociationId=router.association
        ),
    )


def revoked(router, network, b, border_router):
    for instance, kind in ((network.id, "VPC"), (border_router, "VBR")):
        router.grant(b, instance, kind, "Revoke")
        refused("ResourceNotFound.GrantId", lambda: router.grant(b, instance, kind, "Revoke"))
    same(router.granted(), [])


if __name__ == "__main__":
    main(scenario)
