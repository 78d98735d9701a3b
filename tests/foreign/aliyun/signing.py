"""The official SDK's own signatures of requests that it is told to make.

{cases: [{method, action, version, query, body, headers, key_id, secret, token, host, date, nonce}]} to what the SDK would
have sent, by its whole way from parameters to headers; nothing leaves. With an `endpoint` it really sends, with the date
and the nonce of its own, and the answer to a request is the code it was refused with, if it was.
"""

import json
import logging
import sys

from alibabacloud_tea_openapi import utils
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from darabonba.core import DaraCore
from darabonba.runtime import RuntimeOptions

ALGORITHM = "ACS3-HMAC-SHA256"
SIGNED = ("host", "content-type")


def make(case, host):
    """Lets the SDK make the request of a case."""
    config = Config(
        access_key_id=case["key_id"],
        access_key_secret=case["secret"],
        security_token=case["token"],
        endpoint=host,
        protocol="http",
        read_timeout=120_000,
    )
    request = OpenApiRequest(
        query=utils.Utils.query(case["query"]), body=case["body"], headers=case["headers"]
    )
    params = Params(
        action=case["action"],
        version=case["version"],
        protocol="HTTP",
        pathname="/",
        method=case["method"],
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    return Client(config).call_api(params, request, RuntimeOptions())


def capture(case):
    caught = []

    def do_action(request, runtime=None):
        caught.append(request)
        raise InterruptedError

    DaraCore.do_action = staticmethod(do_action)
    utils.Utils.get_timestamp = staticmethod(lambda: case["date"])
    utils.Utils.get_nonce = staticmethod(lambda: case["nonce"])
    try:
        make(case, case["host"])
    except Exception:
        # The SDK wraps what stops it.
        if not caught:
            raise
    request = caught[0]
    authorization = request.headers.pop("Authorization")
    payload = request.headers["x-acs-content-sha256"]
    canonical, names = utils.get_canonicalized_headers(request.headers)
    body = request.body.decode() if isinstance(request.body, bytes) else request.body
    answer = {
        "query": utils.get_canonical_query_string(request.query),
        "headers": list(map(list, request.headers.items())),
        "canonical_headers": canonical,
        "signed_headers": names,
        "body": body or "",
        "authorization": authorization,
    }
    # The same for the headers that no proxy touches.
    request.headers = {
        name: value
        for name, value in request.headers.items()
        if name.lower() in SIGNED or name.lower().startswith("x-acs-")
    }
    sign = utils.Utils.get_authorization
    answer["lasting"] = sign(request, ALGORITHM, payload, case["key_id"], case["secret"])
    return answer


def send(case, endpoint):
    try:
        make(case, endpoint.partition("://")[2])
    except Exception as error:
        return getattr(error, "code", None) or repr(error)
    return None


def main():
    logging.getLogger("darabonba-core").setLevel(logging.ERROR)
    job = json.load(sys.stdin)
    endpoint = job.get("endpoint")
    answers = [send(case, endpoint) if endpoint else capture(case) for case in job["cases"]]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
