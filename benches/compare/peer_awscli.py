"""The pair with the AWS CLI, one process a call: `peer_awscli.py ENDPOINT`. The visitor's keys are in the environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

from worlds import Job, role

ENDPOINT = sys.argv[1]
AWS = Path(sys.executable).parent / "aws"


class Side:
    """One network of the pair, and its owner."""

    def __init__(self, account, region, cidr, subnets):
        self.account, self.region, self.cidr = account, region, cidr
        keys = call(
            ("VISITOR_ACCESS_KEY_ID", "VISITOR_ACCESS_KEY_SECRET"),
            "sts", region, "assume-role", "--role-arn", role(account), "--role-session-name", "compare",
        )["Credentials"]
        self.keys = {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }
        self.vpc = self.ec2("create-vpc", "--cidr-block", cidr)["Vpc"]["VpcId"]
        for zone, part in subnets.items():
            self.ec2("create-subnet", "--vpc-id", self.vpc, "--cidr-block", part, "--availability-zone", zone)
        self.ec2("modify-vpc-attribute", "--vpc-id", self.vpc, "--enable-dns-hostnames")

    def ec2(self, *arguments):
        return run(self.keys, "ec2", self.region, *arguments)

    def permit(self, peer):
        make = ("create-security-group", "--group-name", "members-only", "--description", "members")
        group = self.ec2(*make, "--vpc-id", self.vpc)["GroupId"]
        rules = [
            {"IpProtocol": protocol, "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": peer}]}
            for protocol, port in (("icmp", -1), ("tcp", 22), ("tcp", 80))
        ]
        allow = ("authorize-security-group-ingress", "--group-id", group)
        self.ec2(*allow, "--ip-permissions", json.dumps(rules))

    def wait(self, peering, wanted):
        look = ("describe-vpc-peering-connections", "--vpc-peering-connection-ids", peering)
        while self.ec2(*look)["VpcPeeringConnections"][0]["Status"]["Code"] != wanted:
            pass

    def route(self, peer, peering):
        filters = json.dumps([{"Name": "vpc-id", "Values": [self.vpc]}])
        table = self.ec2("describe-route-tables", "--filters", filters)["RouteTables"][0]["RouteTableId"]
        to = ("--destination-cidr-block", peer, "--vpc-peering-connection-id", peering)
        self.ec2("create-route", "--route-table-id", table, *to)

    def resolve(self, peering, side):
        wish = (f"--{side}-peering-connection-options", "AllowDnsResolutionFromRemoteVpc=true")
        self.ec2("modify-vpc-peering-connection-options", "--vpc-peering-connection-id", peering, *wish)


def call(names, *arguments):
    keys = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), map(os.environ.get, names)))
    return run(keys, *arguments)


def run(keys, service, region, *arguments):
    command = [AWS, service, "--region", region, "--endpoint-url", ENDPOINT, "--output", "json", *arguments]
    done = subprocess.run(command, env={**os.environ, "AWS_PAGER": "", **keys}, check=True, capture_output=True)
    return json.loads(done.stdout or "{}")


app, data = (Side(*network) for network in Job("pair").networks)
app.permit(data.cidr)
data.permit(app.cidr)
request = ("--vpc-id", app.vpc, "--peer-vpc-id", data.vpc, "--peer-owner-id", data.account, "--peer-region", data.region)
made = app.ec2("create-vpc-peering-connection", *request)
peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
data.wait(peering, "pending-acceptance")
data.ec2("accept-vpc-peering-connection", "--vpc-peering-connection-id", peering)
app.wait(peering, "active")
app.resolve(peering, "requester")
data.resolve(peering, "accepter")
app.route(data.cidr, peering)
data.route(app.cidr, peering)
