#!/usr/bin/env python3
"""What the official Python SDK of Alibaba Cloud needs to make one call ready to send: serialise its parameters, hash, sign. For
comparison with `cargo bench -p landbridge-aliyun --bench sign`, which signs the same five parameters.

    python3 benches/compare/sign_sdk.py
"""

import os
import statistics
import sys
import time

from environment import environment

PARAMETERS = {
    "RegionId": "cn-hangzhou",
    "PageNumber": "1",
    "PageSize": "50",
    "Tag.1.Key": "landbridge:topology",
    "Tag.1.Value": "cen-two-accounts",
}
CALLS = 2000
RUNS = 9


class Ready(BaseException):
    """The request would be sent now."""


def measure():
    from alibabacloud_tea_openapi import client as sdk
    from alibabacloud_tea_openapi.client import Client
    from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params

    try:
        from darabonba.runtime import RuntimeOptions
    except ImportError:
        from alibabacloud_tea_util.models import RuntimeOptions

    def send(*_):
        raise Ready

    sdk.DaraCore.do_action = staticmethod(send)
    config = Config(access_key_id="id", access_key_secret="secret", endpoint="127.0.0.1", protocol="http")
    client = Client(config)
    params = Params(
        action="DescribeVpcs",
        version="2016-04-28",
        protocol="HTTP",
        method="POST",
        auth_type="AK",
        style="RPC",
        pathname="/",
        req_body_type="formData",
        body_type="json",
    )
    runtime = RuntimeOptions()

    def call():
        try:
            client.do_request(params, OpenApiRequest(body=dict(PARAMETERS)), runtime)
        except Ready:
            return
        raise SystemExit("the SDK ended before it would have sent anything")

    call()
    runs = []
    for _ in range(RUNS):
        began = time.process_time()
        for _ in range(CALLS):
            call()
        runs.append((time.process_time() - began) / CALLS * 1e6)
    print(
        f"{min(runs):.1f} µs of processor time for a call, the least of {RUNS} runs of {CALLS}"
        f" (median {statistics.median(runs):.1f}, most {max(runs):.1f})"
    )


if __name__ == "__main__":
    if os.environ.get("LANDBRIDGE_MEASURE") == "1":
        measure()
    else:
        python = environment("tests/foreign/aliyun/requirements.txt")
        os.execve(python, [str(python), *sys.argv], {**os.environ, "LANDBRIDGE_MEASURE": "1"})
