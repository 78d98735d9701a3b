"""The official SDK's clients of several accounts, all speaking to one server."""

import json
import urllib.request

import models
from alibabacloud_tea_openapi.models import Config


class Refused(Exception):
    """The cloud says no."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


class Account:
    """An account by its keys: {account, access_key_id, access_key_secret, security_token?}."""

    def __init__(self, endpoint, keys):
        self.id = keys["account"]
        self.endpoint = endpoint
        self.keys = keys
        self.clients = {}

    def client(self, product):
        if product not in self.clients:
            protocol, _, host = self.endpoint.partition("://")
            config = Config(
                access_key_id=self.keys["access_key_id"],
                access_key_secret=self.keys["access_key_secret"],
                security_token=self.keys.get("security_token"),
                endpoint=host,
                protocol=protocol,
                read_timeout=120_000,
            )
            self.clients[product] = models.client(product)(config)
        return self.clients[product]

    def call(self, product, action, **parameters):
        """One call by the client's own method with its own request model; the answer as its own model reads it.

        Raises `Refused`, also for the refusals that one product sends inside of good answers.
        """
        call = getattr(self.client(product), models.method(product, action))
        request = models.model(product, f"{action}Request")
        try:
            answer = call(filled(request, parameters)) if request else call()
        except Exception as error:
            code = getattr(error, "code", None)
            if not isinstance(code, str) or not hasattr(error, "message"):
                raise
            raise Refused(code, error.message) from None
        body = answer.body.to_map()
        if body.get("Success") is False:
            raise Refused(body["Code"], body.get("Message"))
        return body


def filled(request, parameters):
    """A request from names on the wire; unknown ones are a mistake here, which the SDK would drop."""
    unknown = set(parameters) - set(models.fields(request))
    assert not unknown, f"{request.__name__} has no {unknown}"
    filled = request()
    filled.from_map(parameters)
    return filled


class Control:
    """What the cloud's own staff does: the simulator's control interface."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def post(self, what, **body):
        url = f"{self.endpoint}/_sim/{what}"
        request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
