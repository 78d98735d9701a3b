#!/usr/bin/env python3
"""Breaks the backends and the verifier on purpose, one mistake at a time, and tells which test notices.

    python3 tests/mutants/run.py [--cloud aliyun|aws|core] [--only NAME]... [--list] [--markdown FILE]

The mistakes stand in mutants.toml: the file, a text that occurs in it exactly once, what to write instead, and the
arguments of `cargo test` that choose the tests which must fail then. They are run with `--workspace --all-features`, as
the project's own test command is, so that no dependency is built twice; those of the core are run in its crate alone. The work is done in a copy of the tracked files
under target/mutants, with a build directory of its own: a mutant costs the build of one crate and of its tests. The first
build compiles all dependencies.

Fails if a mutant survives, does not compile or does not apply, or if the tests fail (or are none) without it.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target" / "mutants"
TREE = WORK / "tree"
SELECTED = ["--workspace", "--all-features"]
CORE = ["-p", "landbridge-core", "--features", "conformance"]
FIRST_LIMIT = 3600
LIMIT = 600

FAILED_TEST = re.compile(r"^test (\S.*?)(?: - should panic)? \.\.\. FAILED$", re.MULTILINE)
PASSED_TEST = re.compile(r"^test .* \.\.\. ok$", re.MULTILINE)
BINARY = re.compile(r"^ +Running (?:unittests )?(\S+) \(.*\)$|^ +Doc-tests (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    find: str
    replace: str
    tests: tuple[str, ...]

    @property
    def cloud(self) -> str:
        """Whose tests must notice it; the file may be one that all backends share."""
        first = self.name.split("-")[0]
        return first if first in ("aws", "core") else "aliyun"

    @property
    def packages(self) -> tuple[str, ...]:
        """What is built to test it."""
        return tuple(CORE if self.cloud == "core" else SELECTED)

    def complaint(self) -> str | None:
        """Why it cannot be applied, if it cannot."""
        path = ROOT / self.file
        if not path.is_file():
            return f"{self.file} is not there"
        count = path.read_text(encoding="utf-8").count(self.find)
        if count != 1:
            return f"its text occurs {count} times in {self.file}"
        if self.find == self.replace:
            return "it changes nothing"
        return None


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    caught: bool
    text: str
    seconds: float


def read_mutants(path: Path) -> list[Mutant]:
    fields = {"name", "file", "find", "replace", "tests"}
    mutants = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]:
        if set(entry) != fields:
            raise SystemExit(f"{path.name}: {entry.get('name', '?')} needs exactly {', '.join(sorted(fields))}")
        mutants.append(Mutant(**{**entry, "tests": tuple(entry["tests"])}))
    names = [mutant.name for mutant in mutants]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SystemExit(f"{path.name}: named twice: {', '.join(twice)}")
    return mutants


def write(path: Path, text: bytes) -> None:
    """Leaves a file alone that says so already: its date decides what is built."""
    if path.is_file() and path.read_bytes() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)


def copy_tree() -> None:
    """Makes the copy say what the working tree says, without what git does not know or ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True,
    ).stdout.decode()
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        write(TREE / name, (ROOT / name).read_bytes())
    for path in TREE.rglob("*"):
        if path.is_file() and path.relative_to(TREE).as_posix() not in names:
            path.unlink()


def cargo(packages: tuple[str, ...], arguments: tuple[str, ...], limit: int) -> tuple[int | None, str]:
    """Status and output of cargo; no status if it took too long."""
    command = ["cargo", "test", "--target-dir", str(WORK / "target"), "--color", "never", *packages, *arguments]
    process = subprocess.Popen(
        command, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        start_new_session=True, env={**os.environ, "RUST_BACKTRACE": "0"},
    )
    try:
        output, _ = process.communicate(timeout=limit)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return None, process.communicate()[0]


