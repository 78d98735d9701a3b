#!/usr/bin/env python3
"""Which operations of the clouds the backends call, and what kinds of tests there are for each. Writes docs/COVERAGE.md.

    python3 tests/coverage/table.py            writes the table
    python3 tests/coverage/table.py --check    fails if the table is not what would be written

All of it is read off the sources, by these rules:

- An *operation* is a name of the cloud that the sources of a backend (without their unit tests) hand to a request: for
  Alibaba Cloud a name that follows `request(`, `write(`, `attachments(`, a product, `=>` or a constant and starts with a
  verb; for AWS the name in `read("…")`, `repeatable("…")` or `once("…")`.
- *pure*: its name stands in a test of the backend's crate (crates/<cloud>/tests), or a unit test beside the function that
  builds the request calls that function.
- *recorded*: there is a file NNNN-<Operation>.request under tests/recorded. A folder named after a cloud holds that cloud's.
- *simulator*: it is in a table of operations of the cloud's simulator (`Operation::…("…")` in crates/sim/src/<cloud>).
- *foreign client*: a script under tests/foreign names it, in CamelCase, snake_case or kebab-case. Scripts in a folder
  named after a cloud, or whose own name starts with one, are for that cloud; all others for AWS.

A mark says that a test names the operation, not that it tests it well: for that see tests/mutants.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = ROOT / "docs" / "COVERAGE.md"
CLOUDS = {"aliyun": "Alibaba Cloud", "aws": "AWS"}
KINDS = ["pure", "recorded", "simulator", "foreign client"]

VERBS = (
    "Accept|Assume|Attach|Associate|Authorize|Check|Create|Delete|Describe|Detach|Disable|Dissociate|Enable|Get|Grant|"
    "Invoke|List|Modify|Open|Put|Replace|Revoke|Run|Start|Stop|Tag|Terminate|Unassociate|Update"
)
UNIT_TESTS = "#[cfg(test)]\nmod tests {"
ALIYUN_NAME = re.compile(
    r"(?:\brequest\(|\bwrite\(|\battachments\(|Product::\w+,|=>|const \w+: &str =)\s*"
    rf'"((?:{VERBS})[A-Z]\w+)"'
)
AWS_NAME = re.compile(r'\b(?:read|list|repeatable|once)\(\s*"(\w+)"')
SIMULATED = re.compile(r'Operation::\w+\(\s*"(\w+)"')
RECORDED = re.compile(r"\d+-(\w+)\.request")
FUNCTION = re.compile(r"\bfn (\w+)")


@dataclass(frozen=True)
class Source:
    code: str
    unit_tests: str


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


def sources(cloud: str) -> list[Source]:
    parts = (text(path).partition(UNIT_TESTS) for path in files(ROOT / "crates" / cloud / "src", "*.rs"))
    return [Source(code, unit_tests) for code, _, unit_tests in parts]


def names_in(cloud: str, source: Source) -> list[re.Match]:
    pattern = {"aliyun": ALIYUN_NAME, "aws": AWS_NAME}[cloud]
    return list(pattern.finditer(source.code))


def operations(cloud: str) -> list[str]:
    return sorted({match[1] for source in sources(cloud) for match in names_in(cloud, source)})


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def spelt(name: str) -> re.Pattern:
    spellings = [name, snake(name), snake(name).replace("_", "-")]
    return re.compile("|".join(rf"(?<![\w-]){re.escape(spelling)}(?![\w-])" for spelling in spellings))


def builders(cloud: str, name: str) -> list[tuple[str, Source]]:
    """The functions that build the request: the one around the name, and for AWS the one called after the operation."""
    found = []
    for source in sources(cloud):
        if cloud == "aws":
            found.append((snake(name), source))
            continue
        for match in names_in(cloud, source):
            functions = FUNCTION.findall(source.code[: match.start()])
            if match[1] == name and functions:
                found.append((functions[-1], source))
    return found


def is_pure(cloud: str, name: str) -> bool:
    tests = "\n".join(text(path) for path in files(ROOT / "crates" / cloud / "tests", "*.rs"))
    if re.search(rf"\b{name}\b", tests):
        return True
    return any(re.search(rf"\b{function}\(", source.unit_tests) for function, source in builders(cloud, name))


def clouds_of(path: Path, otherwise: list[str]) -> list[str]:
    words = [*path.parts[:-1], re.split(r"[_.-]", path.name)[0]]
    return [cloud for cloud in CLOUDS if cloud in words] or otherwise


def recorded(cloud: str) -> set[str]:
    folder = ROOT / "tests" / "recorded"
    found = set()
    for path in files(folder, "*.request"):
        match = RECORDED.fullmatch(path.name)
        if match and cloud in clouds_of(path.relative_to(folder), list(CLOUDS)):
            found.add(match[1])
    return found


def simulated(cloud: str) -> set[str]:
    code = (text(path) for path in files(ROOT / "crates" / "sim" / "src" / cloud, "*.rs"))
    return {name for part in code for name in SIMULATED.findall(part)}


def foreign_scripts(cloud: str) -> str:
    folder = ROOT / "tests" / "foreign"
    scripts = [path for path in files(folder, "*") if path.suffix in {".py", ".go", ".js", ".sh"}]
    own = [path for path in scripts if cloud in clouds_of(path.relative_to(folder), ["aws"])]
    return "\n".join(text(path) for path in own)


def rows(cloud: str) -> list[tuple[str, list[bool]]]:
    in_records, in_simulator, scripts = recorded(cloud), simulated(cloud), foreign_scripts(cloud)
    return [
        (name, [is_pure(cloud, name), name in in_records, name in in_simulator, bool(spelt(name).search(scripts))])
        for name in operations(cloud)
    ]


def section(cloud: str) -> list[str]:
    table = rows(cloud)
    line = "| {} |".format
    lines = [f"## {CLOUDS[cloud]}", "", line(" | ".join(["operation", *KINDS])), line(" | ".join(["---"] * 5))]
    for name, marks in table:
        lines.append(line(" | ".join([f"`{name}`", *("yes" if mark else "–" for mark in marks)])))
    totals = [f"{sum(column)} of {len(table)}" for column in zip(*(marks for _, marks in table))]
    lines.append(line(" | ".join(["**all**", *totals])))
    return [*lines, ""]


def document() -> str:
    head = [
        "# What is tested of each operation",
        "",
        "Every operation that a backend calls, and the kinds of tests that name it. Written by `tests/coverage/table.py`, whose",
        "head states the rules; `python3 tests/coverage/table.py --check` fails when this page is stale. Whether tests notice",
        "mistakes is another question, which `tests/mutants` answers.",
        "",
    ]
    return "\n".join([*head, *(line for cloud in CLOUDS for line in section(cloud))]).rstrip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail if the table is stale, and write nothing")
    options = parser.parse_args()
    wanted = document()
    if options.check:
        fresh = TABLE.is_file() and text(TABLE) == wanted
        if not fresh:
            print(f"{TABLE.relative_to(ROOT)} is stale: run python3 tests/coverage/table.py", file=sys.stderr)
        return 0 if fresh else 1
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
