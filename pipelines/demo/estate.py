"""Writes the sample estate: runs every part, then the estate file, the key and the truth beside them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.demo import (
    cards,
    crm,
    desk,
    documents,
    exports,
    goods,
    keeping,
    ledger,
    loans,
    mailing,
    requests,
    sales,
    shop,
    workbook,
)
from pipelines.demo.people import TODAY, Size, World, build_world
from pipelines.demo.truth import Truth
from pipelines.errors import Refused, writing_to

#: A part writes its files below the directory and returns what is true of them. A new part is one line here;
#: it draws from a stream of its own, so the files of the others stay as they are.
Part = Callable[[World, Path], Truth]
PARTS: tuple[Part, ...] = (
    crm.write,
    exports.write_orders,
    exports.write_members,
    exports.write_newsletter,
    workbook.write,
    documents.write_inquiries,
    documents.write_notes,
    goods.write_products,
    goods.write_branches,
    cards.write,
    desk.write,
    sales.write,
    shop.write,
    mailing.write,
    keeping.write,
    requests.write,
    loans.write,
)

TOKYO = ZoneInfo("Asia/Tokyo")

#: Directories a group may read, not everybody.
_PRIVATE = {"cards", loans.FOLDER}
_SETTINGS = ("estate.yaml", "grants.yaml", "policies.yaml")
_KEY = "demo.key"
_MARK = "truth.json"


def write_demo(directory: Path, *, size: Size = "full", seed: int = 20260401) -> Path:
    """Write the sample estate below `directory` and return the path of its ``estate.yaml``.

    The same size and seed give the same bytes, times of change included. ``full`` has 20,000 customers,
    ``small`` 600. Beside the data lie ``demo.key`` (mode 600, for this estate only), ``ledger.xlsx``, the ledger
    the company keeps, ``truth.json`` with the type of every column, ``truth_spans.jsonl``, ``truth_images.jsonl``.

    Raises `Refused` with code ``demo-directory-not-empty`` where other files lie already; an earlier sample
    estate is written over.
    """
    if directory.is_dir() and any(directory.iterdir()) and not (directory / _MARK).is_file():
        raise Refused("demo-directory-not-empty", directory.name, "name a new or empty directory")
    with writing_to("DIRECTORY"):
        (directory / "share").mkdir(parents=True, exist_ok=True)
    world = build_world(seed, size)
    truth = Truth()
    for part in PARTS:
        truth.add(part(world, directory))
    ledger.write(truth, directory)
    truth.write(directory, seed)
    for name in _SETTINGS:
        (directory / name).write_bytes((Path(__file__).parent / name).read_bytes())
    _write_key(directory / _KEY, seed)
    _fix_times(directory)
    return directory / "estate.yaml"


def _write_key(path: Path, seed: int) -> None:
    # Anybody can derive this key from the seed: fit for invented data, and two runs compare equal.
    secret = hashlib.sha256(f"meibo demo {seed}".encode()).hexdigest()
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"demo-only-not-a-secret-{secret[:40]}\n")


def _fix_times(directory: Path) -> None:
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=TOKYO).timestamp()
    for path in _written(directory):
        if path.is_file() and path.name != _KEY:
            # Exposure is read from the modes: scans and databases are for a group, the share for all.
            closed = path.suffix == ".sqlite" or not _PRIVATE.isdisjoint(path.parts)
            path.chmod(0o640 if closed else 0o644)
        read_out = loans.read_out_at(path)
        time = read_out.replace(tzinfo=TOKYO).timestamp() if read_out else moment
        os.utime(path, (time, time))


def _written(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.iterdir()):
        if path.name in {"share", "cards", loans.FOLDER}:
            yield from sorted(path.rglob("*"))
            yield path
        elif (
            path.name in {*_SETTINGS, _KEY, ledger.NAME}
            or path.suffix == ".sqlite"
            or path.name.startswith("truth")
        ):
            yield path
