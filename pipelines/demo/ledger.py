"""The ledger the company keeps of its personal data (個人情報管理台帳), as such ledgers are: nearly right.

It lists some systems and not others, names a department that was renamed, a number of records from last year, a
server that is gone, and an item nobody understands. `meibo ledger import` reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from detectors.entities import load_entities
from pipelines.demo.truth import Truth
from pipelines.demo.workbook import saved
from pipelines.desk.inventory_ledger import COLUMNS

NAME = "ledger.xlsx"


class _Line(NamedTuple):
    """What the ledger says of a place. `without`: types it leaves out; `more`: items that are not there."""

    place: str
    purpose: str
    manager: str
    share: float = 1.0
    """Records it names, as a share of those there are."""
    without: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


_LINES = (
    _Line("crm/main.customers", "会員サービスの提供、商品の発送", "会員管理部"),
    _Line("crm/main.bank_accounts", "口座振替", "経理課", without=("JP_BANK_ACCOUNT",)),
    _Line("desk/main.orders", "商品の発送、代金の請求", "通販課", share=0.5),
    _Line("keeping/main.app_accounts", "", "", more=("CREDIT_CARD",)),
    _Line("shop/main.slips", "受付伝票の管理", "店舗運営課", more=("血液型",)),
)
_GONE = _Line("旧会員サーバー", "会員サービスの提供", "情報システム課", more=("PERSON", "JP_ADDRESS"))


def write(truth: Truth, directory: Path) -> None:
    """Write ``ledger.xlsx`` beside the estate and note in `truth` what report `ledger_diff` has to say of it."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "個人情報管理台帳"
    sheet.append(list(COLUMNS.values()))
    for line in (*_LINES, _GONE):
        sheet.append(_cells(line, truth))
    (directory / NAME).write_bytes(saved(book))
    truth.ledger = {"file": NAME, "listed": [line.place for line in _LINES], "rows": _rows()}


def _cells(line: _Line, truth: Truth) -> Sequence[str | int | None]:
    labels = load_entities()
    held = [name for name in _held(line, truth) if name not in line.without]
    items = [labels[name].ja if name in labels else name for name in (*held, *line.more)]
    records = round(_records(line, truth) * line.share) if held else None
    return ["、".join(items), line.purpose, line.place, records, None, None, None, None, line.manager]


def _held(line: _Line, truth: Truth) -> Sequence[str]:
    return sorted(truth.assets[line.place]["counts"]) if line.place in truth.assets else ()


def _records(line: _Line, truth: Truth) -> float:
    """Return the rows of the table: the most that one column of it holds."""
    facts = truth.assets[line.place]
    columns = list(facts["columns"].values())
    most: float = max(
        number / columns.count(kind) for kind, number in facts["counts"].items() if kind in columns
    )
    return most


def _rows() -> list[list[str]]:
    """Return (state, place, what) of every difference but those of places the ledger does not list."""
    known = load_entities()
    rows = [["not-in-ledger", line.place, name] for line in _LINES for name in line.without]
    rows += [
        ["not-found" if name in known else "not-understood", line.place, name]
        for line in (*_LINES, _GONE)
        for name in line.more
    ]
    rows += [["differs", "crm/main.customers", "manager"], ["differs", "desk/main.orders", "records"]]
    return sorted(rows)
