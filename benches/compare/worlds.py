"""The networks that every tool makes, as topology files and as configurations of Terraform.

`cen` is examples/topologies/cen-two-accounts.yaml, and has no other form.
`pair` is examples/topologies/aws-peering-two-accounts.yaml. `meshNx2` peers N networks of two accounts, one region each,
with a subnet; `meshNx9` peers N networks of three accounts in three regions, without subnets.
"""

import itertools
import json

from environment import BENCH, ROOT

VISITOR = "123456789012"
ROLE = "peer"
ACCOUNTS = ["111122223333", "444455556666", "777788889999"]
REGIONS = ["us-east-1", "eu-central-1", "ap-northeast-1"]
PAIR = [
    (ACCOUNTS[0], REGIONS[0], "10.10.0.0/16", {"us-east-1a": "10.10.1.0/24", "us-east-1b": "10.10.2.0/24"}),
    (ACCOUNTS[1], REGIONS[1], "10.20.0.0/16", {"eu-central-1a": "10.20.1.0/24"}),
]


class Job:
    """A world by its name."""

    def __init__(self, name):
        self.name, self.cloud = name, "aws"
        self.file = BENCH / f"{name}.yaml"
        self.throttled = name.startswith("mesh20")
        if name == "cen":
            self.cloud, self.file = "aliyun", ROOT / "examples/topologies/cen-two-accounts.yaml"
            return
        if name == "pair":
            self.networks = PAIR
            self.names = True
        else:
            count, places = map(int, name.removeprefix("mesh").split("x"))
            self.networks = [node(number, places) for number in range(count)]
            self.names = False
        self.pairs = list(itertools.combinations(range(len(self.networks)), 2))
        self.accounts = sorted({account for account, *_ in self.networks})

    def topology(self):
        """For Landbridge: a visitor, whose keys are in the environment, assumes a role in each account."""
        if self.name == "pair":
            text = (ROOT / "examples/topologies/aws-peering-two-accounts.yaml").read_text()
            # Instances have no counterpart in the other programs, and moto has no agents.
            text = text[: text.index("\n# One small instance in each VPC")]
            for name, account in zip(("requester", "accepter"), ACCOUNTS):
                known = f"credentials: {{ profile: {name} }}"
                assert known in text, "the example names its profiles"
                text = text.replace(known, f"credentials: {json.dumps(by_role(account))}")
            return text.replace("accounts:\n", f"accounts:\n  - {json.dumps(visitor())}\n", 1)
        networks = [
            {
                "name": f"v{number:02}",
                "account": f"a{account}",
                "region": region,
                "range": cidr,
                "subnets": [{"name": "s", "zone": zone, "range": part} for zone, part in subnets.items()],
            }
            for number, (account, region, cidr, subnets) in enumerate(self.networks)
        ]
        members = [network["name"] for network in networks]
        return json.dumps(
            {
                "name": self.name,
                "accounts": [
                    visitor(),
                    *({"name": f"a{id}", "cloud": "aws", "id": id, "credentials": by_role(id)} for id in self.accounts),
                ],
                "networks": networks,
                "interconnects": [
                    {"name": "all", "owner": networks[0]["account"], "model": "mesh", "members": members}
                ],
            }
        )

    def terraform(self, key, endpoint):
        """For Terraform: one provider for each account and region."""
        resources = {}

        def put(kind, label, place, **arguments):
            resources.setdefault(kind, {})[label] = {"provider": f"aws.{alias(*place)}", **arguments}

        for number, (account, region, cidr, subnets) in enumerate(self.networks):
            place = (account, region)
            put("aws_vpc", f"v{number}", place, cidr_block=cidr, enable_dns_hostnames=self.names, tags={"Name": f"v{number}"})
            for zone, part in subnets.items():
                vpc = f"${{aws_vpc.v{number}.id}}"
                put("aws_subnet", f"v{number}_{zone}", place, vpc_id=vpc, cidr_block=part, availability_zone=zone)
            if self.names:
                put("aws_security_group", f"v{number}", place, **group(number, self.networks[1 - number][2]))
        for left, right in self.pairs:
            peering(put, self.networks, left, right, self.names)
        providers = [
            {
                "alias": alias(account, region),
                "region": region,
                "access_key": key[0],
                "secret_key": key[1],
                "assume_role": [{"role_arn": role(account), "session_name": "compare"}],
                "skip_metadata_api_check": True,
                "skip_credentials_validation": True,
                "endpoints": [{"ec2": endpoint, "sts": endpoint, "iam": endpoint}],
            }
            for account, region in sorted({network[:2] for network in self.networks})
        ]
        required = {"aws": {"source": "hashicorp/aws", "version": ">= 5.0"}}
        return json.dumps(
            {"terraform": {"required_providers": required}, "provider": {"aws": providers}, "resource": resources}
        )


def visitor():
    return {"name": "visitor", "cloud": "aws", "id": VISITOR, "credentials": {"env": "VISITOR"}}


def role(account):
    return f"arn:aws:iam::{account}:role/{ROLE}"


def by_role(account):
    return {"assume-role": {"from": "visitor", "role": role(account)}}


def node(number, places):
    subnets = {}
    if places == 2:
        account, region = ACCOUNTS[number % 2], REGIONS[number % 2]
        subnets = {f"{region}a": f"10.{number}.1.0/24"}
    else:
        account, region = ACCOUNTS[number % 9 // 3], REGIONS[number % 3]
    return account, region, f"10.{number}.0.0/16", subnets


def alias(account, region):
    return f"p{account}_{region.replace('-', '_')}"


def group(number, peer):
    def rule(protocol, port):
        absent = {"ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": False, "description": ""}
        return {"protocol": protocol, "from_port": port, "to_port": port, "cidr_blocks": [peer], **absent}

    return {
        "name": "members-only",
        "description": "members only",
        "vpc_id": f"${{aws_vpc.v{number}.id}}",
        "ingress": [rule("icmp", -1), rule("tcp", 22), rule("tcp", 80)],
    }


def peering(put, networks, left, right, names):
    name = f"p{left}_{right}"
    (owner, here, *_), (peer, there, *_) = networks[left], networks[right]
    at, to = (owner, here), (peer, there)
    ends = {"vpc_id": f"${{aws_vpc.v{left}.id}}", "peer_vpc_id": f"${{aws_vpc.v{right}.id}}", "peer_owner_id": peer}
    if here != there:
        ends["peer_region"] = there
    if at == to:
        put("aws_vpc_peering_connection", name, at, **ends, auto_accept=True)
        joined = f"${{aws_vpc_peering_connection.{name}.id}}"
    else:
        put("aws_vpc_peering_connection", name, at, **ends)
        request = f"${{aws_vpc_peering_connection.{name}.id}}"
        put("aws_vpc_peering_connection_accepter", name, to, vpc_peering_connection_id=request, auto_accept=True)
        joined = f"${{aws_vpc_peering_connection_accepter.{name}.id}}"
    for near, far, place in ((left, right, at), (right, left, to)):
        table = f"${{aws_vpc.v{near}.main_route_table_id}}"
        route = {"route_table_id": table, "destination_cidr_block": networks[far][2], "vpc_peering_connection_id": joined}
        put("aws_route", f"r{near}_{far}", place, **route)
    if names:
        resolve = [{"allow_remote_vpc_dns_resolution": True}]
        for side, place in (("requester", at), ("accepter", to)):
            options = {"vpc_peering_connection_id": joined, side: resolve}
            put("aws_vpc_peering_connection_options", f"{name}_{side}", place, **options)
