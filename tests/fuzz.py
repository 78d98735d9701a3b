#!/usr/bin/env python3
"""Runs all fuzz targets with many cases, and prints how many each had and how long it took.

    python3 tests/fuzz.py                    # 10 million cases in total
    python3 tests/fuzz.py --cases 1000       # so many for each target
    python3 tests/fuzz.py --only core,record # the crates named; cli and aws compile the SDK of AWS, which takes minutes

Our crates and the YAML parser are optimised, other dependencies are built as for the tests. Each process may take 256 MiB of data
(RLIMIT_DATA) and the given time. The targets are `fuzz_text` and `fuzz` calls; `tests/support/fuzz.rs` makes the cases.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Package, arguments of cargo, filter of tests, crates that are optimised.
SUITES = [
    ("landbridge-core", ["--test", "fuzz"], "", ["landbridge-core", "serde-saphyr", "granit-parser"]),
    ("landbridge-record", ["--lib"], "fuzz", ["landbridge-record"]),
    ("landbridge-aliyun", ["--lib"], "fuzz", ["landbridge-aliyun"]),
    ("landbridge-cli", ["--bin", "landbridge"], "fuzz", ["landbridge-cli"]),
    ("landbridge-aws", ["--lib"], "fuzz", []),
]
# There are 22 targets.
CASES = 500_000
LINE = re.compile(r"fuzz (.+): (\d+) cases in ([\d.]+) s, (.*)")
MEMORY = 256 * 1024 * 1024


def build(package, arguments, optimised):
    command = ["cargo", "test", "--no-run", "--message-format=json", "-p", package, *arguments]
    for crate in optimised:
        command += ["--config", f"profile.dev.package.{crate}.opt-level=2"]
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    paths = re.findall(r'"executable":"([^"]+)"', output)
    if not paths:
        sys.exit(f"{package}: cargo names no executable")
    return paths[-1]


def limited():
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def run(binary, package, only, cases, seconds):
    environment = dict(os.environ, LANDBRIDGE_FUZZ_CASES=str(cases), RUST_BACKTRACE="0")
    crate = os.path.join(ROOT, "crates", package.removeprefix("landbridge-"))
    command = [binary, *([only] if only else []), "--nocapture", "--test-threads=1"]
    done = subprocess.run(
        command, cwd=crate, env=environment, text=True, preexec_fn=limited,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
    )
    found = [(name, int(count), float(took), rest) for name, count, took, rest in LINE.findall(done.stdout)]
    for name, count, took, rest in found:
        print(f"{count:>9}  {took:>7.1f} s  {name}: {rest}", flush=True)
    if done.returncode != 0:
        print(done.stdout[-3000:])
        sys.exit(f"{package}: a target failed")
    return sum(count for _, count, _, _ in found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES, help="cases of each target; default: %(default)s")
    parser.add_argument("--only", metavar="CRATES", help="such as core,record")
    parser.add_argument("--seconds", type=int, default=7200, help="limit of each process")
    options = parser.parse_args()
    started = time.monotonic()
    total = 0
    for package, arguments, only, optimised in SUITES:
        if options.only and package.removeprefix("landbridge-") not in options.only.split(","):
            continue
        binary = build(package, arguments, optimised)
        total += run(binary, package, only, options.cases, options.seconds)
    print(f"{total:>9}  {time.monotonic() - started:>7.1f} s  in all")


if __name__ == "__main__":
    main()
