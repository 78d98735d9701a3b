"""Looks at raw answers below the SDK, because its models drop what they do not know."""

import json

import models
from darabonba.core import DaraCore

FAILURE = {"Code", "HostId", "Message", "RequestId"}
FAILURE_MAY = {"AccessDeniedDetail", "Recommend"}
READABLE = {
    "str": str,
    "int": int,
    "bool": bool,
    "float": (int, float),
    "list": list,
    "map": dict,
    "model": dict,
}


class Wire:
    """Every answer since the start, compared with the models."""

    def __init__(self):
        self.problems = set()
        self.calls = {}
        self.fields = set()
        send = DaraCore.do_action

        def do_action(request, runtime=None):
            response = send(request, runtime)
            self.look(request.headers, response)
            return response

        DaraCore.do_action = staticmethod(do_action)

    def look(self, headers, response):
        product = models.product_of(headers["x-acs-version"])
        action = headers["x-acs-action"]
        operation = f"{product} {action}"
        self.calls[operation] = self.calls.get(operation, 0) + 1
        answer = json.loads(response.body)
        if response.status_code == 200:
            body = models.model(product, f"{action}ResponseBody")
            self.value(operation, answer, models.Kind("model", body))
        else:
            self.names(f"{operation} refused", set(answer), FAILURE, FAILURE_MAY)

    def names(self, path, found, must, may):
        for name in must - found:
            self.problems.add(f"{path}: lacks {name}")
        for name in found - must - may:
            self.problems.add(f"{path}.{name}: not in the model")

    def value(self, path, value, kind):
        number_for_flag = isinstance(value, bool) and kind.name in ("int", "float")
        if kind.name != "Any" and not isinstance(value, READABLE[kind.name]) or number_for_flag:
            self.problems.add(f"{path}: {type(value).__name__} where the model has {kind.name}")
        elif kind.name == "model":
            known = models.fields(kind.of)
            self.names(path, set(value), set(), set(known))
            for name, field in known.items():
                if name in value:
                    self.fields.add(f"{path}.{name}")
                    self.value(f"{path}.{name}", value[name], field.kind)
        elif kind.name == "list":
            for item in value:
                self.value(path, item, kind.of)
        elif kind.name == "map":
            for item in value.values():
                self.value(path, item, kind.of)

    def report(self):
        return {
            "problems": sorted(self.problems),
            "calls": dict(sorted(self.calls.items())),
            "fields": sorted(self.fields),
        }
