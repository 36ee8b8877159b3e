"""Records: of each row of a register its keyed hashes, times, codes and flags (table `record`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from detectors.flatten import as_text, columns_of
from detectors.text import fold
from pipelines.examine.activity import day_of
from pipelines.examine.senders import sender_class
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.registers import CODE_ROLES, FLAG_ROLES, KEY_ROLES, NUMBER_ROLES, TIME_ROLES, Register
from pipelines.seal import Sealer
from pipelines.store.files import RECORD_FILE

#: A code column with more different values in a part is no code, and its values are not kept.
MOST_CODES = 200
LONGEST_CODE = 64

_TIME = re.compile(
    r"[T\s]*(?P<hour>\d{1,2})\s*[:時]\s*(?P<minute>\d{1,2})(?:\s*[:分]\s*(?P<second>\d{1,2})(?:\.\d+)?)?[秒分]?\s*"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?$"
)
_FLAGS = {
    **dict.fromkeys(
        ("1", "1.0", "true", "t", "yes", "y", "on", "ok", "可", "有", "あり", "はい", "○", "〇", "同意", "希望",
         "希望する", "同意する", "許可", "配信", "完了", "成功", "正常"), True),
    **dict.fromkeys(
        ("0", "0.0", "false", "f", "no", "n", "off", "ng", "不可", "無", "なし", "いいえ", "×", "✕", "不同意",
         "拒否", "希望しない", "同意しない", "停止", "配信停止", "未完了", "失敗", "中断", "異常"), False),
}  # fmt: skip

Cells = Sequence[Any]
Columns = dict[str, Cells]


def records(
    job: Job, register: Register, batch: pa.RecordBatch, row_keys: Sequence[str | None], first_row: int
) -> pa.Table:
    """Return RECORD_FILE rows of one batch of a register; a row without any role filled is kept, too.

    `row_keys`: as `pipelines.detect.row_keys` gives them, or None for each row.
    """
    cells = _cells(register, batch)
    unread: list[list[str]] = [[] for _ in range(batch.num_rows)]
    columns: Columns = {"sender_type": [None] * batch.num_rows}
    sealer = Sealer(job.keys)
    for role, entity_type in KEY_ROLES.items():
        if role in cells:
            columns |= _keys(role, entity_type, cells[role], sealer)
    zone = ZoneInfo(register.zone or job.estate.timezone)
    readers: dict[str, Callable[[Any], Any]] = {
        **dict.fromkeys(TIME_ROLES, partial(moment_of, zone=zone)),
        **dict.fromkeys(FLAG_ROLES, flag_of),
        **dict.fromkeys(NUMBER_ROLES, _number_of),
    }
    for role, read in readers.items():
        if role in cells:
            columns[role] = _read(role, cells[role], read, unread)
    for role in CODE_ROLES:
        if role in cells:
            columns[role] = _codes(cells[role], job.keys)
    given = {
        **columns,
        "register": [register.kind] * batch.num_rows,
        "row": range(first_row, first_row + batch.num_rows),
        "row_key": row_keys,
        "unread": unread,
    }
    nothing = [None] * batch.num_rows
    return pa.table({name: given.get(name, nothing) for name in RECORD_FILE.names}, schema=RECORD_FILE)


def moment_of(value: object, zone: ZoneInfo) -> datetime | None:
    """Read a moment from a timestamp, a date, ISO 8601 or Japanese text, wareki too; None where it is none.

    Times without a zone are in `zone`; a date alone is its midnight there.
    """
    if isinstance(value, datetime):
        return moment_in(value, zone)
    if isinstance(value, date):
        return moment_in(datetime.combine(value, time()), zone)
    text = fold(str(value)).strip()
    found = _TIME.search(text)
    day = day_of(text[: found.start()] if found else text)
    if day is None:
        return None
    if found is None:
        return moment_in(datetime.combine(day, time()), zone)
    try:
        clock = time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        return None
    moment = datetime.combine(day, clock)
    if found["zone"]:
        return datetime.fromisoformat(f"{moment.isoformat()}{found['zone']}")
    return moment_in(moment, zone)


def flag_of(value: object) -> bool | None:
    """Read a yes or a no as Japanese systems write them; None for anything else."""
    return value if isinstance(value, bool) else _FLAGS.get(fold(str(value)).strip().lower())


def moment_in(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment in UTC; one without a zone is in `zone`."""
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        # 9999-12-31 and 0001-01-01 stand for "never" and have no other zone.
        return moment.replace(tzinfo=UTC)


