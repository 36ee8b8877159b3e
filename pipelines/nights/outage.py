"""Outage: what a scan could not read is held as it was when it was last examined, and says so.

What stood at or below a place of which nothing was examined tonight stays: below a source that could not be
listed or is empty of a sudden, a directory nobody may open, a workbook that opens no more. Of an asset read in
part, the parts behind the fault stay. What a source that could be read does not list any more is gone.

Findings stay where they are (`pipelines.nights.carry`); the parts repeated are `unread`, of which no gate, no
certificate and no coverage makes anything but *not examined*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import duckdb

from pipelines.nights.carry import AT_ONCE, stored_assets
from pipelines.refs import LASTING
from pipelines.results import AsOf, AssetResult, FieldRow, PartResult

#: Why a source counts as not examined that lists nothing and held something before: a share that is not mounted is
#: an empty directory.
EMPTIED = "source-emptied"
#: Why one counts so of which not even the place is there: of a prefix, empty and mistyped look alike.
NOWHERE = "prefix-missing"
#: Kind of what stands for a source that was not examined as a whole; its id is the name of the source.
WHOLE = "source"

#: Read to its end all the same.
_READ_THROUGH = "changed-while-reading"
_STEPS = "/#!"

_HELD = "SELECT 1 FROM asset WHERE scan_id = ? AND source = ? AND kind <> ? LIMIT 1"
_UNREAD = """
    SELECT place.asset_id, min(coalesce(unread, reason)) FROM scan_part AS place JOIN part USING (part_id)
    WHERE scan_id = ? GROUP BY place.asset_id HAVING bool_and(status <> 'examined' OR unread IS NOT NULL)
"""
_MISSING = """
    SELECT asset_id FROM asset WHERE scan_id = $before AND source = $source AND kind <> $whole
    EXCEPT SELECT asset_id FROM asset WHERE scan_id = $scan ORDER BY 1
"""
_OLD = "SELECT DISTINCT source FROM asset WHERE scan_id = ? AND as_of_scan IS NOT NULL"
#: Of what could not be read nobody may know tonight who can read it.
_ACCESS = """
    INSERT INTO access BY NAME
    SELECT earlier.* REPLACE ($scan AS scan_id) FROM access AS earlier
    SEMI JOIN (FROM asset WHERE scan_id = $scan AND source = $source AND as_of_scan IS NOT NULL) USING (asset_id)
    WHERE earlier.scan_id = $before AND asset_id NOT IN (SELECT asset_id FROM access WHERE scan_id = $scan)
"""


class Outage:
    """What the scans before tonight's say; made while nothing of tonight's is in the store."""

    def __init__(self, store: duckdb.DuckDBPyConnection, scan_id: str) -> None:
        self._store = store
        self._scan = scan_id
        # As Arrow: DuckDB's own way to give moments to Python needs a library more.
        before = store.execute("FROM current_source").to_arrow_table().to_pylist()
        self._before = {
            row["source"]: AsOf(**{name: row[name] for name in AsOf.model_fields}) for row in before
        }

    def completed(self, results: Iterable[AssetResult]) -> Iterator[AssetResult]:
        """Yield tonight's results, with the parts that were examined before and could not be read tonight."""
        waiting: list[AssetResult] = []
        for result in results:
            waiting.append(result)
            if len(waiting) == AT_ONCE:
                yield from self._completed(waiting)
                waiting = []
        yield from self._completed(waiting)

    def beneath(self) -> Iterator[AssetResult]:
        """Yield what stood below places that were not examined; tonight's own assets are in the store."""
        unread = dict(self._store.execute(_UNREAD, [self._scan]).fetchall())
        for source in sorted({asset_id.partition("/")[0] for asset_id in unread} & self._before.keys()):
            asked = {"scan": self._scan, "source": source, "whole": WHOLE}
            before = self._before[source]
            rows = self._store.execute(_MISSING, {**asked, "before": before.scan_id}).fetchall()
            reasons = {
                asset_id: unread[place]
                for (asset_id,) in rows
                if (place := next(filter(unread.__contains__, _above(asset_id)), None))
            }
            missing = list(reasons)
            for start in range(0, len(missing), AT_ONCE):
                for each in stored_assets(self._store, before.scan_id, missing[start : start + AT_ONCE]):
                    yield _held(each, reasons[each.asset.id], before)

    def repeat_access(self) -> None:
        """Repeat who could read what is held from before, where that was not asked tonight."""
        for (source,) in self._store.execute(_OLD, [self._scan]).fetchall():
            before = self._before[source].scan_id
            self._store.execute(_ACCESS, {"scan": self._scan, "source": source, "before": before})

    def _completed(self, results: Sequence[AssetResult]) -> Iterator[AssetResult]:
        short = defaultdict(list)
        for result in results:
            if result.asset.source in self._before and _is_short(result):
                short[result.asset.source].append(result.asset.id)
        known = {
            each.asset.id: each
            for source, assets in short.items()
            for each in stored_assets(self._store, self._before[source].scan_id, assets)
        }
        for result in results:
            if self._was_always_empty(result):
                continue
            if earlier := known.get(result.asset.id):
                yield _joined(result, earlier, self._before[result.asset.source])
            else:
                yield result

    def _was_always_empty(self, result: AssetResult) -> bool:
        if result.asset.kind != WHOLE or result.parts[0].part.reason != EMPTIED:
            return False
        before = self._before.get(result.asset.source)
        asked = before and [before.scan_id, result.asset.source, WHOLE]
        return not (asked and self._store.execute(_HELD, asked).fetchone())


