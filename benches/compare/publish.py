#!/usr/bin/env python3
"""Copies the pictures that docs/MEASURED.md shows from `target/bench` into `docs/measured`."""

import re
import shutil

from environment import BENCH, ROOT

PAGE = ROOT / "docs/MEASURED.md"
for name in sorted(set(re.findall(r"\(measured/([\w.-]+\.svg)\)", PAGE.read_text()))):
    made, kept = BENCH / name, ROOT / "docs/measured" / name
    if made.exists():
        kept.parent.mkdir(exist_ok=True)
        shutil.copy(made, kept)
        print(f"{kept.relative_to(ROOT)}: from {made}")
    else:
        print(f"{kept.relative_to(ROOT)}: not made anew")
