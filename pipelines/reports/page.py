"""The whole report as one HTML file: no network, no dependency, both languages, printable.

Every number on it comes from a report of this package; the page shows each report's SQL beside its numbers.
A content security policy with hashes lets nothing run or load but the page's own style and script, so that
even a name that escaped escaping could do nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from pipelines.layout import Layout, replacing, scratch
from pipelines.policies import Label
from pipelines.reports.actions import actions, dues
from pipelines.reports.charts import trend
from pipelines.reports.page_parts import (
    AUDIENCES,
    FOLDED,
    LIMIT,
    gaps,
    heat,
    heat_level,
    judged,
    segments,
    tiles,
    tree,
)
from pipelines.reports.page_tables import read_tables
from pipelines.reports.render import printable, shown, suppressed_sentence
from pipelines.reports.rows import column_of
from pipelines.reports.runner import Column, Table

#: Rows of a report that has no drawing of its own; `meibo report` prints all.
ROWS = 40
#: Characters of one cell.
WIDTH = 120

#: Reports the page draws in a way of their own. Every other one is a table: in its incident, else further down.
DRAWN = ("coverage", "exposure", "stale", "inventory", "why", "scan")
INCIDENTS: tuple[tuple[Label, tuple[str, ...]], ...] = (
    (
        Label(ja="受注窓口: 同じ住所の別世帯を取り違える", en="Order desk: two households at one address"),
        ("shared_address", "household_rule", "agent_view", "third_party_notes"),
    ),
    (
        Label(
            ja="貸出端末: 前の借受人のデータが残る", en="Loaner phones: what the last borrower left on them"
        ),
        ("device_residue",),
    ),
    (
        Label(
            ja="店舗: 期限切れの申込票・理由のない閲覧・私用の連絡手段",
            en="Phone shop: slips, look-ups, private channels",
        ),
        ("overdue_slips", "unexplained_access", "private_channel"),
    ),
    (
        Label(ja="営業: 目的外の記録(前職・交際・病歴など)", en="Sales: what the purpose does not cover"),
        ("purpose_mismatch",),
    ),
    (
        Label(
            ja="メールマガジン: 退会者への配信・残された名簿",
            en="Newsletter: mail to those who left, lists left behind",
        ),
        ("suppression_violations", "migration_diff", "orphan_lists", "duplicate_sends", "deletion_residuals"),
    ),
)  # fmt: skip
#: Columns of the stale report the page shows, in the order of the report.
DUE_COLUMNS = (
    "state", "asset", "status", "records", "past", "due_soon", "oldest", "due", "retention", "law",
)  # fmt: skip
#: States that ask nothing of anybody.
QUIET = frozenset(
    ("ok", "explained", "running", "held", "empty", "current", "declared", "registered", "allowed",
     "within-policy", "not-declared", "closed", "none", "lendable", "on-loan")
)  # fmt: skip


def write_page(layout: Layout) -> Path:
    """Render the page of the published store to ``report.html`` and return its path."""
    html = render_page(layout.store, layout.pages)
    with replacing(layout.report) as beside:
        beside.touch(0o600)
        beside.write_text(html, "utf-8")
    return layout.report


def render_page(store: Path, pages: Path | None = None) -> str:
    """Return the page as HTML. Raises what `pipelines.store.reader.Reader` raises.

    `pages`: where the rows of a page are kept for the next one (`pipelines.reports.kept`); without it the scan
    before is asked again.
    """
    # The rows of a large estate are not to be held in memory.
    with scratch(pages) if pages else nullcontext() as own:
        return _render(*read_tables(store, pages, own))


def _render(tables: dict[str, Table], changed: dict[str, Table | None] | None) -> str:
    placed = {name for _, names in INCIDENTS for name in names}
    style, script = _source("page.css.j2") + _beside(tables["stale"], DUE_COLUMNS), _source("page.js.j2")
    return _template().render(
        tables=tables,
        style=Markup(style),  # noqa: S704 - our own file, and so is the script
        script=Markup(script),  # noqa: S704
        policy=_policy(style, script),
        words=_words(tables),
        gaps=gaps(tables["coverage"].rows),
        compared=changed is not None,
        changed={name: table for name, table in (changed or {}).items() if table and table.rows},
        unknown=[name for name, table in (changed or {}).items() if table is None],
        incidents=[(title, [name for name in names if name in tables]) for title, names in INCIDENTS],
        others=[name for name in tables if name not in placed and name not in DRAWN],
        quiet=QUIET,
        rows=ROWS,
        tiles=list(tiles(tables)),
        audiences=[name for name in AUDIENCES if name in column_of(tables["exposure"].rows, "audience")],
        heat=list(heat(tables["exposure"].rows)),
        heat_level=heat_level,
        segments=segments(tables["stale"].rows),
        judged=judged(tables["stale"].rows),
        due_columns=DUE_COLUMNS,
        tree=tree(tables),
        actions=actions(tables),
        dues=dues(tables["stale"].rows),
        trend=trend(tables["stale_trend"].rows),
        zone=tables["scan"].zone,
        limit=LIMIT,
        folded=FOLDED,
    )


@cache
def _template() -> Template:
    """Return the page's template, compiled once per process: that takes longer than filling it."""
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(short=_shortened, shown=_shown)
    environment.globals.update(
        suppressed_sentence=suppressed_sentence, asking=asking, tallied=tally, label=_label
    )
    return environment.get_template("page.html.j2")


def _beside(table: Table, names: Sequence[str]) -> str:
    """Return style that writes its column's label beside a cell, where a narrow screen stacks them."""
    columns = [column for column in table.report.columns if column.name in names]
    rules = [
        f'html{ui} .stack tr>*:nth-child({place})::before{{content:"{label}"}}'
        for place, column in enumerate(columns, 1)
        for ui, label in ((":not([data-ui=en])", column.label.ja), ("[data-ui=en]", column.label.en))
    ]
    return f"@media (max-width:600px){{{''.join(rules)}}}"


def asking(table: Table) -> int:
    """Return how many rows ask something of somebody."""
    if all(column.name != "state" for column in table.report.columns):
        return len(table.rows)
    return sum(state not in QUIET for state in column_of(table.rows, "state"))


def tally(table: Table, name: str) -> list[tuple[Any, int]]:
    """Return how many rows have each code of a column, by code."""
    return sorted(Counter(column_of(table.rows, name)).items(), key=lambda item: str(item[0]).lower())


def _policy(style: str, script: str) -> str:
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none';"
        f" style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    )


def _words(tables: dict[str, Table]) -> Any:
    """Return a function (report, column, code) → label; a code without words is its own label."""
    columns: dict[tuple[str, str], Column] = {
        (name, column.name): column for name, table in tables.items() for column in table.report.columns
    }

    def words(report: str, column: str, code: Any) -> Label:
        return _label(tables[report], columns[report, column], code)

    return words


def _label(table: Table, column: Column, code: Any) -> Label:
    label = table.label(column, code)
    if label is None:
        text = _short(code, table.zone)
        label = Label(ja=text, en=text)
    return label


@pass_context
def _shown(context: Context, value: Any) -> str:
    return shown(value, context["zone"])


@pass_context
def _shortened(context: Context, value: Any) -> str:
    return _short(value, context["zone"])


def _short(value: Any, zone: str) -> str:
    text = printable(shown(value, zone))
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def _source(name: str) -> str:
    return (resources.files("pipelines.reports") / name).read_text("utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
