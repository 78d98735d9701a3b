"""What every scenario builds first: networks with subnets, and at the end their removal."""

import fields


class Network:
    def __init__(self, steps, account, region, name, cidr, subnet=None):
        self.steps, self.name, self.cidr = steps, name, cidr
        self.account, self.region = account, region
        self.ec2 = account.ec2(region)
        self.subnet = None
        self.create()
        if subnet:
            self.create_subnet(subnet)

    def create(self):
        steps, name = self.steps, self.name
        marks = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]

        def create():
            answer = self.ec2.create_vpc(CidrBlock=self.cidr, TagSpecifications=marks)
            steps.name(answer["Vpc"]["VpcId"], f"vpc {name}")
            return answer

        self.id = steps.do(f"create vpc {name}", create, fields.vpc)["Vpc"]["VpcId"]
        steps.wait(
            f"vpc {name} is available",
            lambda: self.ec2.describe_vpcs(VpcIds=[self.id]),
            lambda answer: answer["Vpcs"][0]["State"] == "available",
            fields.vpc,
        )
        table = self.look_at_routes()["RouteTables"][0]
        self.table = steps.name(table["RouteTableId"], f"main table {name}")
        self.read_routes(f"first routes of {name}")

    def create_subnet(self, cidr):
        name, steps = self.name, self.steps
        marks = [{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": name}]}]

        def create():
            answer = self.ec2.create_subnet(
                VpcId=self.id,
                CidrBlock=cidr,
                AvailabilityZone=f"{self.region}a",
                TagSpecifications=marks,
            )
            steps.name(answer["Subnet"]["SubnetId"], f"subnet {name}")
            return answer

        self.subnet = steps.do(f"create subnet {name}", create, fields.subnet)["Subnet"]["SubnetId"]
        steps.wait(
            f"subnet {name} is available",
            lambda: self.ec2.describe_subnets(SubnetIds=[self.subnet]),
            lambda answer: answer["Subnets"][0]["State"] == "available",
            fields.subnet,
        )

    def look_at_routes(self):
        return self.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.id]}])

    def read_routes(self, step):
        return self.steps.do(step, self.look_at_routes, fields.routes)

    def add_route(self, step, destination, peering):
        return self.steps.do(
            step, lambda: self._add_route(destination, peering), fields.done
        )

    def add_route_refused(self, step, destination, peering):
        return self.steps.refused(
            step, lambda: self._add_route(destination, peering), fields.done
        )

    def _add_route(self, destination, peering):
        return self.ec2.create_route(
            RouteTableId=self.table,
            DestinationCidrBlock=destination,
            VpcPeeringConnectionId=peering,
        )

    def delete_route(self, step, destination):
        return self.steps.refused(
            step,
            lambda: self.ec2.delete_route(
                RouteTableId=self.table, DestinationCidrBlock=destination
            ),
            fields.done,
        )

    def request(self, step, alias, peer):
        """Requests a peering with another network."""

        def create():
            answer = self.ec2.create_vpc_peering_connection(
                VpcId=self.id,
                PeerVpcId=peer.id,
                PeerOwnerId=peer.account.id,
                PeerRegion=peer.region,
                TagSpecifications=[
                    {
                        "ResourceType": "vpc-peering-connection",
                        "Tags": [{"Key": "Name", "Value": alias}],
                    }
                ],
            )
            self.steps.name(answer["VpcPeeringConnection"]["VpcPeeringConnectionId"], alias)
            return answer

        answer = self.steps.do(step, create, fields.peering)
        return answer and answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    def look_at(self, peering):
        return self.ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering])

    def wait_for(self, step, peering, *statuses, whole=False):
        """Waits until this side sees one of these states, or one from which there is no way on."""
        ends = {*statuses, "failed", "rejected", "expired", "deleted"}
        return self.steps.wait(
            step,
            lambda: self.look_at(peering),
            lambda answer: fields.status(answer)["status"] in ends,
            fields.peering if whole else fields.status,
        )

    def accept(self, step, peering):
        """Accepts in this network's region with this network's account; what is not yet visible is waited for."""
        return self.steps.do(step, self._accept(peering), fields.peering)

    def accept_refused(self, step, peering):
        return self.steps.refused(step, self._accept(peering), fields.peering)

    def _accept(self, peering):
        return lambda: self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)

    def reject(self, step, peering):
        return self.steps.refused(
            step,
            lambda: self.ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=peering),
            fields.done,
        )

    def delete_peering(self, step, peering):
        return self.steps.refused(
            step,
            lambda: self.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering),
            fields.done,
        )

    def delete(self):
        name, ec2 = self.name, self.ec2
        if self.subnet:
            self.steps.refused(
                f"delete subnet {name}", lambda: ec2.delete_subnet(SubnetId=self.subnet)
            )
        self.steps.refused(f"delete vpc {name}", lambda: ec2.delete_vpc(VpcId=self.id))
        self.steps.wait(
            f"nothing named {name} is left",
            lambda: self.left(),
            lambda left: not any(left.values()),
            lambda left: left,
        )

    def left(self):
        ours = [{"Name": "vpc-id", "Values": [self.id]}]
        return {
            "vpcs": len(self.ec2.describe_vpcs(Filters=ours)["Vpcs"]),
            "subnets": len(self.ec2.describe_subnets(Filters=ours)["Subnets"]),
            "tables": len(self.ec2.describe_route_tables(Filters=ours)["RouteTables"]),
            "groups": len(self.ec2.describe_security_groups(Filters=ours)["SecurityGroups"]),
        }
