"""The fields of answers that matter to a client, by their shortest names."""


def vpc(answer):
    one = answer["Vpc"] if "Vpc" in answer else answer["Vpcs"][0]
    blocks = one.get("CidrBlockAssociationSet", [])
    return {
        "id": one["VpcId"],
        "cidr": one["CidrBlock"],
        "state": one["State"],
        "owner": one["OwnerId"],
        "default": one["IsDefault"],
        "tenancy": one["InstanceTenancy"],
        "options": "DhcpOptionsId" in one,
        "blocks": [[block["CidrBlock"], block["CidrBlockState"]["State"]] for block in blocks],
        "tags": tags(one),
    }


def subnet(answer):
    one = answer["Subnet"] if "Subnet" in answer else answer["Subnets"][0]
    return {
        "id": one["SubnetId"],
        "vpc": one["VpcId"],
        "cidr": one["CidrBlock"],
        "state": one["State"],
        "owner": one["OwnerId"],
        "addresses": one["AvailableIpAddressCount"],
        "zone": one["AvailabilityZone"],
        "zone id": "AvailabilityZoneId" in one,
        "public": one["MapPublicIpOnLaunch"],
        "arn": one["SubnetArn"].rpartition("/")[0],
        "tags": tags(one),
    }


def peering(answer):
    if "VpcPeeringConnection" in answer:
        one = answer["VpcPeeringConnection"]
    else:
        one = answer["VpcPeeringConnections"][0]
    return {
        "id": one["VpcPeeringConnectionId"],
        "status": one["Status"]["Code"],
        "explained": bool(one["Status"].get("Message")),
        "requester": side(one["RequesterVpcInfo"]),
        "accepter": side(one["AccepterVpcInfo"]),
    }


def side(info):
    return {key: info.get(key) for key in ("OwnerId", "VpcId", "Region", "CidrBlock")}


def status(answer):
    peerings = answer.get("VpcPeeringConnections", [])
    return {"status": peerings[0]["Status"]["Code"] if peerings else None}


def routes(answer):
    """Routes as [destination, target, state, origin] and associations as [main, subnet]."""
    table = answer["RouteTables"][0]
    return {
        "id": table["RouteTableId"],
        "vpc": table["VpcId"],
        "owner": table["OwnerId"],
        "routes": sorted([route_(route) for route in table["Routes"]], key=str),
        "associations": [[a["Main"], a.get("SubnetId")] for a in table["Associations"]],
    }


def route_(route):
    target = route.get("GatewayId") or route.get("VpcPeeringConnectionId")
    return [route["DestinationCidrBlock"], target, route["State"], route["Origin"]]


def group(answer):
    one = answer["SecurityGroups"][0]
    return {
        "id": one["GroupId"],
        "vpc": one["VpcId"],
        "owner": one["OwnerId"],
        "name": one["GroupName"],
        "description": one["Description"],
        "ingress": sorted([permission(p) for p in one["IpPermissions"]], key=str),
        "egress": sorted([permission(p) for p in one["IpPermissionsEgress"]], key=str),
    }


def permission(one):
    ranges = [block["CidrIp"] for block in one["IpRanges"]]
    return [one["IpProtocol"], one.get("FromPort"), one.get("ToPort"), ranges]


def rules(answer):
    """Rules of a group as [egress, protocol, from, to, source]."""
    return {"rules": sorted([rule(one) for one in answer["SecurityGroupRules"]], key=str)}


def rule(one):
    ends = one.get("FromPort"), one.get("ToPort")
    source = one.get("CidrIpv4") or one.get("ReferencedGroupInfo", {}).get("GroupId")
    return [one["IsEgress"], one["IpProtocol"], *ends, source]


def tags(one):
    return {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}


def done(answer):
    return {"return": answer["Return"]} if "Return" in answer else {}
