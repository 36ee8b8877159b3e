"""Erasure: has an erased person come back? The keys of somebody who is gone against what every later scan found.

A number or a mail address of that person anywhere is a residual; a name is one only beside the birth date or the
address of the same person, as others have the name, too. Keys that tell nobody apart are refused: no place could
be a residual of them. What a statute holds is a residual with its law. Every person is checked alone: the name of
one beside the birth date of another is nobody. A certificate is given when all that there is was examined after
the erasure, keyed where it is of a type that is looked for, and nothing was found.

The keys themselves are personal data: they are kept with a date, and `meibo purge` removes them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.errors import Refused
from pipelines.keys import KeyRing
from pipelines.layout import Layout, replacing
from pipelines.reports.runner import Row
from pipelines.seal import Sealer
from pipelines.store.reader import Reader
from pipelines.subject.holdings import LAST_DUE
from pipelines.subject.search import ASKED

LARGEST_FILE = 16 << 20

#: A name is met by its reading, an address by the one without its room.
_TWOFOLD = frozenset({"PERSON", "JP_ADDRESS"})

#: What tells a person only together, a name beside one of the others …
_TOGETHER = ("PERSON", "JP_ADDRESS", "DATE_OF_BIRTH")
#: … and what tells nobody. Every other type is a number: it is one person's wherever it stands.
_NOBODY = ("JP_POSTAL_CODE", "AGE", "QUASI", "EMPLOYMENT_HISTORY", "RELATIONSHIP")


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
        return _name(self.keys)


@dataclass(frozen=True)
class Check:
    """One check of one person. `gaps`: (asset, reason) of what was not examined or has no keys to compare with;
    `unseen`: assets that were last examined before the erasure.
    """

    person: str
    erased_at: datetime | None
    scan_id: str
    finished_at: datetime
    checked_at: datetime
    keys: int
    parts: int
    residuals: list[Row]
    gaps: list[Row]
    unseen: list[Row]

    @property
    def certified(self) -> bool:
        """Whether everything there is was examined since the erasure, and nothing was found."""
        return not (self.residuals or self.gaps or self.unseen)


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
    return not together and types <= {*_TOGETHER, *_NOBODY}


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


def check(reader: Reader, keys: Sequence[Key], erased_at: datetime | None = None) -> Check:
    """Look for the keys of one person in everything the present scans found.

    `erased_at`: when the person was erased, so that what was examined before says nothing; None: not asked.
    """
    scan = reader.arrow("SELECT scan_id, finished_at FROM current_scan").to_pylist()
    if not scan:
        raise Refused("store-empty", "store.duckdb", "run `meibo scan` first")
    asked = {"types": [each.entity_type for each in keys], "keys": [each.key for each in keys]}
    parts = reader.arrow("SELECT count(*) AS n FROM current_part WHERE status = 'examined'")["n"][0].as_py()
    return Check(
        _name(keys),
        erased_at,
        scan[0]["scan_id"],
        scan[0]["finished_at"],
        datetime.now(UTC),
        len(keys),
        parts,
        reader.arrow(_RESIDUALS, asked).to_pylist(),
        reader.arrow(_GAPS, {"types": asked["types"]}).to_pylist(),
        reader.arrow(_UNSEEN, {"erased_at": erased_at}).to_pylist(),
    )


#: A scan that had begun may have read an asset before the erasure.
_UNSEEN = """
    SELECT asset_id AS asset, coalesce(as_of, started_at) AS scanned
    FROM current_asset JOIN scan USING (scan_id) WHERE scanned < $erased_at::TIMESTAMPTZ ORDER BY ALL
"""

#: Of a column without value keys the store knows that it holds a type, not whose it is.
_GAPS = f"""
    SELECT asset_id AS asset, reason, count(*) AS parts FROM current_part WHERE status <> 'examined'
    GROUP BY ALL
    UNION ALL
    SELECT asset_id, 'not-keyed', count(*) FROM current_part SEMI JOIN (
        SELECT asset_id FROM current_field
        WHERE kind = 'typed' AND NOT key_column AND entity_type IN (SELECT unnest($types))
          AND entity_type NOT IN {_NOBODY}
    ) USING (asset_id) WHERE status = 'examined' GROUP BY asset_id
    ORDER BY ALL
