"""Compares raw answers with botocore's service model, because its parser drops what it does not know."""

import datetime
import xml.etree.ElementTree as ElementTree

import botocore.utils

import wire_json


class Wire:
    def __init__(self):
        self.problems = set()
        self.elements = {}

    def check(self, operation_model, response_dict, **_):
        service = operation_model.service_model.service_name
        name = operation_model.name
        if operation_model.metadata["protocol"] == "json":
            self.problems.update(wire_json.check(operation_model, response_dict))
            return
        try:
            root = ElementTree.fromstring(response_dict["body"])
        except ElementTree.ParseError as error:
            self.problems.add(f"{name}: the answer is not XML: {error}")
            return
        if response_dict["status_code"] >= 300:
            self.error(service, name, root)
        else:
            self.success(service, operation_model, root)

    def error(self, service, name, root):
        if service == "ec2":
            expected = {"Response", "Errors", "Error", "Code", "Message", "RequestID"}
            levels = "Response/Errors/Error"
        else:
            expected = {"ErrorResponse", "Error", "Type", "Code", "Message", "RequestId"}
            levels = "ErrorResponse/Error"
        found = {local(element) for element in root.iter()}
        for element in expected ^ found:
            word = "lacks" if element in expected else "has an unknown"
            self.problems.add(f"{name}: the {service} error {word} <{element}>")
        path, element = local(root), root
        while len(element) and path.count("/") < levels.count("/"):
            element = element[0]
            path = f"{path}/{local(element)}"
        if path != levels:
            self.problems.add(f"{name}: the {service} error is {path} and not {levels}")

    def success(self, service, operation_model, root):
        name = operation_model.name
        if local(root) != f"{name}Response":
            self.problems.add(f"{name}: the root is <{local(root)}>")
        namespace = root.tag.partition("}")[0].lstrip("{").rstrip("/")
        if namespace != operation_model.metadata["xmlNamespace"].rstrip("/"):
            self.problems.add(f"{name}: the namespace is {namespace!r}")
        shape = operation_model.output_shape
        children = list(root)
        if service == "ec2":
            # Present in every answer, and not in the model.
            answers = [child for child in children if local(child) != "requestId"]
            if len(answers) == len(children):
                self.problems.add(f"{name}: no <requestId>")
            if shape is None:
                answers = [child for child in answers if local(child) != "return"]
            self.structure(name, name, answers, shape)
        else:
            result = [child for child in children if local(child) == f"{name}Result"]
            if [local(child) for child in children] != [f"{name}Result", "ResponseMetadata"]:
                self.problems.add(f"{name}: unexpected envelope {[local(c) for c in children]}")
            self.structure(name, name, list(result[0]) if result else [], shape)

    def structure(self, operation, path, children, shape):
        members = {}
        if shape is not None:
            for member, member_shape in shape.members.items():
                members[member_shape.serialization.get("name", member)] = (member, member_shape)
        present = set()
        for child in children:
            element = local(child)
            here = f"{path}.{element}"
            if element not in members:
                self.problems.add(f"{here}: not in the model")
                continue
            if element in present and not members[element][1].serialization.get("flattened"):
                self.problems.add(f"{here}: twice")
            present.add(element)
            self.elements.setdefault(operation, set()).add(here)
            self.value(operation, here, child, members[element][1])
        for element, (member, _) in members.items():
            if member in shape.required_members and element not in present:
                self.problems.add(f"{path}.{element}: required and absent")

    def value(self, operation, path, element, shape):
        kind = shape.type_name
        text = element.text or ""
        if kind == "structure":
            self.structure(operation, path, list(element), shape)
        elif kind == "list":
            item = shape.member.serialization.get("name", "member")
            for child in element:
                if local(child) != item:
                    self.problems.add(f"{path}: list of <{local(child)}>, not of <{item}>")
                    continue
                self.value(operation, path, child, shape.member)
        elif len(element):
            self.problems.add(f"{path}: elements inside a {kind}")
        elif not readable(kind, text):
            self.problems.add(f"{path}: {text!r} is not a {kind}")
        elif getattr(shape, "enum", None) and text not in shape.enum:
            self.problems.add(f"{path}: {text!r} is none of {shape.enum}")

    def report(self):
        return {
            "problems": sorted(self.problems),
            "elements": {name: sorted(paths) for name, paths in sorted(self.elements.items())},
        }


def readable(kind, text):
    try:
        if kind in ("integer", "long"):
            int(text)
        elif kind in ("float", "double"):
            float(text)
        elif kind == "timestamp":
            parsed = botocore.utils.parse_timestamp(text)
            return isinstance(parsed, datetime.datetime) and parsed.tzinfo is not None
        elif kind == "boolean":
            return text in ("true", "false")
        return True
    except ValueError:
        return False


def local(element):
    return element.tag.rpartition("}")[2]
