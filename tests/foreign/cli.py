"""The AWS CLI on a server: the steps that people follow to peer the networks of two accounts, typed as they type them.

The steps follow a written recipe. Where the recipe is wrong its own words are typed first and their outcome is checked, and
the correction follows.
"""

import json
import os
import shlex
import subprocess
import sys
import urllib.request

PATIENCE = 30  # looks at the cloud
TRUSTED = "arn:aws:iam::aws:policy/"

# The inline policy of the recipe: the resource type is wrong, and nothing in it creates or accepts a peering.
RECIPE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeVpcs",
                "ec2:DescribeRouteTables",
                "ec2:ModifyInstanceAttribute",
            ],
            "Resource": "arn:aws:ec2:*:*:route-table/*",
        }
    ],
}


class Refused(Exception):
    """The service says no."""


class Shell:
    """A person's terminal: keys and a region in the environment."""

    typed = 0

    def __init__(self, endpoint, region, keys):
        self.endpoint, self.region, self.keys = endpoint, region, keys

    def environment(self):
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.keys["SecretAccessKey"],
            # An answer is looked at, not repeated.
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
        }
        if "SessionToken" in self.keys:
            environment["AWS_SESSION_TOKEN"] = self.keys["SessionToken"]
        return environment

    def aws(self, line, **values):
        """Types `aws LINE`, with values in the place of {names}; the answer."""
        words = [word.format(**values) for word in shlex.split(line)]
        Shell.typed += 1
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *words, "--output", "json"],
            env=self.environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Refused(f"aws {' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def refused(self, code, line, **values):
        """Types a line that the service refuses."""
        try:
            answer = self.aws(line, **values)
        except Refused as refusal:
            assert f"({code})" in str(refusal), f"{refusal}: not {code}"
            return
        raise AssertionError(f"aws {line}: not refused with {code}: {answer}")

    def until(self, wanted, line, **values):
        """Types a line until its answer, which `--query` makes one text, is the wanted one."""
        for _ in range(PATIENCE):
            answer = self.aws(line, **values)
            if answer == wanted:
                return
        raise AssertionError(f"aws {line}: {answer}, and not {wanted}")

    def with_keys(self, keys):
        return Shell(self.endpoint, self.region, keys)

    def elsewhere(self, region):
        return Shell(self.endpoint, region, self.keys)


class Network:
    """What the first steps make in each account."""

    def __init__(self, shell, name, cidr, subnet, zone):
        self.shell, self.name, self.cidr = shell, name, cidr
        self.vpc = shell.aws("ec2 create-vpc --cidr-block {cidr}", cidr=cidr)["Vpc"]["VpcId"]
        shell.until(
            "available",
            "ec2 describe-vpcs --vpc-ids {vpc} --query Vpcs[0].State",
            vpc=self.vpc,
        )
        # The zone belongs to the region; the recipe mixes zones of two regions.
        made = shell.aws(
            "ec2 create-subnet --vpc-id {vpc} --cidr-block {cidr} --availability-zone {zone}",
            vpc=self.vpc,
            cidr=subnet,
            zone=zone,
        )
        self.subnet = made["Subnet"]["SubnetId"]
        shell.aws(
            "ec2 create-tags --resources {vpc} {subnet} --tags Key=Name,Value={name}",
            vpc=self.vpc,
            subnet=self.subnet,
            name=name,
        )
        made = shell.aws(
            "ec2 create-security-group --group-name {name}-sg --description 'for {name}' --vpc-id {vpc}",
            name=name,
            vpc=self.vpc,
        )
        self.group = made["GroupId"]

    def let_in(self, how, **values):
        self.shell.aws(
            f"ec2 authorize-security-group-ingress --group-id {{group}} {how}",
            group=self.group,
            **values,
        )

    def run(self):
        made = self.shell.aws(
            "ec2 run-instances --image-id ami-0123456789abcdef0 --instance-type t3.micro --count 1"
            " --subnet-id {subnet} --security-group-ids {group}",
            subnet=self.subnet,
            group=self.group,
        )
        self.instance = made["Instances"][0]["InstanceId"]
        self.address = made["Instances"][0]["PrivateIpAddress"]

    def wait_for_instance(self):
        self.shell.until(
            "running",
            "ec2 describe-instances --instance-ids {id}"
            " --query Reservations[0].Instances[0].State.Name",
            id=self.instance,
        )

    def table(self):
        found = self.shell.aws(
            "ec2 describe-route-tables --filters Name=vpc-id,Values={vpc}"
            " Name=association.main,Values=true",
            vpc=self.vpc,
        )
        return found["RouteTables"][0]["RouteTableId"]

    def route(self, other, peering):
        self.shell.aws(
            "ec2 create-route --route-table-id {table} --destination-cidr-block {cidr}"
            " --vpc-peering-connection-id {peering}",
            table=self.table(),
            cidr=other.cidr,
            peering=peering,
        )

    def end_instance(self):
        self.shell.aws("ec2 terminate-instances --instance-ids {id}", id=self.instance)
        self.shell.until(
            "terminated",
            "ec2 describe-instances --instance-ids {id}"
            " --query Reservations[0].Instances[0].State.Name",
            id=self.instance,
        )

    def delete(self):
        self.shell.aws("ec2 delete-security-group --group-id {id}", id=self.group)
        self.shell.aws("ec2 delete-subnet --subnet-id {id}", id=self.subnet)
        self.shell.aws("ec2 delete-vpc --vpc-id {id}", id=self.vpc)


def user(admin, account):
    """A user with the managed policies of the recipe; shells with its key and with a session of it."""
    admin.aws("iam create-user --user-name peering-user")
    key = admin.aws("iam create-access-key --user-name peering-user")["AccessKey"]
    person = admin.with_keys(key)

    # Without any permission: who one is, and a session, which needs none.
    who = person.aws("sts get-caller-identity")
    assert who["Arn"] == f"arn:aws:iam::{account}:user/peering-user", who
    person.aws("sts get-session-token --duration-seconds 129600")
    person.refused("UnauthorizedOperation", "ec2 describe-vpcs")

    admin.aws(
        "iam put-user-policy --user-name peering-user --policy-name VPCPeeringPolicy"
        " --policy-document '{document}'",
        document=json.dumps(RECIPE_POLICY),
    )
    # The recipe's own policy lets nobody do anything: describe calls have no resource, and nothing else is in it.
    person.refused("UnauthorizedOperation", "ec2 describe-vpcs")
    for name in ("AmazonVPCFullAccess", "AmazonEC2FullAccess", "AmazonRoute53FullAccess"):
        admin.aws(
            "iam attach-user-policy --user-name peering-user --policy-arn {arn}",
            arn=TRUSTED + name,
        )
    listed = admin.aws("iam list-attached-user-policies --user-name peering-user")
    assert len(listed["AttachedPolicies"]) == 3, listed
    person.aws("ec2 describe-vpcs")

    # The recipe asks for a session with a second factor, but leaves out the code that the device shows.
    serial = f"arn:aws:iam::{account}:mfa/peering-user"
    person.refused(
        "AccessDenied",
        "sts get-session-token --duration-seconds 129600 --serial-number {serial}",
        serial=serial,
    )
    session = person.aws(
        "sts get-session-token --duration-seconds 129600 --serial-number {serial} --token-code 123456",
        serial=serial,
    )
    keys = session["Credentials"]
    # The key of a session starts with ASIA; the recipe shows one with AKIA.
    assert keys["AccessKeyId"].startswith("ASIA"), keys["AccessKeyId"]
    return person.with_keys(keys), key


def no_user(admin, key):
    for name in ("AmazonVPCFullAccess", "AmazonEC2FullAccess", "AmazonRoute53FullAccess"):
        admin.aws(
            "iam detach-user-policy --user-name peering-user --policy-arn {arn}",
            arn=TRUSTED + name,
        )
    admin.aws(
        "iam delete-user-policy --user-name peering-user --policy-name VPCPeeringPolicy"
    )
    admin.aws(
        "iam delete-access-key --user-name peering-user --access-key-id {id}",
        id=key["AccessKeyId"],
    )
    admin.aws("iam delete-user --user-name peering-user")


def firewall(one, two):
    """The rules of the recipe, and the one that it leaves out."""
    for network in (one, two):
        network.let_in("--protocol tcp --port 22 --cidr 0.0.0.0/0")
        network.let_in("--protocol tcp --port 80 --cidr 0.0.0.0/0")
        network.let_in("--protocol all --source-group {own}", own=network.group)
    # A group of another region cannot be named; the recipe does. A range of the other network does it.
    one.shell.refused(
        "InvalidGroup.NotFound",
        "ec2 authorize-security-group-ingress --group-id {group} --protocol all --source-group {other}",
        group=one.group,
        other=two.group,
    )
    # Nobody answers to ping without a rule for ICMP.
    for network, other in ((one, two), (two, one)):
        network.let_in("--protocol icmp --port -1 --cidr {cidr}", cidr=other.cidr)


def peer(one, two, owner):
    # The recipe says that both networks must be in one region; without the region the request finds no such network.
    request = (
        "ec2 create-vpc-peering-connection --vpc-id {one} --peer-vpc-id {two} --peer-owner-id {owner}"
    )
    ids = {"one": one.vpc, "two": two.vpc, "owner": owner}
    status = "ec2 describe-vpc-peering-connections --vpc-peering-connection-ids {id}" + (
        " --query VpcPeeringConnections[0].Status.Code"
    )
    lost = one.shell.aws(request, **ids)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    until_visible(one.shell, "failed", status, id=lost)
    made = one.shell.aws(f"{request} --peer-region {{region}}", region=two.shell.region, **ids)
    id = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    until_visible(two.shell, "pending-acceptance", status, id=id)
    one.shell.refused(
        "OperationNotPermitted",
        "ec2 accept-vpc-peering-connection --vpc-peering-connection-id {id}",
        id=id,
    )
    two.shell.aws("ec2 accept-vpc-peering-connection --vpc-peering-connection-id {id}", id=id)
    for network in (one, two):
        network.shell.until("active", status, id=id)
    return id


def until_visible(shell, wanted, line, **values):
    """A fresh peering is not found for a moment."""
    for left in range(PATIENCE, 0, -1):
        try:
            return shell.until(wanted, line, **values)
        except Refused as refusal:
            if left == 1 or "NotFound" not in str(refusal):
                raise


def reaches(one, two):
    query = f"source={one.instance}&destination={two.address}&protocol=icmp"
    with urllib.request.urlopen(f"{one.shell.endpoint}/_sim/packet?{query}") as answer:
        return json.load(answer)["verdict"] == "delivered"


def main():
    job = json.load(sys.stdin)
    a, b = job["accounts"]
    key = lambda keys: {
        "AccessKeyId": keys["access_key_id"],
        "SecretAccessKey": keys["access_key_secret"],
    }
    # A region for everything, IAM included.
    admin = Shell(job["endpoint"], "eu-west-1", key(a))
    person, access_key = user(admin, a["account"])
    one = Network(person.elsewhere("us-east-1"), "one", "10.0.0.0/16", "10.0.1.0/24", "us-east-1c")
    owner = Shell(job["endpoint"], "ap-northeast-1", key(b))
    two = Network(owner, "two", "10.1.0.0/16", "10.1.1.0/24", "ap-northeast-1a")
    firewall(one, two)
    for network in (one, two):
        network.run()
    peering = peer(one, two, b["account"])
    for network in (one, two):
        network.wait_for_instance()
    # Here the recipe ends, and no packet flows: nobody has a route yet.
    assert not reaches(one, two)
    one.route(two, peering)
    two.route(one, peering)
    assert reaches(one, two) and reaches(two, one)

    person.elsewhere("us-east-1").aws(
        "ec2 delete-vpc-peering-connection --vpc-peering-connection-id {id}", id=peering
    )
    assert not reaches(one, two)
    for network in (one, two):
        network.end_instance()
        network.delete()
    no_user(admin, access_key)
    json.dump({"typed": Shell.typed}, sys.stdout)


if __name__ == "__main__":
    main()
