"""What the READMEs and docs/performance.md take from the files the benchmarks write."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parent.parent


def benchmark(lang: Literal["ja", "en"]) -> str:
    """Return the sentence about the benchmark, from the file ``make bench`` writes."""
    result = json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text("utf-8"))
    measured = result["table"]["ratios"]["balanced / Presidio with ja_ginza"]
    ratio, (low, high) = f"{measured['ratio']:.0f}", measured["range"]
    where = f"{low:.0f}–{high:.0f}, {result['table']['rows']:,} rows, 17 columns, {result['machine']}"
    return {
        "en": f"On one core, Meibo scans {ratio} times as many rows per CPU second as Presidio's\n"
        "`BatchAnalyzerEngine` with ja_ginza (batch 64); range\n"
        f"{where}. More in [docs/performance.md](docs/performance.md); repeat it with `make bench`.",
        "ja": "ja_ginza を使う Presidio の `BatchAnalyzerEngine`（バッチ 64）と比べ、CPU 1 秒あたりの\n"
        f"処理行数は {ratio} 倍です（1 コア、範囲 {where}）。\n"
        "詳しくは [docs/performance.md](docs/performance.md)。`make bench` で再現できます。",
    }[lang]


def speed_tables() -> str:
    """Return what ``make bench`` measured."""
    # The benchmarks are no part of the package.
    sys.path.insert(0, str(ROOT))
    from benchmarks.speed.page import speed

    return speed(json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text("utf-8")))


def store_result() -> dict[str, Any]:
    """Return what ``make bench-store`` wrote."""
    result: dict[str, Any] = json.loads((ROOT / "benchmarks" / "results" / "store.json").read_text("utf-8"))
    return result


def store_size() -> str:
    """Return how much the large store holds, and where it was measured."""
    result = store_result()
    held = ", ".join(f"{name} {rows:,}" for name, rows in result["store"].items())
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    return f"Rows: {held}; {result['megabytes']:,} MB.\nMeasured on {result['machine']}; {versions}."


def store_seconds() -> str:
    """Return the seconds of every answer, the dearest first."""
    result = store_result()
    answers = {f"report `{name}`": taken for name, taken in result["reports"].items()} | result["answers"]
    rows = sorted(answers.items(), key=lambda item: (-item[1]["cpu"], item[0]))
    lines = (f"| {name} | {taken['cpu']:.2f} | {taken['wall']:.2f} |" for name, taken in rows)
    return "\n".join(["| answer | CPU s | wall s |", "|---|--:|--:|", *lines])
