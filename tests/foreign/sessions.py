"""Assumes a role in each of several accounts: {endpoint, keys, roles: {account: arn}} to a list of keys."""

import json
import sys

from clients import Cloud

job = json.load(sys.stdin)
cloud = Cloud(job["endpoint"])
sts = cloud.account(job["keys"]).sts("us-east-1")
sessions = []
for account, arn in job["roles"].items():
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="foreign")["Credentials"]
    sessions.append(
        {
            "account": account,
            "access_key_id": answer["AccessKeyId"],
            "access_key_secret": answer["SecretAccessKey"],
            "session_token": answer["SessionToken"],
        }
    )
json.dump({"accounts": sessions, "wire": cloud.wire.report()}, sys.stdout)
