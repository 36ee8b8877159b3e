"""Reports: a SQL file each, with its titles, column labels and parameters in the comment it opens with.

Adding a report is adding one file. The comment is YAML: `title`, `about` and every column's label in Japanese
and English; `parameters` (name → date | integer | text | key:TYPE, a value that is keyed, or a key `k:…` as
reports show it), None where the caller gives nothing; `words` names the vocabulary of a column's codes
(`pipelines.reports.words`); `identity`, columns that identify a row from scan to scan (for ``--since``). Optional:
`measure`, a number of which more is worse; `decided_by`, the columns that hold asset, field and entity type where
decisions of `pipelines.desk.decisions` apply to rows; `gate`, what the gate of the report's name counts;
``page: false`` where the report is no part of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from detectors import plain_yaml
from pipelines.days import DAY, read_day
from pipelines.errors import Refused
from pipelines.policies import Label
from pipelines.reports.key_parameter import key_prefix
from pipelines.reports.rows import Packed, Rows
from pipelines.reports.rows import Row as Row
from pipelines.reports.words import PLACE, PLACES, Words, vocabulary
from pipelines.store.reader import Reader

if TYPE_CHECKING:
    import pandas as pd

Lang = Literal["ja", "en"]


@dataclass(frozen=True)
class Column:
    """A column of a report; `words` names the vocabulary its codes belong to, "" for plain values."""

    name: str
    label: Label
    words: str = ""


@dataclass(frozen=True)
class Report:
    """A report as its file describes it."""

    name: str
    title: Label
    about: Label
    columns: tuple[Column, ...]
    parameters: dict[str, str]
    sql: str
    identity: tuple[str, ...] = ()
    measure: str = ""
    decided_by: tuple[str, ...] = ()
    gate: Limit | None = None
    on_page: bool = True


@dataclass(frozen=True)
class Limit:
    """A gate: it fails when more than `limit` rows satisfy `where`, SQL over the report's columns.

    `registers`: where the estate declares all of them, `meibo gate` runs it unasked; one that names none runs
    when it is asked for by name.
    """

    where: str
    limit: int = 0
    registers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gap:
    """What was not examined: every rendering of every report opens with it."""

    parts: int
    assets: int


@dataclass(frozen=True)
class Table:
    """A report's rows. Cells are codes and plain values; `text` turns a cell into words."""

    report: Report
    rows: Sequence[Row]
    vocabulary: dict[str, Words]
    gap: Gap
    zone: str
    """The estate's time zone: moments are shown in it, as the store's days are."""
    suppressed: int = 0
    """Rows left out because somebody decided so (`pipelines.desk.decisions`)."""

    @property
    def filled(self) -> frozenset[str]:
        """Names of the columns that hold anything at all."""
        names = [column.name for column in self.report.columns]
        if isinstance(self.rows, Rows):
            return frozenset(filter(self.rows.filled, names))
        return frozenset(name for name in names if any(row[name] not in (None, []) for row in self.rows))

    def label(self, column: Column, value: Any) -> Label | None:
        """Return the words for a coded cell, None where the cell is to be shown as it is."""
        words = self.vocabulary.get(column.words, {})
        return words.get(str(value).lower() if isinstance(value, bool) else str(value))

    def text(self, column: Column, value: Any, lang: Lang) -> Any:
        """Return what a reader sees: words for codes, a joined list, the value itself for the rest."""
        if isinstance(value, list):
            return {"ja": "、", "en": ", "}[lang].join(str(self.text(column, item, lang)) for item in value)
        label = self.label(column, value)
        return getattr(label, lang) if label else value

    def to_pandas(self, lang: Lang | None = None) -> pd.DataFrame:
        """Return a DataFrame of codes under stable names, or of words under labels where `lang` is given."""
        import pandas as pd

        names = [column.name for column in self.report.columns]
        if lang is None:
            return pd.DataFrame(list(self.rows), columns=names)
        cells = [
            [self.text(column, row[column.name], lang) for column in self.report.columns] for row in self.rows
        ]
        return pd.DataFrame(cells, columns=[getattr(column.label, lang) for column in self.report.columns])


def list_reports() -> list[Report]:
    """Return every report, by name."""
    return list(_reports().values())


def find_report(name: str) -> Report:
    """Return a report; raises `Refused` ``report-unknown``."""
    report = _reports().get(name)
    if report is None:
        raise Refused("report-unknown", "", "one of: " + ", ".join(_reports()))
    return report


def run_report(store: Path, name: str, *, everything: bool = False, **parameters: Any) -> Table:
    """Run a report on a snapshot. No rows is an answer.

    `everything`: rows that decisions suppress, too.
    Raises `Refused` ``report-unknown``, ``report-parameter``, ``store-missing`` and its like.
    """
    with Reader(store) as reader:
        return report_from(reader, name, everything=everything, **parameters)


def report_from(reader: Reader, name: str, *, everything: bool = False, **parameters: Any) -> Table:
    """Run a report on a snapshot that is already open."""
    report = find_report(name)
    return decided(reader, report, all_rows(reader, report, **parameters), everything=everything)


