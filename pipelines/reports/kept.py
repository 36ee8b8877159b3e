"""What the reports of the page said at a scan, kept for the page of the next one to compare with.

One Arrow file per report below ``state/page/<scan id>/``, named by a digest of all that decides what a report
says besides the scan: its SQL, the store's schema, settings, entity types and retention classes. Where any of them
changed, or nothing was kept, the earlier present is asked again. Rows are kept as they were before decisions left
any out.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from pipelines.layout import replacing
from pipelines.reports.rows import Packed, Rows
from pipelines.reports.runner import Report
from pipelines.store.database import newest_version
from pipelines.store.reader import Reader

_RULES = ("setting", "entity", "retention_class", "country_rule")


class Kept:
    """The directory of one output directory's pages."""

    def __init__(self, directory: Path, reader: Reader) -> None:
        self._directory = directory
        said = [sorted(map(repr, reader.arrow(f"FROM {table}").to_pylist())) for table in _RULES]
        self._rules = repr((newest_version(), said))
        self._scans = frozenset(reader.arrow("SELECT scan_id FROM scan")["scan_id"].to_pylist())

    def read(self, scan_id: str, report: Report) -> Rows | None:
        """Return what a report said at a scan, None where that is not known or no longer holds."""
        try:
            with pa.memory_map(str(self._path(scan_id, report))) as file:
                return Rows(pa.ipc.open_file(file).read_all())
        except (OSError, pa.ArrowException):
            return None

    def write(self, scan_id: str, report: Report, rows: Packed) -> None:
        """Keep what a report says at a scan; nothing where the directory cannot be written."""
        path = self._path(scan_id, report)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with replacing(path) as beside:
                beside.touch(0o600)
                if isinstance(rows.data, Path):
                    shutil.copyfile(rows.data, beside)
                else:
                    beside.write_bytes(rows.data)

    def forget(self, *needed: str | None) -> None:
        """Remove what was kept of every other scan of this snapshot.

        A newer scan's is another page's, and so is what else lies there.
        """
        if self._directory.is_dir():
            for path in self._directory.iterdir():
                if path.name in self._scans.difference(needed):
                    shutil.rmtree(path, ignore_errors=True)

    def _path(self, scan_id: str, report: Report) -> Path:
        digest = hashlib.sha256(f"{self._rules}{report.sql}".encode("utf-8", "surrogatepass")).hexdigest()
        return self._directory / scan_id / f"{report.name}-{digest[:16]}.arrow"