def _number_of(value: object) -> int | None:
    found = re.fullmatch(r"(\d{1,9})(?:\.0+)?\s*[歳才個台枚件]?", fold(str(value)).strip())
    return int(found[1]) if found else None


def _cells(register: Register, batch: pa.RecordBatch) -> dict[str, list[Any]]:
    columns: Mapping[str, pa.Array] = dict(columns_of(batch))
    raw = {name: batch.column(name) for name in batch.schema.names if name not in columns}
    found = {}
    for role, name in register.columns.items():
        column = columns.get(name, raw.get(name))
        if column is not None:
            dated = role in TIME_ROLES and pa.types.is_temporal(column.type)
            found[role] = (column if dated else as_text(column)).to_pylist()
    return found


def _keys(role: str, entity_type: str, cells: Cells, sealer: Sealer) -> Columns:
    sealed = [_sealed(entity_type, cell, sealer) for cell in cells]
    columns: Columns = {f"{role}_key": [key for _, key, _ in sealed]}
    if role == "name":
        columns["name_alt"] = [alternative for _, _, alternative in sealed]
        columns |= _family(cells, sealer)
    if role == "address":
        columns["address_alt"] = [alternative for _, _, alternative in sealed]
        columns["has_room"] = [_has_room(cell) for cell in cells]
    if role == "sender":
        columns["sender_type"] = [kind if key else None for kind, key, _ in sealed]
        columns["sender_class"] = [
            sender_class(str(cell)) if key else None for cell, (_, key, _) in zip(cells, sealed, strict=True)
        ]
    return columns


def _family(cells: Cells, sealer: Sealer) -> Columns:
    """Key the surnames as PERSON: a surname alone in a note has the same key."""
    families = [sealer.family(str(cell)) if cell else (None, None) for cell in cells]
    return {"family_key": [key for key, _ in families], "family_alt": [reading for _, reading in families]}


def _sealed(entity_type: str, cell: Any, sealer: Sealer) -> tuple[str, bytes | None, bytes | None]:
    text = "" if cell is None else str(cell).strip()
    kind = entity_type or ("EMAIL_ADDRESS" if "@" in fold(text) else "PHONE_NUMBER")
    if not text:
        return kind, None, None
    key, alternative, _ = sealer.seal(kind, text)
    if key is None and kind == "PHONE_NUMBER" and text.isdigit():
        # A number column has lost the leading zero of 090….
        key, alternative, _ = sealer.seal(kind, f"0{text}")
    return kind, key, alternative


def _has_room(cell: Any) -> bool | None:
    from detectors.registry import recognizer_for

    recognizer = recognizer_for("JP_ADDRESS")
    key = recognizer.keys(str(cell))[0] if recognizer and cell else None
    return None if key is None else not key.endswith("|")


def _read(role: str, cells: Cells, read: Callable[[Any], Any], unread: list[list[str]]) -> Cells:
    known: dict[Any, Any] = {}
    for cell in cells:
        if cell not in known:
            known[cell] = None if _is_empty(cell) else read(cell)
    for row, cell in enumerate(cells):
        if known[cell] is None and not _is_empty(cell):
            unread[row].append(role)
    return [known[cell] for cell in cells]


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _codes(cells: Iterable[Any], keys: KeyRing) -> Cells:
    texts = [None if _is_empty(cell) else str(cell).strip()[:LONGEST_CODE] for cell in cells]
    distinct = {text for text in texts if text is not None}
    if len(distinct) > MOST_CODES:
        return [None] * len(texts)
    masked = {text: mask_place(text, keys) for text in distinct}
    return [None if text is None else masked[text] for text in texts]
