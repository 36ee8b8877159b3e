"""What a finished scan hands to the loader: references and totals, never a value.

A `ScanResult` is JSON in and out, so it can lie in staging as a manifest and travel as a path and a digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime

from pipelines.errors import MeiboError
from pipelines.examine.work import work_directory
from pipelines.layout import Layout
from pipelines.refs import Access, AssetRef, PartRef, Ref

#: The file of a bundle that comes last: where it is, the others are whole.
RESULTS = "results.json"

FieldKind = Literal["typed", "free_text", "none"]


class FieldRow(Ref):
    """One column of an asset after `resolve_columns`, over all its parts: totals and evidence.

    `values`: cells that are not empty; `matched`, `whole`, `checked`: cells as in `detectors.schema.EVIDENCE`;
    `reasons`: sentences free of values that say why the column has its type.
    """

    field: str
    position: int
    physical_type: str
    rows: int
    values: int
    distinct: int
    entity_type: str | None = None
    kind: FieldKind = "none"
    score: float = 0.0
    matched: int = 0
    whole: int = 0
    checked: int = 0
    reasons: tuple[str, ...] = ()
    key_column: bool = False
    declared: bool = False


class PartResult(Ref):
    """One part and what detection made of it.

    `part_id`: the work key of an examined part, `not_examined_id` of one that was not.
    `findings`, `keys`, `records`, `pictures`: Parquet files (`pipelines.store.files`) relative to `Layout.work`;
    None: nothing found. `unread`: why this scan did not examine what an earlier one had
    (`pipelines.nights.outage`); else "".
    """

    part: PartRef
    part_id: str
    reused: bool = False
    unread: str = ""
    findings: Path | None = None
    keys: Path | None = None
    records: Path | None = None
    pictures: Path | None = None


class AsOf(Ref):
    """The scan that last examined what could not be read since; it may have left the store."""

    scan_id: str
    finished_at: AwareDatetime
    day: date


class AssetResult(Ref):
    """One asset. `activity`: (day of last activity or None, status, number of records), every record counted.

    `events`: as `pipelines.examine.activity.Count`, for every event a column is declared for; where it is empty,
    `activity` is all there is.

    `as_of`: where parts of it are `unread`, the scan that examined them.

    An asset that could not be opened has one part, not examined; an empty one has a part of no rows.
    """

    asset: AssetRef
    fields: tuple[FieldRow, ...] = ()
    parts: tuple[PartResult, ...]
    activity: tuple[tuple[date | None, str, int], ...] = ()
    events: tuple[tuple[str, str, date | None, str, bool, int], ...] = ()
    as_of: AsOf | None = None


class Bundled(Ref):
    """The results of assets that were examined together, in their order, as ``results.json`` under ``work/``."""

    assets: tuple[AssetResult, ...]


class BundleRef(Ref):
    """Names the results of one bundle, so that those of a hundred thousand files need not be held till the load.

    `first`: id of its first asset; `reused`: whether parts that were examined count as carried forward.
    """

    work_key: str
    first: str
    reused: bool = True

    def read(self, layout: Layout) -> tuple[AssetResult, ...]:
        """Return the results, of assets without locator; raises `MeiboError` ``findings-missing``."""
        try:
            told = (work_directory(layout, self.work_key) / RESULTS).read_bytes()
            assets = Bundled.model_validate_json(told).assets
        except (OSError, ValueError):
            raise MeiboError("findings-missing", self.first, "scan again with --full") from None
        return assets if self.reused else tuple(map(_anew, assets))


class Carried(Ref):
    """Assets that are as the scan `scan_id` found them: the loader repeats what the store holds of them.

    `access`: those of them whose grants are repeated, too, and were not asked for.
    """

    scan_id: str
    assets: tuple[str, ...]
    access: tuple[str, ...] = ()


class ScanResult(Ref):
    """A whole scan. `sources`: those it covered; empty means every source of the estate."""

    scan_id: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    """Later than that of every scan loaded before: the present is told by it."""
    clock: AwareDatetime | None = None
    """What the clock said then, where that is earlier: it had been ahead, or was set back since."""
    detector_version: str
    dictionary_version: str
    config_digest: str
    guard: Literal["passed", "not-run"] = "not-run"
    sources: tuple[str, ...] = ()
    assets: tuple[AssetResult, ...] = ()
    bundles: tuple[BundleRef, ...] = ()
    carried: tuple[Carried, ...] = ()
    access: tuple[Access, ...] = ()

    def examined(self, layout: Layout) -> Iterator[AssetResult]:
        """Yield `assets` and those of the bundles, of which one is held at a time."""
        yield from self.assets
        for bundle in self.bundles:
            yield from bundle.read(layout)


def _anew(result: AssetResult) -> AssetResult:
    parts = tuple(part.model_copy(update={"reused": False}) for part in result.parts)
    return result.model_copy(update={"parts": parts})


def not_examined_id(part: PartRef) -> str:
    """Return the part id of a part that could not be read, 32 hex digits.

    The same gap in the same place has the same id from scan to scan; one that grew is another.
    """
    facts = (part.asset.id, str(part.index), part.reason, part.digest, str(part.rows), str(part.bytes))
    return hashlib.blake2b("\0".join(facts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
