"""A role of one account is made for another, which may then do what the role's policy says, and nothing else."""

import json

from clients import Account, Refused
from steps import main, patiently, refused, same, until

REGION = "cn-hangzhou"
ROLE, POLICY = "Peer-Role", "peer-reads"
READS = [{"Effect": "Allow", "Action": ["vpc:Describe*"], "Resource": "*"}]
# Changes of roles and policies are known everywhere only after a while.
LATE = ("NoPermission", "EntityNotExist.Role", "Forbidden.RAM")


def scenario(control, a, b):
    ram = lambda action, **parameters: b.call("ram", action, **parameters)
    same("AccountAlias" in ram("GetAccountAlias"), True)
    made = role(ram, a, b)
    policy(ram)
    attached = {"PolicyType": "Custom", "PolicyName": POLICY, "RoleName": ROLE}
    ram("AttachPolicyToRole", **attached)
    refused("EntityAlreadyExists.Role.Policy", lambda: ram("AttachPolicyToRole", **attached))
    seen = ram("ListPoliciesForRole", RoleName=ROLE)["Policies"]["Policy"]
    same([(one["PolicyName"], one["PolicyType"]) for one in seen], [(POLICY, "Custom")])

    session = assumed(a, b, made)
    reads_only(session)
    more_rights(ram, session)
    stranger(a, made)
    by_identity_provider(control, ram, b)
    removed(ram, attached, session)


def document(statements):
    return json.dumps({"Version": "1", "Statement": statements})


def trusting(**principal):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return document([statement])


def role(ram, a, b):
    trust = trusting(RAM=[f"acs:ram::{a.id}:root"])
    create = lambda: ram(
        "CreateRole",
        RoleName=ROLE,
        AssumeRolePolicyDocument=trust,
        Description="made by the SDK",
        MaxSessionDuration=7200,
        Tag=[{"Key": "Name", "Value": "角色"}],
    )["Role"]
    made = create()
    same(made["Arn"].lower(), f"acs:ram::{b.id}:role/{ROLE}".lower())
    refused("EntityAlreadyExists.Role", create)
    seen = patiently(lambda: ram("GetRole", RoleName=ROLE), *LATE)["Role"]
    same(json.loads(seen["AssumeRolePolicyDocument"]), json.loads(trust))
    ram("UpdateRole", RoleName=ROLE, NewDescription="changed by the SDK")
    listed = ram("ListRoles", MaxItems=10)["Roles"]["Role"]
    same([(one["RoleName"], one["Description"]) for one in listed], [(ROLE, "changed by the SDK")])
    refused("EntityNotExist.Role", lambda: ram("GetRole", RoleName="nobody"))
    return made


def policy(ram):
    create = lambda: ram("CreatePolicy", PolicyName=POLICY, PolicyDocument=document(READS))
    made = create()["Policy"]
    same((made["PolicyName"], made["PolicyType"], made["DefaultVersion"]), (POLICY, "Custom", "v1"))
    refused("EntityAlreadyExists.Policy", create)
    seen = ram("GetPolicy", PolicyName=POLICY, PolicyType="Custom")
    same(json.loads(seen["DefaultPolicyVersion"]["PolicyDocument"])["Statement"], READS)
    listed = ram("ListPolicies", PolicyType="Custom")["Policies"]["Policy"]
    same([one["PolicyName"] for one in listed], [POLICY])
    system = ram("ListPolicies", PolicyType="System", MaxItems=1)
    same(system["IsTruncated"], True)


def assumed(a, b, made):
    """A session of the role, opened by the other account."""
    assume = lambda: a.call(
        "sts",
        "AssumeRole",
        RoleArn=f"acs:ram::{b.id}:role/{ROLE}",
        RoleSessionName="visit",
        DurationSeconds=3600,
    )
    answer = patiently(assume, *LATE)
    same(answer["AssumedRoleUser"]["AssumedRoleId"], f"{made['RoleId']}:visit")
    session = opened(b, answer)
    caller = session.call("sts", "GetCallerIdentity")
    same(
        (caller["AccountId"], caller["IdentityType"], caller["RoleId"]),
        (b.id, "AssumedRoleUser", made["RoleId"]),
    )
    return session


