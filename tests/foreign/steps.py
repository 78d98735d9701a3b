"""A list of named steps with their outcomes, in words that do not depend on the server."""

import json
import sys
import time

from botocore.exceptions import ClientError

from clients import Cloud

# Answers that may come shortly after the object was made.
NOT_YET_VISIBLE = {
    "invalidvpcid.notfound",
    "invalidsubnetid.notfound",
    "invalidroutetableid.notfound",
    "invalidgroup.notfound",
    "invalidvpcpeeringconnectionid.notfound",
}
PATIENCE = 200  # looks at the cloud
PAUSE = 0.1


class Steps:
    def __init__(self):
        self.outcomes = []
        self.names = {}

    def name(self, identifier, alias):
        """From now on outcomes say the alias where they would say the identifier. The first alias stays."""
        self.names.setdefault(identifier, alias)
        return identifier

    def do(self, step, call, fields=lambda answer: {}):
        """A call that may have to wait until what it speaks of is visible everywhere."""
        return self._run(step, lambda: patiently(call), fields)

    def refused(self, step, call, fields=lambda answer: {}):
        """A call whose first answer counts. Gives the answer if the server did not refuse."""
        return self._run(step, call, fields)

    def wait(self, step, look, enough, fields):
        """Looks until the answer is enough, or patience ends."""

        def attempt():
            for _ in range(PATIENCE):
                answer = look()
                if answer is not None and enough(answer):
                    return answer
                time.sleep(PAUSE)
            return answer

        return self._run(step, lambda: patiently(attempt), lambda answer: fields(answer or {}))

    def skip(self, step):
        """A step that the server's answers so far leave no room for."""
        self.outcomes.append({"step": step, "error": "skipped"})

    def _run(self, step, call, fields):
        try:
            answer = call()
        except ClientError as error:
            outcome = {"step": step, "error": error.response["Error"]["Code"]}
            outcome["message"] = error.response["Error"]["Message"]
            outcome["status"] = error.response["ResponseMetadata"]["HTTPStatusCode"]
            self.outcomes.append(outcome)
            return None
        self.outcomes.append({"step": step, "fields": self.translated(fields(answer))})
        return answer

    def translated(self, value):
        if isinstance(value, dict):
            return {key: self.translated(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.translated(item) for item in value]
        return self.names.get(value, value)


def patiently(call):
    for left in range(PATIENCE, 0, -1):
        try:
            return call()
        except ClientError as error:
            if left == 1 or error.response["Error"]["Code"].lower() not in NOT_YET_VISIBLE:
                raise
            time.sleep(PAUSE)


def main(scenario):
    """Reads {endpoint, accounts: [keys..]} and prints {steps, wire}."""
    job = json.load(sys.stdin)
    cloud = Cloud(job["endpoint"])
    steps = Steps()
    scenario(steps, [cloud.account(keys) for keys in job["accounts"]])
    json.dump({"steps": steps.outcomes, "wire": cloud.wire.report()}, sys.stdout)
