"""`python -m benchmarks [PART]… [--small]`: measures, prints a table, writes benchmarks/results.json."""

from __future__ import annotations

import argparse
import importlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import Figure, line, save, show
from benchmarks.scale import Scale

PARTS = ("start", "scan", "growth", "letters", "pipeline", "far", "crash", "proof", "peer")
RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """Runs the parts that were asked for, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--folder", type=Path, help="where the databases are made; default: a temporary one")
    parser.add_argument("--small", action="store_true", help="little data, once: whether it works, not how fast")
    parser.add_argument("--lines", type=int, help="due lines of the pipeline and the peer; default: 5,000")
    asked = parser.parse_args()
    scale = Scale(asked.small, asked.lines)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="kigen-bench-", dir=asked.folder) as folder:
        for part in asked.parts or PARTS:
            for figure in importlib.import_module(f"benchmarks.{part}").figures(Path(folder), scale):
                found.append(figure)
                print(line(figure), flush=True)
    show(found)
    save(found, RESULTS, datetime.now(UTC))


if __name__ == "__main__":
    main()
