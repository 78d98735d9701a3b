"""What the models of the official SDK say about requests and answers.

The packages are generated, so their text can be relied on: a field's name on the wire stands in `from_map`, its type in
the signature of `__init__`, and whether a request must have it in the comment above its assignment.
"""

import collections
import functools
import importlib
import inspect
import re
import typing

PACKAGES = {
    "cbn": "alibabacloud_cbn20170912",
    "cdt": "alibabacloud_cdt20210813",
    "ecs": "alibabacloud_ecs20140526",
    "expressconnectrouter": "alibabacloud_expressconnectrouter20230901",
    "nis": "alibabacloud_nis20211216",
    "ram": "alibabacloud_ram20150501",
    "sts": "alibabacloud_sts20150401",
    "vpc": "alibabacloud_vpc20160428",
    "vpcpeer": "alibabacloud_vpcpeer20220101",
}

Field = collections.namedtuple("Field", ["attribute", "kind", "required"])
# `of` is the model, or what is in the list or map.
Kind = collections.namedtuple("Kind", ["name", "of"])


def version(product):
    """The version of a product's interface, as requests carry it."""
    digits = PACKAGES[product][-8:]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def product_of(wanted):
    """The product whose interface has this version."""
    return next(product for product in PACKAGES if version(product) == wanted)


@functools.cache
def client(product):
    return importlib.import_module(f"{PACKAGES[product]}.client").Client


def model(product, name):
    """A model by its name, None if there is none."""
    return getattr(importlib.import_module(f"{PACKAGES[product]}.models"), name, None)


@functools.cache
def method(product, action):
    """The name of the client's method for an operation, None if there is none."""
    plain = action.lower()
    names = (name for name in dir(client(product)) if name.replace("_", "") == plain)
    return next(names, None)


@functools.cache
def in_one(product, action):
    """Fields that the client makes one value of, with the style: {name on the wire: json, simple..}."""
    name = method(product, action) + "_with_options"
    call = getattr(client(product), name, None)
    text = inspect.getsource(call) if call else ""
    return dict(re.findall(r"with_specified_style\(\S+, '(\w+)', '(\w+)'\)", text))


@functools.cache
def fields(of):
    """The fields of a model by their names on the wire."""
    init = inspect.getsource(of.__init__)
    types = {name: kind(of, given.annotation) for name, given in parameters(of)}
    required = set()
    comment = ""
    for line in init.splitlines():
        line = line.strip()
        assigned = re.fullmatch(r"self\.(\w+) = \w+", line)
        if line.startswith("#"):
            comment += line
        elif assigned:
            if "# This parameter is required.#" in comment + "#":
                required.add(assigned[1])
            comment = ""
    found = {}
    blocks = re.split(r"if m\.get\('([^']+)'\) is not None:", inspect.getsource(of.from_map))
    for wire, block in zip(blocks[1::2], blocks[2::2]):
        attribute = re.search(r"self\.(\w+)", block)[1]
        found[wire] = Field(attribute, types[attribute], attribute in required)
    assert len(found) == len(types), f"{of.__name__} is not understood"
    return found


def parameters(of):
    given = inspect.signature(of.__init__).parameters.items()
    return [(name, parameter) for name, parameter in given if name != "self"]


def kind(of, annotation):
    if isinstance(annotation, str):
        package = importlib.import_module(of.__module__.split(".")[0] + ".models")
        known = {"main_models": package, **vars(typing)}
        annotation = eval(annotation, known)  # of a pinned package
    origin = typing.get_origin(annotation)
    if origin is list:
        return Kind("list", kind(of, typing.get_args(annotation)[0]))
    if origin is dict:
        return Kind("map", kind(of, typing.get_args(annotation)[1]))
    if annotation in (str, int, bool, float, typing.Any):
        return Kind(getattr(annotation, "__name__", "Any"), None)
    return Kind("model", annotation)