def first_failure(output: str) -> str:
    """The failing test that comes first in the alphabet, of the first binary with one: runs are in parallel."""
    parts = BINARY.split(output)
    # Texts alternate with two groups of names: sources of tests, crates of doc tests.
    for source, crate, text in zip(parts[1::3], parts[2::3], parts[3::3]):
        failed = sorted(FAILED_TEST.findall(text))
        if failed:
            place = Path(source).parent.name if source and source.endswith("main.rs") else Path(source or crate).stem
            more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
            return (failed[0] if place == "lib" else f"{place}::{failed[0]}") + more
    return "a failure outside of any test"


def tail(output: str, lines: int = 40) -> str:
    return "\n".join(output.splitlines()[-lines:])


def check_unmutated(packages: tuple[str, ...], tests: tuple[str, ...]) -> None:
    status, output = cargo(packages, tests, FIRST_LIMIT)
    if status != 0:
        raise SystemExit(f"{tail(output)}\nwithout any mutant, `cargo test {' '.join(tests)}` fails")
    if not PASSED_TEST.search(output):
        raise SystemExit(f"`cargo test {' '.join(tests)}` runs no test")


def judge(mutant: Mutant) -> tuple[bool, str]:
    status, output = cargo(mutant.packages, mutant.tests, LIMIT)
    if "error: could not compile" in output:
        print(tail(output), file=sys.stderr)
        return False, "ERROR: does not compile"
    if status is None:
        return True, f"caught by the time limit of {LIMIT} s"
    if status == 0:
        return False, "SURVIVED"
    return True, f"caught by {first_failure(output)}"


def attempt(mutant: Mutant) -> Outcome:
    started = time.monotonic()
    path = TREE / mutant.file
    original = path.read_bytes()
    try:
        path.write_bytes(original.decode().replace(mutant.find, mutant.replace).encode())
        caught, text = judge(mutant)
    finally:
        path.write_bytes(original)
    return Outcome(mutant, caught, text, time.monotonic() - started)


def as_markdown(outcomes: list[Outcome], last: str) -> str:
    rows = [f"| {o.mutant.cloud} | {o.mutant.name} | {o.text} |" for o in outcomes]
    return "\n".join(["| cloud | mutant | outcome |", "| --- | --- | --- |", *rows, "", last])


def selected(options: argparse.Namespace) -> list[Mutant]:
    mutants = read_mutants(HERE / "mutants.toml")
    unknown = set(options.only) - {mutant.name for mutant in mutants}
    if unknown:
        raise SystemExit(f"no such mutant: {', '.join(sorted(unknown))}")
    return [
        mutant
        for mutant in mutants
        if (not options.only or mutant.name in options.only) and options.cloud in (None, mutant.cloud)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="name the mutants and do nothing")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this mutant; may be given again")
    parser.add_argument("--cloud", choices=["aliyun", "aws", "core"], help="the mutants of one backend, or of the verifier")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there as well")
    options = parser.parse_args()
    mutants = selected(options)
    complaints = [f"{mutant.name}: {why}" for mutant in mutants if (why := mutant.complaint())]
    if complaints:
        raise SystemExit("\n".join(complaints))
    if options.list:
        for mutant in mutants:
            print(f"{mutant.cloud:7} {mutant.name:48} {mutant.file}: cargo test {' '.join(mutant.tests)}")
        return 0
    started = time.monotonic()
    copy_tree()
    for packages, tests in dict.fromkeys((mutant.packages, mutant.tests) for mutant in mutants):
        check_unmutated(packages, tests)
    outcomes = []
    for mutant in mutants:
        outcome = attempt(mutant)
        outcomes.append(outcome)
        print(f"{mutant.cloud:7} {mutant.name:48} {outcome.text} ({outcome.seconds:.0f} s)", flush=True)
    caught = sum(outcome.caught for outcome in outcomes)
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    last = f"{caught} of {len(outcomes)} caught, in {minutes} min {seconds} s."
    print(last)
    if options.markdown:
        options.markdown.write_text(as_markdown(outcomes, last) + "\n", encoding="utf-8")
    return 0 if caught == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
