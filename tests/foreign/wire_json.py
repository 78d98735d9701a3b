"""Compares raw JSON answers with botocore's service model, because its parser drops what it does not know."""

import json


def check(operation_model, response):
    """The problems of one answer, in words."""
    name = operation_model.name
    content = response["headers"].get("content-type")
    problems = []
    if content != "application/x-amz-json-1.1":
        problems.append(f"{name}: the content type is {content}")
    try:
        body = json.loads(response["body"])
    except ValueError as error:
        return [*problems, f"{name}: the answer is not JSON: {error}"]
    if response["status_code"] >= 300:
        if set(body) != {"__type", "Message"}:
            problems.append(f"{name}: the error has {sorted(body)}")
        modelled = {shape.name for shape in operation_model.error_shapes}
        common = {"ValidationException", "ThrottlingException", "AccessDeniedException"}
        if body.get("__type") not in modelled | common:
            problems.append(f"{name}: the error {body.get('__type')} is not in the model")
        return problems
    return problems + list(value(name, body, operation_model.output_shape))


def value(path, found, shape):
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(found, dict):
            yield f"{path}: {found!r} is not a structure"
            return
        for member, item in found.items():
            if member not in shape.members:
                yield f"{path}.{member}: not in the model"
            else:
                yield from value(f"{path}.{member}", item, shape.members[member])
        for member in shape.required_members:
            if member not in found:
                yield f"{path}.{member}: required and absent"
    elif kind == "list":
        if not isinstance(found, list):
            yield f"{path}: {found!r} is not a list"
            return
        for item in found:
            yield from value(path, item, shape.member)
    elif kind == "map":
        if not isinstance(found, dict):
            yield f"{path}: {found!r} is not a map"
            return
        for item in found.values():
            yield from value(path, item, shape.value)
    elif not fits(kind, found):
        yield f"{path}: {found!r} is not a {kind}"
    elif getattr(shape, "enum", None) and found not in shape.enum:
        yield f"{path}: {found!r} is none of {shape.enum}"


def fits(kind, found):
    if kind in ("integer", "long"):
        return isinstance(found, int) and not isinstance(found, bool)
    if kind in ("float", "double", "timestamp"):
        return isinstance(found, (int, float)) and not isinstance(found, bool)
    if kind == "boolean":
        return isinstance(found, bool)
    return isinstance(found, str)