def _above(asset_id: str) -> Iterator[str]:
    """Yield the places an asset lies in, the nearest first: ``a/b/c#d`` lies in ``a/b/c``, ``a/b``, ``a``."""
    return (asset_id[:at] for at in range(len(asset_id) - 1, 0, -1) if asset_id[at] in _STEPS)


def _is_short(result: AssetResult) -> bool:
    """Say whether more may be known of an asset than tonight's scan could read.

    What cannot be read again tomorrow, in an asset the rest of which was examined, is how the asset is now.
    """
    reasons = {part.part.reason for part in result.parts if not _is_examined(part)}
    examined = any(map(_is_examined, result.parts))
    return bool(reasons - LASTING - {_READ_THROUGH} if examined else reasons)


def _is_examined(part: PartResult) -> bool:
    return part.part.status == "examined"


def _held(earlier: AssetResult, reason: str, as_of: AsOf) -> AssetResult:
    """Return an asset as it was, each of its examined parts `unread` for `reason`."""
    if not any(map(_is_examined, earlier.parts)):
        return earlier
    parts = tuple(_aged(part, reason) if _is_examined(part) else part for part in earlier.parts)
    return earlier.model_copy(update={"parts": parts, "as_of": earlier.as_of or as_of})


def _aged(part: PartResult, reason: str) -> PartResult:
    return part.model_copy(update={"unread": reason, "reused": False})


def _joined(result: AssetResult, earlier: AssetResult, as_of: AsOf) -> AssetResult:
    """Return what was examined tonight and, of what was not, what was known; gaps that will last stay gaps."""
    examined = [part for part in result.parts if _is_examined(part)]
    gaps = [part for part in result.parts if not _is_examined(part)]
    lasting = [part for part in gaps if examined and part.part.reason in LASTING]
    reason = next(part.part.reason for part in gaps if part not in lasting)
    places, known = {part.part.index for part in examined}, {part.part_id for part in examined}
    old = [
        part
        for part in _held(earlier, reason, as_of).parts
        if part.unread and part.part.index not in places and part.part_id not in known
    ]
    if not old:
        return result
    return AssetResult.model_construct(
        asset=result.asset if examined else earlier.asset,
        fields=tuple(_fields(result.fields, earlier.fields)),
        parts=(*examined, *old, *lasting),
        activity=tuple(_counts(result.activity, earlier.activity)),
        events=tuple(_counts(result.events, earlier.events)),
        as_of=earlier.as_of or as_of,
    )


def _fields(now: Sequence[FieldRow], then: Sequence[FieldRow]) -> Iterator[FieldRow]:
    """Yield the columns of both: of one read in part nobody knows the sum, so the larger of each number."""
    earlier = {field.field: field for field in then}
    for field in now:
        other = earlier.pop(field.field, field)
        larger = {
            name: max(getattr(field, name), getattr(other, name))
            for name in ("rows", "values", "distinct", "matched", "whole", "checked")
        }
        told = field if field.entity_type or not other.entity_type else other
        yield told.model_copy(update=larger)
    yield from earlier.values()


def _counts(now: Iterable[tuple[Any, ...]], then: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield the counts of both, which end each tuple; the larger where both count the same."""
    counted: dict[tuple[Any, ...], int] = {}
    for *what, rows in (*then, *now):
        counted[tuple(what)] = max(counted.get(tuple(what), 0), rows)
    return ((*what, rows) for what, rows in counted.items())
