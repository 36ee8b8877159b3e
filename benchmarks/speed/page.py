"""What ``make bench`` wrote, as the tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]

#: Ratio of the table part → what the issue asks for.
TARGETS = {
    "read / fast, 17 columns": "≤ 8",
    "read / balanced, 17 columns": "",
    "read / fast, 16 columns": "≤ 3",
    "read / balanced, 16 columns": "",
    "read / fast, 17 columns, sparse": "",
    "read / balanced, 17 columns, sparse": "",
    "balanced / own analyzer": "≥ 30",
    "balanced / Presidio with ja_ginza": "≥ 1,000",
}
RATES = {
    "read 17": "reading the Parquet file into Arrow, all 17 columns",
    "read 16": "reading it, the 16 structured columns",
    "fast 17": "Meibo, names by rules, 17 columns",
    "fast 16": "Meibo, names by rules, 16 columns",
    "balanced 17": "Meibo, names by rules and tagger (the default), 17 columns",
    "balanced 16": "Meibo, the default, 16 columns",
    "fast sparse": "by rules, 17 columns, one note in ten tells of somebody",
    "balanced sparse": "the default, 17 columns, one note in ten tells of somebody",
    "analyzer": "the same recognizers through Presidio's engine, every distinct value",
    "presidio": "Presidio `BatchAnalyzerEngine`, ja_ginza and five patterns, batch 64",
}


def speed(told: Json) -> str:
    """Return the generated section from what ``benchmarks/results/speed.json`` holds."""
    blocks = (_rates(told["table"]), _ratios(told["table"]), _text(told["text"]), _quality(told["quality"]))
    more = (_nights(told["nights"]), _others(told), _memory(told.get("memory", {})))
    where = f"Measured on {told['machine']}; {', '.join(f'{a} {b}' for a, b in told['versions'].items())}."
    return "\n\n".join([*blocks, *(each for each in more if each), where])


def _rates(told: Json) -> str:
    rates = told["rows per CPU second"]
    rows = ((label, _number(rates[name])) for name, label in RATES.items())
    return f"{told['rows']:,} rows, one thread.\n\n" + _table(("", "rows per CPU s"), rows)


def _ratios(told: Json) -> str:
    rows = (
        (name, target, _number(told["ratios"][name]["ratio"]), _range(told["ratios"][name]["range"]))
        for name, target in TARGETS.items()
    )
    return _table(("ratio in one run", "target", "median", "range"), rows)


def _text(told: Json) -> str:
    rates = told["characters per CPU second"]
    names = {"fast": "names by rules", "balanced": "the default", "GiNZA nlp.pipe": "GiNZA `nlp.pipe`"}
    rows = [(label, _number(rates[name])) for name, label in names.items()]
    if prose := told.get("prose"):
        public = f"public prose of {prose['characters']:,} characters, no sentence of it known"
        rows += [(f"{public}: {names[point]}", _number(prose[point])) for point in ("fast", "balanced")]
    return f"Letters, {told['characters']:,} characters.\n\n" + _table(("", "characters per CPU s"), rows)


def _quality(told: Json) -> str:
    points = [name for name in told if name != "rows"]
    rows = ((name, *(f"{told[point][name]:.3f}" for point in points)) for name in told[points[0]])
    about = f"Exact spans in {told['rows']:,} notes; a fifth of the names stand in no dictionary."
    return f"{about}\n\n" + _table(("", *points), rows)


def _nights(told: Json) -> str:
    rows = [("full scan", f"{told['full']:.1f}", "", "")]
    for percent, target in ((0, "≤ 0.5 %"), (1, "≤ 3 %"), (10, "")):
        share = told[f"{percent} % changed, share of 300 s"]
        rows.append(
            (f"{percent} % changed", f"{told[f'{percent} % changed']:.2f}", target, f"{100 * share:.2f} %")
        )
    about = (
        f"A table of {told['rows']:,} rows in {told['parts']} parts, with load and page; imports and dictionaries"
        " are paid before. Of a full scan of 300 s a night costs its share of the data and what does not grow"
        " with it."
    )
    return f"{about}\n\n" + _table(("night", "CPU s", "target", "of a scan of 300 s"), rows)


def _others(told: Json) -> str:
    load, gain = told["nights"]["load"], told.get("workers")
    rows = [
        ("load: rows per CPU s, findings and keys", _number(load["rows per CPU second"]), ""),
        ("the same with all that is derived", _number(load["rows per CPU second, all derived"]), ""),
        ("DuckDB inserting the same Parquet", _number(load["rows per CPU second, DuckDB alone"]), ""),
        ("ours / DuckDB", _number(load["ours / DuckDB"]["ratio"]), "≥ 0.6"),
        ("start to first part, CPU s", _number(told["start"]["CPU seconds"]), "< 10"),
    ]
    if gain:
        rows += [
            ("two workers: gain", _number(gain["gain"]), ""),
            ("two processes that only compute: gain", _number(gain["gain of pure computing"]), ""),
            ("ratio of the gains", _number(gain["ratio"]), "≥ 0.85"),
        ]
    return _table(("", "measured", "target"), rows)


def _memory(told: Json) -> str:
    if not told:
        return ""
    rows = ((name, f"{each['CPU seconds']:,}", f"{each['peak MB']:,}") for name, each in told.items())
    return "Whole scans in one process.\n\n" + _table(("scan", "CPU s", "peak MB"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = tuple(head)
    return "\n".join(_lines([names, ("---", *("--:" for _ in names[1:])), *rows]))


def _lines(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


def _range(bounds: list[float]) -> str:
    return "–".join(map(_number, bounds))
