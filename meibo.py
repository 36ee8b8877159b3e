"""Meibo for notebooks: open what a scan left, ask it, scan a frame.

>>> import meibo
>>> store = meibo.open(".meibo")            # doctest: +SKIP
>>> store.report("inventory", lang="en")    # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.store.reader import Reader

__all__ = ["open", "scan"]


def open(out: str | Path = ".meibo") -> Reader:
    """Open the snapshot of an output directory, read-only, also while a scan writes.

    Raises `pipelines.errors.MeiboError` when there is none.
    """
    from pipelines.layout import Layout
    from pipelines.store.reader import Reader

    return Reader(Layout(Path(out)).store)


def scan(frame: Any) -> pd.DataFrame:
    """Find personal data in a pandas frame or an Arrow table: one row per column, with type, score and why."""
    import pandas as pd
    import pyarrow as pa

    from detectors.cascade import scan_batch
    from detectors.columns import merge_evidence, resolve_columns

    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    scans = [scan_batch(batch) for batch in table.to_batches(max_chunksize=65_536)]
    if not scans:
        return pd.DataFrame(columns=["column", "entity_type", "score", "reasons"])
    findings = pa.Table.from_batches([each.findings for each in scans])
    columns = resolve_columns(findings, merge_evidence([each.evidence for each in scans]))
    return pd.DataFrame(
        {"column": name, "entity_type": each.entity_type, "score": each.score, "reasons": list(each.reasons)}
        for name, each in columns.items()
    )