def opened(account, answer):
    keys = answer["Credentials"]
    return Account(
        account.endpoint,
        {
            "account": account.id,
            "access_key_id": keys["AccessKeyId"],
            "access_key_secret": keys["AccessKeySecret"],
            "security_token": keys["SecurityToken"],
        },
    )


def look(session):
    return session.call("vpc", "DescribeVpcs", RegionId=REGION)


def write(session):
    return session.call("vpc", "CreateVpc", RegionId=REGION, CidrBlock="10.0.0.0/16")


def reads_only(session):
    patiently(lambda: look(session), *LATE)
    refused("Forbidden.RAM", lambda: write(session))
    refused("Unauthorized", lambda: session.call("cbn", "CreateCen", Name="no"))
    refused("NoPermission", lambda: session.call("ram", "GetRole", RoleName=ROLE))


def more_rights(ram, session):
    """The policy's next version, and back."""
    rights = [
        *READS,
        {"Effect": "Allow", "Action": ["vpc:CreateVpc", "vpc:DeleteVpc"], "Resource": "*"},
    ]
    made = ram(
        "CreatePolicyVersion", PolicyName=POLICY, PolicyDocument=document(rights), SetAsDefault=True
    )["PolicyVersion"]
    same((made["VersionId"], made["IsDefaultVersion"]), ("v2", True))
    network = patiently(lambda: write(session), *LATE)["VpcId"]
    listed = ram("ListPolicyVersions", PolicyName=POLICY, PolicyType="Custom")
    same(
        sorted(one["VersionId"] for one in listed["PolicyVersions"]["PolicyVersion"]), ["v1", "v2"]
    )
    remove = lambda: session.call("vpc", "DeleteVpc", RegionId=REGION, VpcId=network)
    patiently(remove)
    until(lambda: look(session)["Vpcs"]["Vpc"], lambda left: not left, f"no {network}")
    ram("DeletePolicyVersion", PolicyName=POLICY, VersionId="v1")


def stranger(a, made):
    """The role is asked for by its name in the wrong account, and for too long."""
    assume = lambda arn, **more: a.call(
        "sts", "AssumeRole", RoleArn=arn, RoleSessionName="visit", **more
    )
    refused("EntityNotExist.Role", lambda: assume(f"acs:ram::{a.id}:role/{ROLE}"))
    refused("InvalidParameter.DurationSeconds", lambda: assume(made["Arn"], DurationSeconds=60))


def by_identity_provider(control, ram, b):
    """A role that trusts an identity provider is assumed without any key."""
    provider = f"acs:ram::{b.id}:oidc-provider/ci"
    control.post("oidc-providers", account=b.id, name="ci", accepted_token="a-token-of-ci")
    ram("CreateRole", RoleName="ci", AssumeRolePolicyDocument=trusting(Federated=[provider]))
    assume = lambda: b.call(
        "sts",
        "AssumeRoleWithOIDC",
        OIDCProviderArn=provider,
        OIDCToken="a-token-of-ci",
        RoleArn=f"acs:ram::{b.id}:role/ci",
        RoleSessionName="build",
    )
    session = opened(b, patiently(assume, *LATE))
    same(session.call("sts", "GetCallerIdentity")["AccountId"], b.id)
    ram("DeleteRole", RoleName="ci")


def removed(ram, attached, session):
    refused("DeleteConflict.Role.Policy", lambda: ram("DeleteRole", RoleName=ROLE))
    refused("DeleteConflict.Role.Policy", lambda: ram("DeletePolicy", PolicyName=POLICY))
    ram("DetachPolicyFromRole", **attached)
    refused("EntityNotExist.Role.Policy", lambda: ram("DetachPolicyFromRole", **attached))
    denied = until(lambda: outcome(session), lambda code: code is not None, "rights end")
    same(denied, "Forbidden.RAM")
    ram("DeletePolicy", PolicyName=POLICY)
    ram("DeleteRole", RoleName=ROLE)
    refused("EntityNotExist.Policy", lambda: ram("DeletePolicy", PolicyName=POLICY))
    refused("EntityNotExist.Role", lambda: ram("DeleteRole", RoleName=ROLE))


def outcome(session):
    try:
        look(session)
    except Refused as refusal:
        return refusal.code
    return None


if __name__ == "__main__":
    main(scenario)
