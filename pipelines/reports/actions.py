"""What the page asks of its reader: which rows of which report, where, until when, and what settles them.

The sentences stand in ``actions.yaml``; the numbers and days are those of the reports. An action is one state of
one report, so that nobody reads the same sentence forty times; the rows follow below on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from detectors import plain_yaml
from pipelines.policies import Label
from pipelines.refs import Ref
from pipelines.reports.rows import Row, column_of
from pipelines.reports.runner import Table

#: Assets and owners named in one action.
NAMED = 3
#: Where the page shows a report that has a section of its own name; the others are articles called as the report.
_ANCHORS = {"coverage": "gaps"}


class Rule(Ref):
    """One entry of ``actions.yaml``."""

    report: str
    do: Label
    states: tuple[str, ...] = ()
    when: str = ""
    due: str = ""


@dataclass(frozen=True)
class Action:
    """Something to do. `rows`: of the report; `due`: the first day of all, None where none is known."""

    report: str
    anchor: str
    states: tuple[str, ...]
    rows: int
    due: date | None
    late: int
    """Rows whose day has passed."""
    places: tuple[str, ...]
    more: int
    owners: tuple[str, ...]
    do: Label


@cache
def rules() -> tuple[Rule, ...]:
    """Return the entries of ``actions.yaml``."""
    raw = plain_yaml.read((resources.files("pipelines.reports") / "actions.yaml").read_text("utf-8"))
    return tuple(Rule.model_validate(each) for each in raw)


def actions(tables: Mapping[str, Table]) -> list[Action]:
    """Return what is to be done, what is due first before the rest. Late is late on the day of the newest scan."""
    # The newest comes first; its end is no time of day where the clock had been ahead.
    today = next(iter(column_of(tables["scan"].rows, "day")), None)
    found = [action for rule in rules() if rule.report in tables for action in _of(rule, tables, today)]
    return sorted(found, key=lambda each: each.due or date.max)


def dues(rows: Sequence[Row]) -> dict[str, date]:
    """Return asset → the first day by which something of it is to be erased (rows of report `stale`)."""
    first: dict[str, date] = {}
    columns = (column_of(rows, name) for name in ("asset", "due", "kind"))
    for asset, due, kind in zip(*columns, strict=True):
        if due is not None and kind == "limit":
            first[asset] = min(due, first.get(asset, due))
    return first


def _of(rule: Rule, tables: Mapping[str, Table], today: date | None) -> Iterator[Action]:
    table = tables[rule.report]
    cells = column_of(table.rows, rule.when or "state")
    at = [place for place, cell in enumerate(cells) if (cell if rule.when else cell in rule.states)]
    if not at:
        return
    days = [day for day in _cells(table, rule.due, at) if day] if rule.due else []
    places = _names(table, ("asset", "assets", "examples", "list"), at)
    yield Action(
        report=rule.report,
        anchor=_ANCHORS.get(rule.report, rule.report),
        states=() if rule.when else tuple(dict.fromkeys(_cells(table, "state", at))),
        rows=len(at),
        due=min(days, default=None),
        late=sum(day < today for day in days) if today else 0,
        places=places[:NAMED],
        more=max(0, len(places) - NAMED),
        owners=_names(table, ("owner",), at)[:NAMED],
        do=rule.do,
    )


def _names(table: Table, columns: Sequence[str], at: Sequence[int]) -> tuple[str, ...]:
    """Return the different names of some rows, from the first of these columns that the first row has filled."""
    known = {column.name for column in table.report.columns}
    for name in columns:
        if name in known:
            cells = _cells(table, name, at)
            if isinstance(cells[0], str | list):
                names = (each for cell in cells for each in (cell if isinstance(cell, list) else [cell]))
                return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))
    return ()


def _cells(table: Table, name: str, at: Sequence[int]) -> list[Any]:
    column = column_of(table.rows, name)
    return [column[place] for place in at]
