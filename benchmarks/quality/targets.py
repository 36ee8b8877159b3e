"""What the project set out to reach, beside what it reaches today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.quality.floors import names


@dataclass(frozen=True)
class Target:
    """`figure`: a path as in floors.yaml. `bound`: the least wanted, or with `ceiling` the most allowed."""

    about: str
    figure: str
    bound: float
    ceiling: bool = False

    def is_met(self, value: float) -> bool:
        return value <= self.bound if self.ceiling else value >= self.bound


def _exact(set_name: str, entity_type: str) -> str:
    return f"text/{set_name}/types/{entity_type}/exact/f1"


_HEADERS = "columns/tables, original headers/columns"
_NUMBERED = "columns/tables, headers c_01 …/columns"

TARGETS = (
    Target("web and news sentences, PERSON, exact F1 (news .90, web .80)", _exact("text_gsd", "PERSON"), 0.9),
    Target("personnel notices, PERSON, exact F1", _exact("biz_personnel_notice", "PERSON"), 0.98),
    Target("executive records of our own, exact F1", "text/own-measure/genres/executive/exact/f1", 0.98),
    Target("Wikipedia sentences, PERSON, exact F1", _exact("text_stockmark", "PERSON"), 0.87),
    Target("Wikipedia leads, PERSON, exact F1", _exact("text_wac", "PERSON"), 0.87),
    Target(
        "false PERSON per 10,000 characters, summaries", "text/neg_biz_summary/false_per_10k/rate", 0.3, True
    ),
    Target("false PERSON per 10,000 characters, policies", "text/neg_policy/false_per_10k/rate", 0.3, True),
    Target("addresses in records, exact F1", _exact("addr_in_records", "JP_ADDRESS"), 0.9),
    Target("addresses in records, F1 by character", "text/addr_in_records/types/JP_ADDRESS/char/f1", 0.98),
    Target("share of address negatives hit", "text/addr_negative/documents_hit/rate", 0.005, True),
    Target("whole address strings, exact F1", _exact("addr_strings", "JP_ADDRESS"), 0.95),
    Target("telephone numbers, precision", "phones/exact/p", 0.99),
    Target("telephone numbers, recall", "phones/exact/r", 0.97),
    Target("My Number with context, precision", "checksums/JP_MY_NUMBER/exact/p", 1.0),
    Target("My Number with context, recall", "checksums/JP_MY_NUMBER/exact/r", 1.0),
    Target("columns with headers, personal or not, F1", f"{_HEADERS}/personal/f1", 0.95),
    Target("columns with headers, typed, F1", f"{_HEADERS}/typed/f1", 0.93),
    Target("columns without headers, personal or not, F1", f"{_NUMBERED}/personal/f1", 0.95),
    Target("columns without headers, typed, F1", f"{_NUMBERED}/typed/f1", 0.93),
    Target("characters per CPU second", "speed/characters_per_cpu_second/ALL", 100_000),
)


def measured(figures: Mapping[str, Any]) -> Iterator[tuple[Target, float]]:
    """Yield every target the run has a figure for, with the figure."""
    flat = names(figures)
    for target in TARGETS:
        if target.figure in flat:
            yield target, flat[target.figure]
