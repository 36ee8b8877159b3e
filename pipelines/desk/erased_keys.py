"""The keys of erased persons: read from a file, written, kept until they expire.

They are personal data themselves: they are kept with a date (``state/erased/``), and `meibo purge` removes them.
Keys that tell nobody apart are refused: no place could be a residual of them (`pipelines.desk.erasure`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.errors import Refused
from pipelines.keys import KeyRing
from pipelines.layout import Layout, replacing
from pipelines.seal import Sealer
from pipelines.subject.search import ASKED

LARGEST_FILE = 16 << 20

#: A name is met by its reading, an address by the one without its room.
_TWOFOLD = frozenset({"PERSON", "JP_ADDRESS"})

#: What tells a person only together, a name beside one of the others …
TOGETHER = ("PERSON", "JP_ADDRESS", "DATE_OF_BIRTH")
#: … and what tells nobody. Every other type is a number: it is one person's wherever it stands.
NOBODY = ("JP_POSTAL_CODE", "AGE", "QUASI", "EMPLOYMENT_HISTORY", "RELATIONSHIP")


@dataclass(frozen=True)
class Key:
    """A value key of an erased person under its entity type."""

    entity_type: str
    key: bytes


@dataclass(frozen=True)
class Erased:
    """Somebody who was erased: keys, and when; None: not known."""

    keys: tuple[Key, ...]
    erased_at: datetime | None = None

    @property
    def name(self) -> str:
        """What a check calls the person: a digest of the keys, the name of the file they are kept in."""
        return name_of(self.keys)


def read_keys(path: Path, keys: KeyRing) -> list[Key]:
    """Read identifiers: JSON lines or CSV with ``kind`` and ``value`` (name, phone, email, address, member, born),
    or ``entity_type`` and ``key`` as `meibo subject --export-keys` writes them.

    Raises `Refused` ``keys-unreadable``, ``keys-empty``, ``keys-weak``, ``keys-line`` (with its number, never its
    content).
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Refused("keys-unreadable", "--keys", "one person's keys are few")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Refused("keys-unreadable", "--keys", "name a UTF-8 file, CSV or JSON lines") from None
    sealer = Sealer(keys)
    found = [key for number, row in enumerate(_rows(text), 1) for key in _keys_of(row, number, sealer)]
    if not found:
        raise Refused("keys-empty", "--keys", "a line per identifier")
    if _are_weak(found):
        raise Refused("keys-weak", "--keys", "add a number, or a name with its address or birth date")
    return list(dict.fromkeys(found))


def write_keys(keys: Iterable[Key]) -> str:
    """Return JSON lines that `read_keys` reads: value keys, no value."""
    return "".join(
        json.dumps({"entity_type": each.entity_type, "key": each.key.hex()}) + "\n" for each in keys
    )


def _are_weak(keys: Iterable[Key]) -> bool:
    """Tell whether no place could be a residual of these keys: a check of them would certify anything."""
    types = {each.entity_type for each in keys}
    together = "PERSON" in types and not types.isdisjoint({"JP_ADDRESS", "DATE_OF_BIRTH"})
    return not together and types <= {*TOGETHER, *NOBODY}


def _rows(text: str) -> list[Any]:
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and not lines[0].lstrip().startswith("{"):
        return list(csv.DictReader(io.StringIO(text)))
    rows: list[Any] = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(json.loads(line))
        except ValueError:
            raise _bad_line(number) from None
    return rows


def _keys_of(row: Any, number: int, sealer: Sealer) -> list[Key]:
    if not isinstance(row, dict):
        raise _bad_line(number)
    if row.get("key"):
        try:
            return [Key(str(row["entity_type"]), bytes.fromhex(row["key"]))]
        except (KeyError, ValueError, TypeError):
            raise _bad_line(number) from None
    kind = ASKED.get(str(row.get("kind")))
    key, other, _ = sealer.seal(kind, str(row.get("value") or "")) if kind else (None, None, None)
    if kind is None or key is None:
        raise _bad_line(number)
    return [Key(kind, each) for each in (key, other if kind in _TWOFOLD else None) if each]


def _bad_line(number: int) -> Refused:
    return Refused("keys-line", f"line {number}", "kind and value, or entity_type and key")


def keep(layout: Layout, erased: Erased, days: int, today: date) -> Path:
    """Keep the keys for later scans until `days` from `today` (``state/erased/``, mode 600); return the file."""
    folder = layout.state / "erased"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{erased.name}.jsonl"
    header = {
        "until": (today + timedelta(days=days)).isoformat(),
        "erased_at": erased.erased_at.isoformat() if erased.erased_at else None,
    }
    with replacing(path) as beside:
        beside.touch(0o600)
        beside.write_text(f"{json.dumps(header)}\n{write_keys(_sorted(erased.keys))}", "utf-8")
    return path


def kept(layout: Layout, today: date) -> list[Erased]:
    """Return the erased whose keys are kept and have not expired.

    Raises `Refused` ``keys-unreadable`` for a damaged file, ``keys-weak`` for one no check says anything about.
    """
    people = []
    for path in sorted((layout.state / "erased").glob("*.jsonl")):
        until, erased = _parse_kept(path)
        if until >= today:
            if _are_weak(erased.keys):
                raise Refused("keys-weak", f"state/erased/{path.name}", "remove it; keep a number, too")
            people.append(erased)
    return people


def expire(layout: Layout, today: date, *, everything: bool = False) -> int:
    """Remove kept keys that have expired (all if `everything`); return how many persons' they were.

    Raises `Refused` ``keys-unreadable`` for a damaged file, once the others are removed.
    """
    removed = 0
    damaged: Refused | None = None
    for path in sorted((layout.state / "erased").glob("*.jsonl")):
        try:
            over = everything or _parse_kept(path)[0] < today
        except Refused as fault:
            damaged = fault
            continue
        if over:
            path.unlink(missing_ok=True)
            removed += 1
    if damaged:
        raise damaged
    return removed


def _parse_kept(path: Path) -> tuple[date, Erased]:
    try:
        header, *lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        told = header.get("erased_at")
        keys = tuple(Key(row["entity_type"], bytes.fromhex(row["key"])) for row in lines)
        return date.fromisoformat(header["until"]), Erased(keys, told and datetime.fromisoformat(told))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Refused("keys-unreadable", f"state/erased/{path.name}", "remove it or restore it") from None


def name_of(keys: Iterable[Key]) -> str:
    """Return what keys are called together: a digest of them, in any order."""
    return hashlib.sha256(write_keys(_sorted(keys)).encode()).hexdigest()[:16]


def _sorted(keys: Iterable[Key]) -> list[Key]:
    return sorted(keys, key=lambda each: (each.entity_type, each.key))
