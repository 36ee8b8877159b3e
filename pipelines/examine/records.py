"""Records: of each row of a register its keyed hashes, times, codes and flags (table `record`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from detectors.flatten import as_text, columns_of
from detectors.text import fold
from pipelines.examine.activity import within_calendar
from pipelines.examine.moments import NEVER, NO_YEAR, moment_of
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
#: What is looked at of a text in a column of codes.
LONGEST_TEXT = 1_024

_YES = ("1", "1.0", "true", "t", "yes", "y", "on", "有", "あり", "はい", "○", "〇", "済", "済み")
_NO = ("0", "0.0", "false", "f", "no", "n", "off", "無", "なし", "いいえ", "×", "✕", "未")
_AGREED = ("同意", "希望", "希望する", "同意する", "許可", "配信")
_REFUSED = ("不同意", "拒否", "希望しない", "同意しない", "停止", "配信停止")
_FLAGS = {
    **dict.fromkeys((*_YES, *_AGREED, "ok", "可", "完了", "成功", "正常"), True),
    **dict.fromkeys((*_NO, *_REFUSED, "ng", "不可", "未完了", "失敗", "中断", "異常"), False),
}
#: Who refuses says yes where a column asks who refused. Whether 可 is said of mail or of stopping it nobody knows.
_OPTED_OUT = {**dict.fromkeys((*_YES, *_REFUSED), True), **dict.fromkeys((*_NO, *_AGREED), False)}

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
        "optout": opted_out,
        **dict.fromkeys(NUMBER_ROLES, _number_of),
    }
    for role, read in readers.items():
        if role in cells:
            columns[role] = _read(role, cells[role], read, unread)
    for role in CODE_ROLES:
        if role in cells:
            columns[role] = _codes(role, cells[role], job.keys, unread)
    given = {
        **columns,
        "register": [register.kind] * batch.num_rows,
        "row": range(first_row, first_row + batch.num_rows),
        "row_key": row_keys,
        "unread": unread,
    }
    nothing = [None] * batch.num_rows
    return pa.table({name: given.get(name, nothing) for name in RECORD_FILE.names}, schema=RECORD_FILE)


def flag_of(value: object) -> bool | None:
    """Read a yes or a no as Japanese systems write them; None for anything else."""
    return value if isinstance(value, bool) else _FLAGS.get(_word(value))


def opted_out(value: object) -> bool | None:
    """Read whether somebody refused mail, from a yes or a no or from what is wanted; None for anything else."""
    return value if isinstance(value, bool) else _OPTED_OUT.get(_word(value))


def _word(value: object) -> str:
    return fold(str(value)).strip().lower()


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
            found[role] = (within_calendar(column) if dated else as_text(column)).to_pylist()
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
    return [None if _is_no_day(role, known[cell]) else known[cell] for cell in cells]


def _is_no_day(role: str, moment: Any) -> bool:
    """Tell whether a moment stands for an empty cell; when something is due never is said by reports."""
    if role not in TIME_ROLES or moment is None:
        return False
    return moment.year == NO_YEAR or (role == "ended" and moment.year >= NEVER)


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _codes(role: str, cells: Cells, keys: KeyRing, unread: list[list[str]]) -> Cells:
    texts = [None if _is_empty(cell) else str(cell).strip()[:LONGEST_TEXT] for cell in cells]
    distinct = {text for text in texts if text is not None}
    if len(distinct) > MOST_CODES:
        for row, text in enumerate(texts):
            if text is not None:
                unread[row].append(role)
        return [None] * len(texts)
    # Half a telephone number is one nobody finds: cut is what is masked.
    masked = {text: mask_place(text, keys)[:LONGEST_CODE] for text in distinct}
    return [None if text is None else masked[text] for text in texts]
