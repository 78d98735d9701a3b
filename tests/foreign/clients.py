"""boto3 clients of several accounts, all speaking to one server whose answers are checked against the service model."""

import boto3
import botocore.config

from wire import Wire


class Cloud:
    """One server."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.wire = Wire()

    def account(self, keys):
        """An account by its keys: {account, access_key_id, access_key_secret, session_token?}."""
        return Account(self, keys)


class Account:
    def __init__(self, cloud, keys):
        self.cloud = cloud
        self.id = keys["account"]
        self.session = boto3.session.Session(
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["access_key_secret"],
            aws_session_token=keys.get("session_token"),
        )

    def client(self, service, region):
        config = botocore.config.Config(
            connect_timeout=10,
            read_timeout=30,
            # An answer is looked at, not repeated.
            retries={"mode": "standard", "total_max_attempts": 1},
        )
        client = self.session.client(
            service, region_name=region, endpoint_url=self.cloud.endpoint, config=config
        )
        client.meta.events.register("before-parse.*", self.cloud.wire.check)
        return client

    def ec2(self, region):
        return self.client("ec2", region)

    def sts(self, region):
        return self.client("sts", region)
