"""Stands in for Alibaba Cloud CLI: `aliyun PRODUCT OPERATION --Name value ...`, sent by the official SDK's generic client.

The endpoint and the keys come from the environment.
"""

import json
import os
import sys

import models
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions


def main(product, operation, *words):
    assert len(words) % 2 == 0, f"a parameter without a value: {words}"
    parameters = {}
    for name, value in zip(words[::2], words[1::2]):
        assert name.startswith("--"), f"{name}: not a parameter"
        assert name[2:] not in parameters, f"{name}: given twice"
        parameters[name[2:]] = value
    protocol, _, host = os.environ["ENDPOINT"].partition("://")
    config = Config(
        access_key_id=os.environ["ACCESS_KEY_ID"],
        access_key_secret=os.environ["ACCESS_KEY_SECRET"],
        endpoint=host,
        protocol=protocol,
    )
    call = Params(
        action=operation,
        version=models.version(product),
        protocol=protocol,
        method="POST",
        auth_type="AK",
        style="RPC",
        pathname="/",
        req_body_type="formData",
        body_type="json",
    )
    answer = Client(config).call_api(call, OpenApiRequest(query=parameters), RuntimeOptions())
    print(json.dumps(answer["body"]))


main(*sys.argv[1:])
