#!/usr/bin/env python3
"""Counts what a run of all tests has run, by kind.

    cargo test --workspace --all-features 2>&1 | python3 tests/summary.py

Passes the output through unchanged, then prints the counts. Fails if a test failed, something did not compile, a program of
tests ended without a result, or nothing was run; and if any line contains CANARY, which is how the secrets in fixtures are
marked: none of them may be printed.
"""

import re
import sys
import time
from collections import Counter

CANARY = "CANARY"
KINDS = [
    "pure/unit",
    "doc",
    "conformance",
    "recorded",
    "scenario",
    "aws-on-simulator",
    "foreign",
    "program",
    "simulator",
    "workspace",
    "other",
]

# What cargo says before each program of tests, and what that says at its end.
UNIT_TESTS = re.compile(r"^ +Running unittests (\S+) \((\S+)\)")
TEST_FILE = re.compile(r"^ +Running (\S+) \(\S+\)")
DOC_TESTS = re.compile(r"^ +Doc-tests \S+")
RESULT = re.compile(r"^test result: (\w+)\. (\d+) passed; (\d+) failed; (\d+) ignored")
ERROR = re.compile(r"^error(\[E\d+\])?: ")

# Kinds of the tests of the package at the root, by their file or folder under tests.
AT_ROOT = {
    "conformance": "conformance",
    "recorded": "recorded",
    "scenario": "scenario",
    "aws": "aws-on-simulator",
    "foreign": "foreign",
    "workspace": "workspace",
}
# Kinds of all tests of a package.
OF_PACKAGE = {"landbridge_sim": "simulator", "program": "program"}


def package_of(source: str, program: str) -> str:
    """The name of the package's library; `program` and `root` for the two that are called alike."""
    name = re.sub(r"-[0-9a-f]+$", "", program.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".exe"))
    if name == "landbridge":
        return "program" if source.endswith("main.rs") else "root"
    return name


def kind_of(package: str, source: str) -> str:
    """The kind of the tests in a file of a package."""
    if package == "root" and source.startswith("tests/"):
        return AT_ROOT.get(source.split("/")[1].removesuffix(".rs"), "other")
    return OF_PACKAGE.get(package, "pure/unit")


class Summary:
    """What was heard so far."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.ignored = 0
        self.complaints: list[str] = []
        # Integration tests follow the unit tests of their package.
        self.package = "root"
        self.kind: str | None = None
        self.last = "other"
        self.number = 0

    def begin(self, kind: str) -> None:
        self.check_ended()
        self.kind = kind

    def check_ended(self) -> None:
        if self.kind is not None:
            self.complaints.append(f"tests of kind {self.kind} ended without a result, before line {self.number}")
        self.kind = None

    def hear(self, line: str) -> None:
        self.number += 1
        if CANARY in line:
            self.complaints.append(f"line {self.number} shows a secret of the fixtures")
        if match := UNIT_TESTS.match(line):
            self.package = package_of(*match.groups())
            self.begin(kind_of(self.package, match[1]))
        elif match := TEST_FILE.match(line):
            self.begin(kind_of(self.package, match[1]))
        elif DOC_TESTS.match(line):
            self.begin("doc")
        elif match := RESULT.match(line):
            self.end(match)
        elif ERROR.match(line):
            self.complaints.append(f"line {self.number}: {line}")

    def end(self, result: re.Match) -> None:
        word, passed, failed, ignored = result.groups()
        # Doc tests give a result for each way in which they are built.
        kind = self.kind or self.last
        self.last, self.kind = kind, None
        self.passed[kind] += int(passed)
        self.ignored += int(ignored)
        if word != "ok" or failed != "0":
            self.complaints.append(f"{failed} tests of kind {kind} failed, at line {self.number}")

    def close(self) -> None:
        self.check_ended()
        if not self.passed.total():
            self.complaints.append("no test was run")

    def lines(self, seconds: float) -> list[str]:
        known = [kind for kind in KINDS if self.passed[kind] or kind != "other"]
        lines = ["", "tests by kind:"]
        lines += [f"  {kind:18}{self.passed[kind]:6}" for kind in known]
        lines.append(f"  {'total':18}{self.passed.total():6}  in {seconds // 60:.0f} min {seconds % 60:.0f} s")
        if self.ignored:
            lines.append(f"  {'ignored':18}{self.ignored:6}")
        return lines + [f"FAILED: {complaint}" for complaint in self.complaints]


def main() -> int:
    started = time.monotonic()
    summary = Summary()
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        summary.hear(line.decode("utf-8", errors="replace").rstrip("\r\n"))
    summary.close()
    print("\n".join(summary.lines(time.monotonic() - started)), flush=True)
    return 1 if summary.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