"""

_RESIDUALS = f"""
    WITH asked AS (SELECT DISTINCT unnest($types) AS entity_type, unnest($keys) AS key),
    hit AS (
        SELECT part_id, row, row_key, field, held.entity_type, NULL::INTEGER AS start
        FROM value_key AS held JOIN asked ON asked.key = held.value_key AND asked.entity_type = held.entity_type
        UNION
        SELECT part_id, row, row_key, field, held.entity_type, NULL
        FROM value_key AS held JOIN asked ON asked.key = held.alt_key AND asked.entity_type = held.entity_type
        UNION
        SELECT part_id, row, row_key, field, held.entity_type, start
        FROM finding AS held JOIN asked ON asked.key = held.value_key AND asked.entity_type = held.entity_type
        UNION
        SELECT part_id, row, row_key, field, held.entity_type, start
        FROM finding AS held JOIN asked ON asked.key = held.alt_key AND asked.entity_type = held.entity_type
        UNION
        SELECT part_id, row, row_key, role, asked.entity_type, NULL FROM (
            UNPIVOT (SELECT part_id, row, row_key, person_key, other_key, old_key, name_key, name_alt, phone_key,
                            email_key, address_key, address_alt, born_key, sender_key FROM record)
            ON person_key, other_key, old_key, name_key, name_alt, phone_key, email_key, address_key, address_alt,
               born_key, sender_key
            INTO NAME role VALUE held
        ) JOIN asked ON asked.key = held
    ),
    -- In a row: who is named there beside what.
    told AS (
        SELECT part_id, row, bool_or(entity_type NOT IN {(*_TOGETHER, *_NOBODY)}) AS number,
               bool_or(entity_type = 'PERSON')
               AND bool_or(entity_type IN ('JP_ADDRESS', 'DATE_OF_BIRTH')) AS named,
               NOT bool_or(entity_type IN ('PERSON', 'PERSONAL_ID'))
               AND (SELECT count(*) > 0 FROM asked WHERE entity_type = 'PERSON') AS nameless
        FROM hit GROUP BY part_id, row
    ),
    -- The telephone of a family, a number given to somebody new: another name stands beside it.
    other AS (
        SELECT DISTINCT part_id, row FROM value_key
        SEMI JOIN (SELECT part_id, row FROM told WHERE nameless) USING (part_id, row) WHERE entity_type = 'PERSON'
    ),
    latest AS ({LAST_DUE})
    SELECT CASE WHEN bool_or(other.row IS NOT NULL) THEN 'to-check' WHEN class.kind = 'hold' THEN 'held'
           ELSE 'residual' END AS state, place.asset_id AS asset,
           coalesce(min(hit.row_key), min('#' || place."index" || '.' || hit.row)) AS place,
           list_sort(list(DISTINCT hit.field)) AS fields, list_sort(list(DISTINCT hit.entity_type)) AS types,
           asset.retention, class.law,
           any_value(latest.until) AS until, asset.owner
    FROM hit JOIN told USING (part_id, row) JOIN current_part AS place USING (part_id)
    JOIN current_asset AS asset USING (asset_id)
    LEFT JOIN retention_class AS class ON class.retention = asset.retention
    LEFT JOIN latest USING (asset_id)
    LEFT JOIN other ON other.part_id = hit.part_id AND other.row = hit.row
    WHERE told.number OR told.named
    GROUP BY hit.part_id, hit.row, place.asset_id, asset.retention, asset.owner, class.kind, class.law
    ORDER BY state, asset, place
"""


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
    """Remove kept keys that have expired (all if `everything`); return how many persons' they were."""
    removed = 0
    for path in sorted((layout.state / "erased").glob("*.jsonl")):
        if everything or _parse_kept(path)[0] < today:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _parse_kept(path: Path) -> tuple[date, Erased]:
    try:
        header, *lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        told = header.get("erased_at")
        keys = tuple(Key(row["entity_type"], bytes.fromhex(row["key"])) for row in lines)
        return date.fromisoformat(header["until"]), Erased(keys, told and datetime.fromisoformat(told))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Refused("keys-unreadable", f"state/erased/{path.name}", "remove it or restore it") from None


def _name(keys: Iterable[Key]) -> str:
    return hashlib.sha256(write_keys(_sorted(keys)).encode()).hexdigest()[:16]


def _sorted(keys: Iterable[Key]) -> list[Key]:
    return sorted(keys, key=lambda each: (each.entity_type, each.key))
