"""``python -m benchmarks.quality``: measure, print, judge; exit 1 when a figure is below its floor."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality import floors, page
from benchmarks.quality.measure import measure

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "quality.json"
PAGE = ROOT / "docs" / "quality.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0, or 1 when a figure is below its floor."""
    options = _options(arguments)
    if options.page:
        PAGE.write_text(page.render(json.loads(RESULTS.read_text("utf-8"))), "utf-8")
        return 0
    result = measure(quick=options.quick, compare=not options.quick)
    print(page.render(result))
    if not options.quick:
        RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
        PAGE.write_text(page.render(result), "utf-8")
    if options.set_floors:
        floors.write(result["figures"], options.floors)
    return _judge(result["figures"], options.floors)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="our own corpus and the small sets only, no comparison, nothing written; under a minute",
    )
    parser.add_argument("--floors", type=Path, default=floors.FLOORS, help="file of floors to judge by")
    parser.add_argument("--set-floors", action="store_true", help="write the floors anew from this run")
    parser.add_argument("--page", action="store_true", help="only write the page again, from the last result")
    options = parser.parse_args(arguments)
    if options.quick and options.set_floors:
        parser.error("floors are set from a full run only")
    return options


def _judge(figures: dict[str, object], path: Path) -> int:
    bounds = floors.read(path)
    missing = floors.unmeasured(figures, bounds)
    if missing:
        print(f"{len(missing)} floors were not judged: their sets are absent or left out", file=sys.stderr)
    broken = list(floors.breaches(figures, bounds))
    for sentence in broken:
        print(f"floor: {sentence}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
