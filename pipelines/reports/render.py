"""A report for people and machines: Rich table, JSON, CSV. What was not examined stands first."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Group
from rich.table import Table as RichTable
from rich.text import Text

from pipelines.reports.runner import Gap, Lang, Table

#: Control characters and direction overrides from scanned names: they rewrite a terminal and hide extensions.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")

#: What a spreadsheet takes for a formula at the start of a cell (OWASP, "CSV injection"), full width included.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")

TOKYO = "Asia/Tokyo"

#: A terminal column that is wider folds.
WIDEST = 32


def to_terminal(table: Table, lang: Lang, *, width: int = 200) -> Group:
    """Return what `rich.console.Console.print` shows: the gap, the table, or a sentence for no rows.

    Columns come in the order of the report; those that do not fit `width` are named below (JSON and CSV have
    them all), and columns without one value are left out.
    """
    title = getattr(table.report.title, lang)
    body = RichTable(title=title, title_justify="left", header_style="bold", row_styles=["", "dim"])
    filled = [column for column in table.report.columns if column.name in table.filled]
    cells = {
        column.name: [
            printable(shown(table.text(column, row[column.name], lang), table.zone)) for row in table.rows
        ]
        for column in filled
    }
    fitting = _fitting(
        {column.name: [getattr(column.label, lang), *cells[column.name]] for column in filled}, width
    )
    for column in filled[:fitting]:
        numeric = any(_is_number(row[column.name]) for row in table.rows)
        body.add_column(getattr(column.label, lang), justify="right" if numeric else "left", overflow="fold")
    for row in zip(*(cells[column.name] for column in filled[:fitting]), strict=True):
        body.add_row(*map(Text, row))
    nothing = Text({"ja": f"{title}: 該当なし", "en": f"{title}: nothing to report"}[lang])
    gap = Text(gap_sentence(table.gap, lang), "bold red" if table.gap.parts else "green")
    left_out = ", ".join(getattr(column.label, lang) for column in filled[fitting:])
    more = {
        "ja": f"画面に入らない列（--format csv で全列）: {left_out}",
        "en": f"Columns that do not fit (--format csv has all): {left_out}",
    }
    left = [Text(suppressed_sentence(table.suppressed, lang), "yellow")] if table.suppressed else []
    return Group(
        gap, *left, body if table.rows else nothing, *([Text(more[lang], "dim")] if left_out else [])
    )


def _fitting(columns: dict[str, list[str]], width: int) -> int:
    """Return how many columns, from the left, stand side by side in `width`; never fewer than three."""
    used, count = 1, 0
    for texts in columns.values():
        used += min(max(map(cell_len, texts)), WIDEST) + 3
        if used > width and count >= 3:
            break
        count += 1
    return count


def to_json(table: Table) -> str:
    """Return the rows as a JSON list of objects: codes under stable names, times in ISO 8601."""
    return json.dumps(list(table.rows), ensure_ascii=False, default=_jsonable, indent=2)


def to_csv(table: Table, lang: Lang) -> bytes:
    """Return UTF-8 with a byte-order mark, as Excel in Japan expects; text that reads as a formula is quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(defused(getattr(column.label, lang)) for column in table.report.columns)
    for row in table.rows:
        cells = (table.text(column, row[column.name], lang) for column in table.report.columns)
        writer.writerow(
            cell if _is_number(cell) else defused(shown(cell, table.zone, plain=True)) for cell in cells
        )
    return buffer.getvalue().encode("utf-8-sig")


def gap_sentence(gap: Gap, lang: Lang) -> str:
    """Say what was not examined, in one sentence."""
    if not gap.parts:
        return {"ja": "未検査の部分はありません", "en": "Nothing was left unexamined"}[lang]
    return {
        "ja": f"未検査: {gap.assets:,} 資産、{gap.parts:,} か所",
        "en": f"Not examined: {gap.parts:,} parts in {gap.assets:,} assets",
    }[lang]


def suppressed_sentence(suppressed: int, lang: Lang) -> str:
    """Say how many rows decisions left out, in one sentence."""
    return {
        "ja": f"判断により除外: {suppressed:,} 行(誤検出・期限付き容認。meibo report triage で確認)",
        "en": f"Left out by decisions: {suppressed:,} rows (see `meibo report triage`)",
    }[lang]


def shown(value: Any, zone: str, *, plain: bool = False) -> str:
    """Return a cell as text: grouped digits (not if `plain`), times in `zone`, "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:,}" if _is_number(value) and not plain else str(value)


def printable(text: str) -> str:
    """Replace what would steer a terminal or a browser's text direction."""
    return _UNPRINTABLE.sub("\ufffd", text)


def defused(text: str) -> str:
    """Make sure a spreadsheet shows a cell instead of running it."""
    clean = printable(text)
    return f"'{clean}" if _FORMULA.match(text) else clean


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _jsonable(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)
