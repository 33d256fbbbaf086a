"""What a test has counted, for a report: one line of JSON each, in the file that SAHUT_REPORT names."""

import json
import os
import sys
from pathlib import Path


def report(test: str, kind: str, **counts: float | str) -> None:
    """Print the counts, and append them where the environment asks for it."""
    said = ", ".join(f"{what.replace('_', ' ')} {value}" for what, value in counts.items())
    sys.stdout.write(f"\n{test}: {said}\n")
    if path := os.environ.get("SAHUT_REPORT"):
        with Path(path).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"test": test, "kind": kind, "counts": counts}) + "\n")
