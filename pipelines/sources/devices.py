"""What was read out of devices: directories or archives of a files source, one per device, called by its number.

Each is an asset of its own, of kind `DEVICE`, beside the files in it: one row that says which device it is and
when it was read out. An empty one is one, too: a device on which nothing is left.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pyarrow as pa

from detectors.text import fold
from pipelines.asset_rules import AssetRule
from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.places import tag
from pipelines.registers import Register
from pipelines.sources.container import readable_name
from pipelines.sources.ios_backup import imei_in, is_called_by_device

#: Kind of the asset, and what its id has after that of the place.
DEVICE = "device"
MARK = "#端末"

_NUMBER, _OWN_NUMBER, _READ_OUT = "IMEI", "管理番号", "読み出し日時"

#: What the one row is to the reports.
EXTRACTION = Register(kind="extraction", columns={"device": _NUMBER, "ref": _OWN_NUMBER, "moment": _READ_OUT})

_DIGITS = re.compile(r"(?<![0-9])[0-9]{15}(?![0-9])")
#: Endings of archives that may each be a device.
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".7z")


def register_of(rule: AssetRule, kind: str) -> Register | None:
    """Return what the rows of an asset are to the reports: what the estate says; of a device, `EXTRACTION`."""
    return EXTRACTION if kind == DEVICE else rule.records


def list_devices(root: Path, pattern: str) -> Iterator[str]:
    """Yield the paths below `root` that `pattern` names, in order: directories and archives, no links."""
    for path in sorted(root.glob(pattern), key=os.fsencode):
        archive = path.name.lower().endswith(ARCHIVES) and path.is_file()
        if (archive or path.is_dir()) and not path.is_symlink():
            yield str(path.relative_to(root))


def mask_devices(path: str, pattern: str, keys: KeyRing) -> str:
    """Mask the IMEI in the step of a path that names a device, whoever made it and whatever its check digit.

    Among other files fifteen digits may be anything; here they are what the directory is called by.
    """
    steps = path.split("/")
    named = pattern.count("/")
    if named < len(steps):
        steps[named] = _DIGITS.sub(lambda found: tag("IMEI", found[0], keys), steps[named])
    return "/".join(steps)


def device_of(asset_id: str, source: str, pattern: str) -> str | None:
    """Return the id of the place an asset was read out of, as `pattern` names places; None where it is in none.

    >>> device_of("loans/‹IMEI 0f›/DCIM/1.jpg", "loans", "*"), device_of("loans/list.csv", "loans", "*/*")
    ('loans/‹IMEI 0f›', None)
    """
    place = re.split(f"{MARK}|!", asset_id, maxsplit=1)[0]
    steps, wanted = place.removeprefix(f"{source}/").split("/"), pattern.count("/") + 1
    # A file beside the directories is in none; what is in an archive has its name and more.
    inside = len(steps) > wanted or (len(steps) == wanted and place != asset_id)
    if not inside or not PurePosixPath(*steps[:wanted]).match(pattern):
        return None
    return f"{source}/{'/'.join(steps[:wanted])}"


def when_read_out(path: Path) -> tuple[str, ...]:
    """Return what proves a device's row to be as it was (`pipelines.sources.base.Place`)."""
    try:
        return (f"device {_newest(path)}",)
    except OSError:
        return ()


def read_device(path: Path, place: str) -> Iterator[pa.RecordBatch]:
    """Yield the row of a device: its IMEI where its place is called by one, else that name; when it was read out.

    A directory called as a backup is, by the device's own identifier, is of the device the backup says it is of.

    That is when anything in it was last written, not when it came here: a copy made today of what was read out in
    March is from March. Raises `NotExamined` ``directory-unreadable``.
    """
    try:
        read_out = datetime.fromtimestamp(_newest(path) // 1_000_000_000, UTC)
        name = readable_name(os.fsencode(path.name))
        name = name if path.is_dir() else name.split(".", 1)[0]
        yield row_of(name, read_out, imei_in(path) if is_called_by_device(name) else None)
    except OSError:
        raise NotExamined(
            "directory-unreadable", place, "give the scanning user permission to read"
        ) from None


def row_of(name: str, read_out: datetime, imei: str | None = None) -> pa.RecordBatch:
    """Return the row of a device: the IMEI in its name, or `imei`, else that name; when it was read out."""
    found = _DIGITS.search(fold(name))
    imei = found[0] if found else imei
    return pa.record_batch(
        {
            _NUMBER: pa.array([imei], pa.string()),
            _OWN_NUMBER: pa.array([None if imei else name], pa.string()),
            _READ_OUT: pa.array([read_out], pa.timestamp("us", "UTC")),
        }
    )


def _newest(path: Path) -> int:
    """Return when a file, or anything in a directory and itself, was last written, in ns since 1970."""
    latest = path.stat().st_mtime_ns
    for directory, *_ in os.walk(path, onerror=_give_up) if path.is_dir() else ():
        with os.scandir(directory) as entries:
            latest = max([latest, *(entry.stat(follow_symlinks=False).st_mtime_ns for entry in entries)])
    return latest


def _give_up(error: OSError) -> None:
    raise error
