"""Address books of Android, iOS and Chromium: tables that keep telephone numbers, names, addresses in one column.

Another column says what a value is. By it the values are put into columns of their own, under the headers that an
address book has elsewhere (`pipelines.sources.vcard`), so that each column holds one type. No value is left out:
what has no header of its own stands under ``column(kind)``. Layouts: those of Android and iOS, and
of the forms Chromium fills in.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sources.columns import is_data, unique_names
from pipelines.sources.relations import quoted

#: Kinds of values that get columns of their own.
MOST_KINDS = 100


@dataclass(frozen=True)
class Layout:
    """`kind`: the column that says what the values of `columns` are, itself or as a number in a table `labels`.

    `headers`: what the kinds are called elsewhere, where they are those of this layout alone.
    """

    kind: str
    columns: tuple[str, ...]
    labels: tuple[str, str, str] | None = None
    headers: Mapping[str, str] | None = None


_KIND = re.compile(r"[\w.+/-]{1,80}", re.ASCII)
_DATA = tuple(f"data{number}" for number in range(1, 16))
#: What forms ask for (Chromium, components/autofill/core/browser/field_types.h).
_CHROMIUM = {
    "3": "名", "4": "ミドルネーム", "5": "姓", "7": "氏名", "9": "メールアドレス", "14": "電話番号",
    "33": "市区町村", "34": "都道府県", "35": "郵便番号", "36": "国", "60": "会社名", "77": "住所",
}  # fmt: skip
_LAYOUTS = (
    Layout("mimetype", _DATA),
    Layout("mimetype_id", _DATA, ("mimetypes", "_id", "mimetype")),
    Layout("property", ("value",)),
    Layout("key", ("value",), ("ABMultiValueEntryKey", "rowid", "value")),
    Layout("type", ("value",), headers=_CHROMIUM),
    Layout("name", ("value", "value_lower")),
)
#: Tables these layouts are known of: elsewhere ``property`` and ``key`` may be anything.
_TABLES = frozenset(
    {
        "data", "view_data", "view_entities", "ABMultiValue", "ABMultiValueEntry", "address_type_tokens",
        "autofill", "local_addresses_type_tokens", "contact_info_type_tokens",
    }
)  # fmt: skip

#: (kind, column) → header. The kinds of Android are media types (``vnd.android.cursor.item/phone_v2``).
_HEADERS = {
    ("name", "data1"): "氏名", ("name", "data2"): "名", ("name", "data3"): "姓",
    ("name", "data7"): "メイ", ("name", "data9"): "セイ",
    ("phone_v2", "data1"): "電話番号", ("phone_v2", "data4"): "電話番号(国際)",
    ("email_v2", "data1"): "メールアドレス", ("email_v2", "data4"): "表示名",
    ("postal-address_v2", "data1"): "住所", ("postal-address_v2", "data9"): "郵便番号",
    ("organization", "data1"): "会社名", ("organization", "data4"): "役職", ("organization", "data5"): "部署名",
    ("nickname", "data1"): "ニックネーム", ("note", "data1"): "備考",
    ("3", "value"): "電話番号", ("4", "value"): "メールアドレス",
}  # fmt: skip


def divider(connection: sqlite3.Connection, table: str) -> Callable[[pa.RecordBatch], pa.RecordBatch] | None:
    """Return what divides the columns of a table, None where it has no such layout. Raises `sqlite3.Error`."""
    if table not in _TABLES:
        return None
    names = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({quoted(table)})")}
    for layout in _LAYOUTS:
        if layout.kind in names and layout.columns[0] in names:
            labels = _labels(connection, layout)
            return lambda batch, layout=layout: _divided(batch, layout, labels)  # type: ignore[misc]
    return None


def _labels(connection: sqlite3.Connection, layout: Layout) -> dict[str, str]:
    if layout.labels is None:
        return {}
    table, number, label = layout.labels
    try:
        rows = connection.execute(
            f"SELECT {number}, {label} FROM {quoted(table)} LIMIT {MOST_KINDS}"
        ).fetchall()
    except sqlite3.OperationalError:
        return {}
    return {str(number): str(label) for number, label in rows}


def _divided(batch: pa.RecordBatch, layout: Layout, labels: Mapping[str, str]) -> pa.RecordBatch:
    kinds = batch.column(layout.kind)
    known = sorted(each for each in pc.unique(kinds).to_pylist() if _is_kind(labels.get(each, each)))[
        :MOST_KINDS
    ]
    names: list[str] = []
    columns: list[pa.Array] = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name not in layout.columns:
            names.append(name)
            columns.append(column)
            continue
        nothing = pa.nulls(len(column), column.type)
        for kind in known:
            chosen = pc.fill_null(pc.equal(kinds, kind), False)
            values = pc.if_else(chosen, column, nothing)
            column = pc.if_else(chosen, nothing, column)
            if values.null_count < len(values):
                names.append((layout.headers or {}).get(kind) or _header(labels.get(kind, kind), name))
                columns.append(values)
        if column.null_count < len(column):
            names.append(name)
            columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=unique_names(names))


def _is_kind(label: str | None) -> bool:
    """Say whether a label may stand in a header: it comes from the file, and could be anything."""
    return label is not None and bool(_KIND.fullmatch(label)) and not is_data(label)


def _header(kind: str, column: str) -> str:
    short = kind.rpartition("/")[2]
    return _HEADERS.get((short, column), f"{column}({short})")
