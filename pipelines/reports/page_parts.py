"""What the page shows besides tables: summary numbers, the exposure matrix, stale segments, the tree."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipelines.policies import Label
from pipelines.reports.rows import Row, column_of, picked
from pipelines.reports.runner import Table

#: Rows of one section, so that the page stays below 3 MB; what is left out is counted and named on the page.
LIMIT = 450
#: Rows of a section that is folded away.
FOLDED = 60
AUDIENCES = ("public", "unknown", "entrustee", "company", "department", "role", "owner", "nobody")
SEGMENTS = ("overdue", "unknown", "due-soon", "held", "running")
_SEVERE = 4


@dataclass(frozen=True)
class Tile:
    """One summary number, a remark below it, and the report both come from."""

    label: Label
    value: int
    remark: Label
    report: str
    alarming: bool


@dataclass(frozen=True)
class HeatRow:
    """One entity type of the exposure matrix; a cell is None where nobody of that audience reads it."""

    entity_type: str
    sensitivity: int | None
    cells: tuple[Row | None, ...]


def heat_level(sensitivity: int | None, rows: int) -> int:
    """Return how dark a cell of the matrix is, 1–5, from the sensitivity and the order of magnitude of rows."""
    return max(1, min(5, round(0.6 * (sensitivity or 5) + 0.5 * math.log10(rows + 1))))


def tiles(tables: Mapping[str, Table]) -> Iterator[Tile]:
    """Give the summary numbers."""
    coverage, inventory = tables["coverage"].rows, tables["inventory"].rows
    stale, exposure = tables["stale"].rows, tables["exposure"].rows
    unread = sum(parts > 0 for parts in column_of(coverage, "parts_not_examined"))
    severe = sum((sensitivity or 5) >= _SEVERE for sensitivity in column_of(inventory, "sensitivity"))
    undeclared = column_of(inventory, "declared").count(False)
    unknown = column_of(stale, "state").count("unknown")
    wide = {
        entity_type
        for entity_type, audience in zip(
            column_of(exposure, "entity_type"), column_of(exposure, "audience"), strict=True
        )
        if audience in {"public", "unknown"}
    }
    types = len(set(column_of(inventory, "entity_type")))
    past = sum(filter(None, column_of(stale, "past")))
    rows = sum(column_of(coverage, "rows_examined"))
    yield Tile(
        Label(ja="資産", en="Assets"), len(coverage),
        Label(ja=f"うち未検査あり {unread:,}", en=f"{unread:,} not fully examined"), "coverage", unread > 0,
    )  # fmt: skip
    yield Tile(
        Label(ja="検査した行", en="Rows examined"), rows,
        Label(ja="文書・画像は1件を1行と数える", en="a document or image counts as one"), "coverage", False,
    )  # fmt: skip
    yield Tile(
        Label(ja="個人データのある項目", en="Fields with personal data"), len(inventory),
        Label(ja=f"{types:,} 種別・未届 {undeclared:,}", en=f"{types:,} types, {undeclared:,} not declared"),
        "inventory", undeclared > 0,
    )  # fmt: skip
    yield Tile(
        Label(ja="特に機微な項目", en="Highly sensitive fields"), severe,
        Label(ja="機微度 4〜5", en="sensitivity 4–5"), "inventory", severe > 0,
    )  # fmt: skip
    yield Tile(
        Label(ja="保存期間を過ぎた記録", en="Records past retention"), past,
        Label(ja=f"判断できないもの {unknown:,} 件", en=f"{unknown:,} entries cannot be judged"),
        "stale", past + unknown > 0,
    )  # fmt: skip
    yield Tile(
        Label(ja="公開・閲覧範囲不明の種別", en="Types public or of unknown audience"), len(wide),
        Label(ja="誰が読めるか要確認", en="find out who can read them"), "exposure", bool(wide),
    )  # fmt: skip


def heat(rows: Sequence[Row]) -> Iterator[HeatRow]:
    """Give the exposure matrix, the most sensitive type first."""
    audiences = [name for name in AUDIENCES if any(row["audience"] == name for row in rows)]
    by_type: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_type.setdefault(row["entity_type"], {})[row["audience"]] = row
    for entity_type, cells in sorted(by_type.items(), key=_most_sensitive_first):
        sensitivity = next(iter(cells.values()))["sensitivity"]
        yield HeatRow(entity_type, sensitivity, tuple(cells.get(audience) for audience in audiences))


def _most_sensitive_first(item: tuple[str, dict[str, Row]]) -> tuple[int, int, str]:
    entity_type, cells = item
    return (
        -(next(iter(cells.values()))["sensitivity"] or 6),
        -max(row["rows"] for row in cells.values()),
        entity_type,
    )


def gaps(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of the coverage report with parts that were not examined."""
    return picked(rows, [at for at, parts in enumerate(column_of(rows, "parts_not_examined")) if parts])