def all_rows(reader: Reader, report: Report, **parameters: Any) -> Rows:
    """Return every row of a report, also those that decisions suppress."""
    return Rows(reader.arrow(report.sql, _bound(reader, report, parameters)))


def packed_rows(reader: Reader, report: Report, path: Path | None) -> Packed:
    """Return what `all_rows` does, packed into a file or, without one, in memory; never all of them unpacked."""
    return reader.stream(report.sql, _bound(reader, report, {}), lambda rows: Packed(rows, path))


def decided(reader: Reader, report: Report, rows: Rows, *, everything: bool = False) -> Table:
    """Return rows of a report as its table: less those that decisions suppress, unless `everything`."""
    kept = rows if everything else undecided(reader, report, rows)
    # A comparison with an earlier scan has the words of its changes, too.
    wanted = {column.words for column in report.columns} | {"change"}
    known = reader.once("vocabulary", vocabulary)
    return Table(
        report,
        kept,
        {word: known[word] for word in wanted if word in known},
        reader.once("gap", _gap),
        reader.zone,
        suppressed=len(rows) - len(kept),
    )


def table_of(reader: Reader, report: Report, rows: Sequence[Row]) -> Table:
    """Return rows that were found by other means as a table like a report's: its words, and the gap."""
    known = reader.once("vocabulary", vocabulary)
    wanted = {column.words for column in report.columns}
    words = {word: known[word] for word in wanted if word in known}
    return Table(report, rows, words, reader.once("gap", _gap), reader.zone)


def failing_rows(reader: Reader, report: Report) -> Table:
    """Return the rows that satisfy the report's gate, less those a decision suppresses; none without a gate."""
    where = report.gate.where if report.gate else "FALSE"
    sql = f"SELECT * FROM (\n{report.sql}\n) WHERE {where}"
    return decided(reader, report, Rows(reader.arrow(sql, _bound(reader, report, {}))))


def undecided(reader: Reader, report: Report, rows: Rows) -> Rows:
    """Return the rows no decision suppresses."""
    columns = ("asset_id", "field", "entity_type")[: len(report.decided_by)]
    decided = reader.once(columns, lambda asked: _suppressed(asked, columns)) if columns else frozenset()
    if not decided:
        return rows
    places = zip(*(rows.column(name) for name in report.decided_by), strict=True)
    return Rows(rows.table.filter(pa.array([place not in decided for place in places], pa.bool_())))


def _suppressed(reader: Reader, columns: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    if not reader.arrow("SELECT 1 FROM decided LIMIT 1").num_rows:
        return frozenset()
    listed = ", ".join(columns)
    # A row about a whole asset is suppressed when all that is in it is.
    query = f"SELECT {listed} FROM current_triage GROUP BY {listed} HAVING bool_and(suppressed)"
    return frozenset(tuple(row.values()) for row in reader.arrow(query).to_pylist())


def _bound(reader: Reader, report: Report, given: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(report.parameters))
    if unknown:
        raise Refused("report-parameter", f"{report.name}: {unknown[0]}", "this report does not take it")
    return {name: _cast(reader, report, name, given.get(name)) for name in report.parameters}


def _cast(reader: Reader, report: Report, name: str, value: Any) -> Any:
    if value is None or not isinstance(value, str):
        return value
    kind = report.parameters[name]
    if kind.startswith("key:"):
        return key_prefix(reader, f"{report.name}: {name}", kind.removeprefix("key:"), value)
    try:
        return read_day(value) if kind == "date" else int(value) if kind == "integer" else value
    except ValueError:
        wanted = DAY if kind == "date" else f"of type {kind}"
        raise Refused("report-parameter", f"{report.name}: {name}", f"is to be {wanted}") from None


def _gap(reader: Reader) -> Gap:
    counted = reader.arrow(f"""
        SELECT coalesce(sum(parts_not_examined), 0)::BIGINT AS parts,
               count(*) FILTER (parts_not_examined > 0) AS assets
        FROM (\n{_reports()["coverage"].sql}\n)
    """)
    return Gap(**counted.to_pylist()[0])


@cache
def _reports() -> dict[str, Report]:
    files = resources.files("pipelines.reports").iterdir()
    found = [_parse(file.name[:-4], file.read_text("utf-8")) for file in files if file.name.endswith(".sql")]
    return {report.name: report for report in sorted(found, key=lambda report: report.name)}


def _parse(name: str, text: str) -> Report:
    front, _, sql = text.removeprefix("/*").partition("*/")
    raw = plain_yaml.read(front)
    columns = tuple(
        Column(
            key,
            Label(ja=value["ja"], en=value["en"]),
            value.get("words", PLACE if key in PLACES else ""),
        )
        for key, value in raw["columns"].items()
    )
    return Report(
        name,
        Label(**raw["title"]),
        Label(**raw["about"]),
        columns,
        raw.get("parameters", {}),
        sql.strip(),
        identity=tuple(raw["identity"]),
        measure=raw.get("measure", ""),
        decided_by=tuple(raw.get("decided_by", ())),
        gate=Limit(**raw["gate"]) if "gate" in raw else None,
        on_page=raw.get("page", True),
    )
