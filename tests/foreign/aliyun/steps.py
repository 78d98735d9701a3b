"""Steps of a scenario: what is waited for, what is refused, and the report."""

import json
import logging
import re
import sys
import time

from clients import Account, Control, Refused
from wire import Wire

PATIENCE = 1500  # looks at the cloud
PAUSE = 0.02


def pause():
    """Between two looks; a script may let virtual time pass instead."""
    time.sleep(PAUSE)


# What passes by itself.
BUSY = re.compile(
    r"Operation\.Blocking|Conflict\.Lock|TaskConflict|OperationConflict|OperationFailed\.TaskConflict"
    r"|Incorrect\w*Status.*|DependencyViolation.*|.*Throttling.*|InvalidOperation\.CenInstanceStatus"
    r"|InvalidStatus\.ResourceStatus|InstanceStatus\.NotSupport|OperationDenied\.VbrAttachEcrInMiddleStatus"
)


def patiently(call, *more):
    """A call that is repeated while the cloud is busy, or answers with one of these codes."""
    for left in range(PATIENCE, 0, -1):
        try:
            return call()
        except Refused as refusal:
            if left == 1 or not (BUSY.fullmatch(refusal.code) or refusal.code in more):
                raise
            pause()


def until(look, enough, what):
    """Looks until the answer is enough, and gives it."""
    for _ in range(PATIENCE):
        answer = look()
        if enough(answer):
            return answer
        pause()
    raise AssertionError(f"{what}: not in time, last {answer}")


def refused(code, call):
    """A call that must be refused with this code."""
    try:
        answer = call()
    except Refused as refusal:
        assert refusal.code == code, f"{refusal}, and not {code}"
        return
    raise AssertionError(f"not refused with {code}: {answer}")


def same(found, wanted):
    assert found == wanted, f"{found!r}, and not {wanted!r}"


def main(scenario):
    """Reads {endpoint, accounts: [keys..]}, runs the scenario and prints what was on the wire."""
    # The SDK's core writes every request to standard error otherwise.
    logging.getLogger("darabonba-core").setLevel(logging.ERROR)
    job = json.load(sys.stdin)
    wire = Wire()
    accounts = [Account(job["endpoint"], keys) for keys in job["accounts"]]
    scenario(Control(job["endpoint"]), *accounts)
    json.dump(wire.report(), sys.stdout)