def judged(rows: Sequence[Row]) -> tuple[list[Row], list[Row], list[tuple[str, int]]]:
    """Split the stale report: rows with a date, rows nobody can judge, and how many of these for which reason.

    No more than `LIMIT` and `FOLDED` rows: what nobody can judge is not to hide what is due.
    """
    unknown = [state == "unknown" for state in column_of(rows, "state")]
    parts = [
        [at for at, is_unknown in enumerate(unknown) if is_unknown is wanted] for wanted in (False, True)
    ]
    reasons = column_of(rows, "reason")
    why = Counter(reasons[at] for at in parts[1]).most_common()
    return picked(rows, parts[0][:LIMIT]), picked(rows, parts[1][:FOLDED]), why


def segments(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Split all records of the stale report by what is to be done with them; the sum is all of them."""
    totals = dict.fromkeys(SEGMENTS, 0)
    columns = (column_of(rows, name) for name in ("state", "kind", "records", "past", "due_soon"))
    for state, kind, records, past, soon in zip(*columns, strict=True):
        totals["overdue"] += past or 0
        totals["due-soon"] += soon or 0
        rest = "unknown" if state == "unknown" else "held" if kind == "hold" else "running"
        totals[rest] += records - (past or 0) - (soon or 0)
    return list(totals.items())


def tree(tables: Mapping[str, Table]) -> list[tuple[str, list[tuple[str, list[tuple[Row, Row]]]]]]:
    """Return source → asset → (inventory row, why row); of more than `LIMIT` rows the most sensitive ones."""
    held, told = tables["inventory"].rows, tables["why"].rows
    places = list(_places(held))
    most = sorted(range(len(places)), key=_least_sensitive_last(held))[:LIMIT]
    kept = {places[at] for at in most}
    rows = picked(held, [at for at, place in enumerate(places) if place in kept])
    why = {
        _place(row): row
        for row in picked(told, [at for at, place in enumerate(_places(told)) if place in kept])
    }
    return [
        (
            source,
            [
                (asset, [(row, why[_place(row)]) for row in of_asset])
                for asset, of_asset in _grouped(of_source, "asset")
            ],
        )
        for source, of_source in _grouped(rows, "source")
    ]


def _least_sensitive_last(rows: Sequence[Row]) -> Callable[[int], tuple[int, int]]:
    sensitivity, held = column_of(rows, "sensitivity"), column_of(rows, "rows")
    return lambda at: (-(sensitivity[at] or 6), -held[at])


def _grouped(rows: Iterable[Row], name: str) -> list[tuple[str, list[Row]]]:
    return [(key, list(group)) for key, group in groupby(rows, key=lambda row: row[name])]


def _place(row: Row) -> tuple[str, str, str]:
    return row["asset"], row["field"], row["entity_type"]


def _places(rows: Sequence[Row]) -> Iterator[tuple[str, str, str]]:
    return zip(*(column_of(rows, name) for name in ("asset", "field", "entity_type")), strict=True)
