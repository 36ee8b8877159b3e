"""開示等の請求 of the sample company: who asked for what, until when, and the copies of identity papers.

Most is as it should be: answered in time, the copy erased. Two requests are open past their day, of one the copy
of the licence still lies there, and one was answered without anybody noting that the asker was that person. The
copy of somebody whose request is in no register is there, too.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.demo.people import World
from pipelines.demo.tables import Table, write_tables
from pipelines.demo.truth import Truth

#: All of it lies before `people.TODAY`, so that late is late whenever the estate is scanned.
_FIRST = date(2026, 1, 5)
_DAYS, _COPY_DAYS = 14, 30

_COLUMNS = (
    ("請求番号", "TEXT", None),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("種別", "TEXT", None),
    ("受付日", "TEXT", None),
    ("回答期限", "TEXT", None),
    ("回答日", "TEXT", None),
    ("結果", "TEXT", None),
    ("本人確認", "TEXT", None),
)
_COPY_COLUMNS = (
    ("写し番号", "TEXT", None),
    ("請求番号", "TEXT", None),
    ("書類", "TEXT", None),
    ("受領日", "TEXT", None),
    ("消去期限", "TEXT", None),
    ("消去日", "TEXT", None),
)


class _Case(NamedTuple):
    """A request as it went. `state`: what report `requests` has to say of it."""

    kind: str
    state: str = "answered"
    answered: bool = True
    outcome: str = "応じた"
    checked: str = "○"
    copy: str | None = None
    """What became of a copy of an identity document: erased or kept; None: none was taken."""


_CASES = (
    _Case("開示", copy="erased"),
    _Case("利用停止等"),
    _Case("開示", "overdue", answered=False, outcome=""),
    _Case("訂正等", copy="erased"),
    _Case("開示", "copy-overdue", copy="kept"),
    _Case("利用停止等", "unchecked", checked="×"),
    _Case("開示", outcome="不開示（本人確認できず）", checked="×"),
    _Case("利用停止等", "overdue", answered=False, outcome="", checked=""),
)


def write(world: World, directory: Path) -> Truth:
    """Write ``privacy.sqlite``: the register of requests and that of the copies of identity documents."""
    rng = world.stream("requests")
    askers = rng.sample(world.customers, len(_CASES))
    asked: list[list[Any]] = []
    copies: list[list[Any]] = []
    found: list[str] = []
    for number, (case, asker) in enumerate(zip(_CASES, askers, strict=True), 1):
        ref, received = f"R26-{number:04d}", _FIRST + timedelta(days=3 * number)
        answered = received + timedelta(days=rng.randint(3, 12)) if case.answered else None
        asked.append(
            [ref, asker.number, case.kind, received.isoformat(), (received + timedelta(days=_DAYS)).isoformat(),
             answered.isoformat() if answered else None, case.outcome or None, case.checked or None]
        )  # fmt: skip
        if case.copy:
            copies.append(_copy(len(copies), ref, received, erased=case.copy == "erased"))
        found.append(f"{case.state} {ref}")
    copies.append(_copy(len(copies), "R25-0091", _FIRST, erased=False))
    found.append("copy-overdue R25-0091")
    truth = Truth()
    tables = (Table("requests", _COLUMNS, asked), Table("id_copies", _COPY_COLUMNS, copies))
    write_tables(directory / "privacy.sqlite", "privacy", tables, truth)
    truth.incidents["requests"] = {"rows": len(found), "keys": sorted(found)}
    return truth


def _copy(index: int, ref: str, received: date, *, erased: bool) -> list[Any]:
    gone = (received + timedelta(days=9)).isoformat() if erased else None
    due = (received + timedelta(days=_COPY_DAYS)).isoformat()
    return [f"C26-{index + 1:04d}", ref, "運転免許証の写し", received.isoformat(), due, gone]
