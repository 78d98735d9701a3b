"""Compares requests with the SDK's models: {calls: [{product, action, parameters: {name: value}}]}.

Names come as they are sent: `Tag.1.Key` is the field `Key` of the first of the list `Tag`. Where the SDK itself turns a
list or a structure into the JSON text of one value, so must everybody.
"""

import json
import re
import sys

import models

MASKED = "***"
READABLE = {"int": r"-?\d+", "float": r"-?\d+(\.\d+)?", "bool": "true|false"}


class Request:
    """The model of an operation's request."""

    def __init__(self, product, action, problems):
        self.name = f"{product} {action}"
        self.problems = problems
        self.model = models.model(product, f"{action}Request")
        self.fields = models.fields(self.model) if self.model else {}
        # Fields that are one value on the wire although they are more in the model, and how they are written.
        self.in_one = models.in_one(product, action)

    def problem(self, path, what):
        self.problems.add(f"{self.name}.{path}: {what}")

    def check(self, parameters):
        for name, value in parameters.items():
            first, *rest = name.split(".")
            if first not in self.fields:
                self.problem(first, "not in the model")
            elif first in self.in_one:
                self.in_one_value(first, rest, value)
            else:
                self.sent(first, self.fields[first].kind, rest, value)
        self.complete("", self.fields, {name.split(".")[0] for name in parameters})
        self.numbers(parameters)

    def in_one_value(self, path, rest, value):
        if rest:
            self.problem(path, "one value in the model")
            return
        if self.in_one[path] == "json":
            self.document(path, self.fields[path].kind, json.loads(value))
        elif not value or value.startswith("["):
            self.problem(path, f"joined in the model: {self.in_one[path]}")

    def sent(self, path, kind, rest, value):
        """A parameter with what is left of its name."""
        if kind.name == "list" and rest and rest[0].isdigit():
            self.sent(path, kind.of, rest[1:], value)
        elif kind.name == "model" and rest:
            known = models.fields(kind.of)
            path = f"{path}.{rest[0]}"
            if rest[0] in known:
                self.sent(path, known[rest[0]].kind, rest[1:], value)
            else:
                self.problem(path, "not in the model")
        elif kind.name == "map" and rest:
            pass
        elif rest or kind.name in ("list", "model", "map"):
            self.problem(path, f"{kind.name} in the model")
        elif kind.name in READABLE and value != MASKED:
            if not re.fullmatch(READABLE[kind.name], value):
                self.problem(path, f"{value!r} where the model has {kind.name}")

    def document(self, path, kind, value):
        """A part of the JSON text of one value."""
        if kind.name == "list" and isinstance(value, list):
            for item in value:
                self.document(path, kind.of, item)
        elif kind.name == "model" and isinstance(value, dict):
            known = models.fields(kind.of)
            for name, item in value.items():
                if name in known:
                    self.document(f"{path}.{name}", known[name].kind, item)
                else:
                    self.problem(f"{path}.{name}", "not in the model")
        elif kind.name == "map" and not isinstance(value, dict):
            self.problem(path, "map in the model")

    def complete(self, path, known, present):
        for name, field in known.items():
            if field.required and name not in present:
                self.problem(path + name, "required and absent")

    def numbers(self, parameters):
        """Lists are numbered from 1 without gaps, and what a model in a list requires is there."""
        lists = {}
        for name in parameters:
            for found in re.finditer(r"\.(\d+)(?=\.|$)", name):
                of_item = lists.setdefault(name[: found.start()], {})
                of_item.setdefault(int(found[1]), set()).add(name[found.end() + 1 :].split(".")[0])
        for name, items in lists.items():
            if sorted(items) != list(range(1, len(items) + 1)):
                self.problem(name, f"numbered {sorted(items)}")
            field = self.fields.get(name)
            if field and field.kind.name == "list" and field.kind.of.name == "model":
                for present in items.values():
                    self.complete(f"{name}.", models.fields(field.kind.of.of), present)


def main():
    problems, operations, parameters = set(), set(), set()
    for call in json.load(sys.stdin)["calls"]:
        product, action = call["product"], call["action"]
        operations.add((product, action))
        parameters |= {
            (product, action, re.sub(r"\.\d+", ".N", name)) for name in call["parameters"]
        }
        if models.method(product, action) is None:
            problems.add(f"{product} {action}: not in the SDK")
            continue
        Request(product, action, problems).check(call["parameters"])
    report = {
        "problems": sorted(problems),
        "operations": len(operations),
        "parameters": len(parameters),
    }
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
