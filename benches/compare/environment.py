"""Where the peers and our own program are."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
BENCH = TARGET / "bench"


def environment(requirements):
    """Python of a virtual environment with these packages and no others: the one of the tests (tests/support/python.rs),
    made here if need be."""
    home = TARGET / "python" / "-".join(Path(requirements).parent.parts[1:])
    python, stamp = home / "environment/bin/python", home / "installed.txt"
    wanted = (ROOT / requirements).read_bytes()
    if not (python.exists() and stamp.exists() and stamp.read_bytes() == wanted):
        home.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home / "environment"], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", ROOT / requirements], check=True)
        stamp.write_bytes(wanted)
    return python


def binary(given):
    """Our program in a release build. The AWS SDK makes that minutes and gigabytes the first time."""
    if given:
        return Path(given).resolve()
    build = ["cargo", "build", "--release", "-p", "landbridge-cli", "--features", "aws"]
    subprocess.run(build, check=True, cwd=ROOT)
    return TARGET / "release/landbridge"
