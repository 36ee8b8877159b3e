"""What a scan says when it is over: counts from the published store, and what was not examined."""

from __future__ import annotations

from pathlib import Path

from pipelines.layout import Layout, scratch
from pipelines.plan import NEVER_SCANNED
from pipelines.refs import Ref
from pipelines.store.reader import Reader

_SOURCES = """
    SELECT source, count(DISTINCT asset_id) AS assets, count(*) AS parts,
           count(*) FILTER (reused) AS reused, coalesce(sum(rows) FILTER (status = 'examined'), 0)::BIGINT AS rows,
           count(*) FILTER (status <> 'examined') AS not_examined,
           count(DISTINCT asset_id) FILTER (status = 'old') AS old
    FROM current_part WHERE scan_id = (SELECT scan_id FROM current_scan) GROUP BY source ORDER BY source
"""
_HELD = """
    SELECT source, sum(occurrences)::BIGINT AS findings FROM current_holding GROUP BY source
"""
_REASONS = """
    SELECT asset_id, reason FROM current_part
    WHERE status <> 'examined' AND scan_id = (SELECT scan_id FROM current_scan)
      AND NOT (status = 'old' AND source IN (SELECT asset_id FROM current_asset WHERE kind = 'source'))
    ORDER BY asset_id, "index"
"""
_MISSING = "SELECT asset_id, setting, field FROM missing_column ORDER BY ALL"


class SourceSummary(Ref):
    """One source in numbers. `findings`: occurrences of personal data, cells of typed columns included.

    `old`: assets that were examined before, not by this scan, and count as they were then.
    """

    source: str
    assets: int
    parts: int
    reused: int
    rows: int
    not_examined: int
    findings: int
    old: int = 0


class Summary(Ref):
    """A finished scan. `reasons`: (asset, reason) of every part that was not examined; of a source that was
    not, the source alone. `missing_columns`: (asset, setting, column) that the estate names and the asset lacks.
    """

    scan_id: str
    seconds: float
    sources: tuple[SourceSummary, ...]
    reasons: tuple[tuple[str, str], ...]
    missing_columns: tuple[tuple[str, str, str], ...] = ()
    store: Path
    report: Path

    @property
    def not_examined(self) -> int:
        """Number of parts that could not be read; of sources nobody asked for yet only `reasons` tells."""
        never = sum(reason == NEVER_SCANNED for _, reason in self.reasons)
        return sum(source.not_examined for source in self.sources) - never


def summarise(layout: Layout, report: Path, seconds: float) -> Summary:
    """Read the summary of the last scan from the published store."""
    with scratch(layout.pages) as own, Reader(layout.store, scratch=own, hold=False) as store:
        scan = store.arrow("SELECT scan_id FROM current_scan").to_pylist()
        held = {row["source"]: row["findings"] for row in store.arrow(_HELD).to_pylist()}
        sources = [
            SourceSummary(**row, findings=held.get(row["source"], 0))
            for row in store.arrow(_SOURCES).to_pylist()
        ]
        missing = [tuple(row.values()) for row in store.arrow(_MISSING).to_pylist()]
        reasons = [(row["asset_id"], row["reason"]) for row in store.arrow(_REASONS).to_pylist()]
    return Summary(
        scan_id=scan[0]["scan_id"],
        seconds=seconds,
        sources=tuple(sources),
        reasons=tuple(reasons),
        missing_columns=tuple(missing),
        store=layout.store,
        report=report,
    )
