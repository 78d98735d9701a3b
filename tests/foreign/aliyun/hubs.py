"""A CEN instance with its transit routers, attachments and routes."""

from steps import patiently, refused, same, until


class Hub:
    """What the hub's owner makes and removes."""

    def __init__(self, account, name):
        self.account, self.name = account, name
        self.routers, self.tables, self.attachments = {}, {}, {}
        self.id = self.cbn("CreateCen", Name=name)["CenId"]
        until(self.look, lambda cens: [cen["Status"] for cen in cens] == ["Active"], name)

    def cbn(self, action, **parameters):
        return self.account.call("cbn", action, **parameters)

    def look(self):
        by_id = [{"Key": "CenId", "Value": [self.id]}]
        return self.cbn("DescribeCens", Filter=by_id)["Cens"]["Cen"]

    # Transit routers.

    def router(self, region):
        create = lambda: self.cbn(
            "CreateTransitRouter", CenId=self.id, RegionId=region, TransitRouterName=self.name
        )
        router = patiently(create)["TransitRouterId"]
        self.routers[region] = router
        look = lambda: self.cbn("ListTransitRouters", CenId=self.id, RegionId=region)
        active = lambda answer: [
            (one["TransitRouterId"], one["Status"]) for one in answer["TransitRouters"]
        ] == [(router, "Active")]
        until(look, active, router)
        refused("InstanceExist.TransitRouterInstance", create)
        tables = self.cbn("ListTransitRouterRouteTables", TransitRouterId=router)
        table = tables["TransitRouterRouteTables"][0]
        same(table["TransitRouterRouteTableType"], "System")
        self.tables[region] = table["TransitRouterRouteTableId"]

    # Attachments.

    def attachment_of(self, network):
        parameters = {
            "CenId": self.id,
            "RegionId": network.region,
            "TransitRouterId": self.routers[network.region],
            "VpcId": network.id,
            "ZoneMappings": network.subnets,
            "AutoPublishRouteEnabled": False,
        }
        if network.account.id != self.account.id:
            parameters["VpcOwnerId"] = int(network.account.id)
        return parameters

    def attach(self, network):
        wanted = self.attachment_of(network)
        made = patiently(lambda: self.cbn("CreateTransitRouterVpcAttachment", **wanted))
        attachment = made["TransitRouterAttachmentId"]
        self.attachments[network.name] = attachment
        found = until(
            lambda: self.vpc_attachment(network.region, attachment),
            lambda found: [one["Status"] for one in found] == ["Attached"],
            attachment,
        )
        same(
            [found[0]["VpcId"], found[0]["VpcOwnerId"], found[0]["AutoPublishRouteEnabled"]],
            [network.id, int(network.account.id), False],
        )
        self.bind(attachment, self.tables[network.region])

    def vpc_attachment(self, region, attachment):
        return self.cbn(
            "ListTransitRouterVpcAttachments",
            CenId=self.id,
            RegionId=region,
            TransitRouterAttachmentId=attachment,
        )["TransitRouterAttachments"]

    def join(self, here, there):
        """Two regions; both transit routers learn the other's routes."""
        attachment = patiently(
            lambda: self.cbn(
                "CreateTransitRouterPeerAttachment",
                CenId=self.id,
                RegionId=here,
                TransitRouterId=self.routers[here],
                PeerTransitRouterRegionId=there,
                PeerTransitRouterId=self.routers[there],
                BandwidthType="DataTransfer",
                Bandwidth=100,
                AutoPublishRouteEnabled=True,
            )
        )["TransitRouterAttachmentId"]
        self.attachments[here, there] = attachment
        for region in (here, there):
            until(
                lambda: self.peer_attachment(region, attachment),
                lambda found: [one["Status"] for one in found] == ["Attached"],
                attachment,
            )
            self.bind(attachment, self.tables[region])

    def peer_attachment(self, region, attachment):
        return self.cbn(
            "ListTransitRouterPeerAttachments",
            CenId=self.id,
            RegionId=region,
            TransitRouterAttachmentId=attachment,
        )["TransitRouterAttachments"]

    # Association and propagation.

    def bind(self, attachment, table):
        pair = self.pair(attachment, table)
        patiently(lambda: self.cbn("AssociateTransitRouterAttachmentWithRouteTable", **pair))
        patiently(lambda: self.cbn("EnableTransitRouterRouteTablePropagation", **pair))
        for look in (self.associations, self.propagations):
            until(
                lambda: look(attachment, table),
                lambda found: [one["Status"] for one in found] == ["Active"],
                f"{attachment} at {table}",
            )

    def unbind(self, attachment, table):
        pair = self.pair(attachment, table)
        patiently(lambda: self.cbn("DisableTransitRouterRouteTablePropagation", **pair))
        patiently(lambda: self.cbn("DissociateTransitRouterAttachmentFromRouteTable", **pair))
        for look in (self.associations, self.propagations):
            until(lambda: look(attachment, table), lambda found: not found, f"{attachment} free")

    def pair(self, attachment, table):
        return {"TransitRouterAttachmentId": attachment, "TransitRouterRouteTableId": table}

    def associations(self, attachment, table):
        pair = self.pair(attachment, table)
        answer = self.cbn("ListTransitRouterRouteTableAssociations", **pair)
        return answer["TransitRouterAssociations"]

    def propagations(self, attachment, table):
        pair = self.pair(attachment, table)
        answer = self.cbn("ListTransitRouterRouteTablePropagations", **pair)
        return answer["TransitRouterPropagations"]

    def learned(self, region):
        """The ranges that a transit router knows, and where they come from."""
        answer = self.cbn(
            "ListTransitRouterRouteEntries",
            TransitRouterRouteTableId=self.tables[region],
            TransitRouterRouteEntryStatus="Active",
            MaxResults=100,
        )
        return {
            route["TransitRouterRouteEntryDestinationCidrBlock"]: route[
                "TransitRouterRouteEntryNextHopId"
            ]
            for route in answer["TransitRouterRouteEntries"]
        }

    # Grants of members.

    def grant(self, network, **more):
        return {
            "CenId": self.id,
            "CenOwnerId": int(self.account.id),
            "InstanceId": network.id,
            "InstanceType": "VPC",
            **more,
        }

    def grants_seen(self, network):
        """The grant as both sides see it."""
        owner = self.cbn(
            "DescribeGrantRulesToCen",
            CenId=self.id,
            ProductType="VPC",
            RegionId=network.region,
            ChildInstanceId=network.id,
        )["GrantRules"]["GrantRule"]
        member = network.cbn(
            "DescribeGrantRulesToResource", ProductType="VPC", ResourceId=network.id
        )
        return (
            [(rule["ChildInstanceOwnerId"], rule["OrderType"]) for rule in owner],
            [(rule["CenOwnerId"], rule["OrderType"]) for rule in member["GrantRules"]],
        )

    # The way back.

    def detach(self, network):
        attachment = self.attachments.pop(network.name)
        self.unbind(attachment, self.tables[network.region])
        delete = lambda: self.cbn(
            "DeleteTransitRouterVpcAttachment", TransitRouterAttachmentId=attachment
        )
        patiently(delete)
        until(
            lambda: self.vpc_attachment(network.region, attachment),
            lambda left: not left,
            f"no {attachment}",
        )

    def part(self, here, there):
        attachment = self.attachments.pop((here, there))
        for region in (here, there):
            self.unbind(attachment, self.tables[region])
        delete = lambda: self.cbn(
            "DeleteTransitRouterPeerAttachment", TransitRouterAttachmentId=attachment
        )
        patiently(delete)
        until(lambda: self.peer_attachment(here, attachment), lambda left: not left, "parted")

    def delete(self):
        for region, router in self.routers.items():
            patiently(lambda: self.cbn("DeleteTransitRouter", TransitRouterId=router))
            until(
                lambda: self.cbn("ListTransitRouters", CenId=self.id, RegionId=region),
                lambda left: not left["TransitRouters"],
                f"no {router}",
            )
        patiently(lambda: self.cbn("DeleteCen", CenId=self.id))
        until(self.look, lambda left: not left, f"no {self.id}")
