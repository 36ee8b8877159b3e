"""個人情報管理台帳: the ledger people keep of personal data, written from the store and compared with it.

`export_ledger` writes what the scans found as the nine columns such ledgers have; `import_ledger` reads one that
people filled in into table `ledger`, for report `ledger_diff`. Cells are text: a formula in one is neither written
nor run.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.errors import Refused, writing_to
from pipelines.glossary import entity_of
from pipelines.keys import KeyRing
from pipelines.layout import Layout, replacing
from pipelines.places import mask_place
from pipelines.reports.render import defused
from pipelines.reports.runner import Lang, Row
from pipelines.store.database import open_writer, publish, transaction
from pipelines.store.lock import exclusive
from pipelines.store.own_key import refuse_other_key
from pipelines.store.reader import Reader

#: Columns of the ledger → their heading; further headings that mean the same.
COLUMNS = {
    "item": "項目",
    "purpose": "利用目的",
    "place": "保管場所",
    "records": "件数",
    "readers": "アクセス権者",
    "entrustee": "委託先",
    "retention": "保管期間",
    "disposal": "廃棄方法",
    "manager": "管理責任者",
}
_ALSO = {
    "個人情報の項目": "item", "個人データの項目": "item", "item": "item",
    "目的": "purpose", "purpose": "purpose",
    "保管先": "place", "保存場所": "place", "所在": "place", "place": "place",
    "本人の数": "records", "保有件数": "records", "records": "records",
    "アクセス権限者": "readers", "アクセス権限": "readers", "閲覧者": "readers", "readers": "readers",
    "entrustee": "entrustee",
    "保存期間": "retention", "保存期限": "retention", "保管期限": "retention", "retention": "retention",
    "消去方法": "disposal", "disposal": "disposal",
    "責任者": "manager", "管理者": "manager", "管理部署": "manager", "manager": "manager",
}  # fmt: skip
_REQUIRED = ("item", "place")

#: The path is the user's own argument and may hold a name: errors call it by its role.
PLACE = "FILE"

#: A ledger is a list people read; what is larger, unpacked too, is something else.
LARGEST = 50_000_000
LONGEST = 100_000

_LEDGER = """
    WITH held AS (
        SELECT asset_id, list(DISTINCT entity_type ORDER BY entity_type) AS types, max(rows) AS records
        FROM current_holding GROUP BY asset_id
    ),
    readers AS (
        SELECT asset_id, list(DISTINCT grantee ORDER BY grantee) AS readers
        FROM current_access WHERE audience <> 'nobody' GROUP BY asset_id
    )
    SELECT asset_id AS place, types, records, readers, purpose, entrustee, disposal, owner AS manager,
           class.label_ja, class.label_en, class.months, class.days
    FROM held JOIN current_asset AS asset USING (asset_id)
    LEFT JOIN readers USING (asset_id)
    LEFT JOIN retention_class AS class ON class.retention = asset.retention
    ORDER BY asset_id
"""
_KNOWN = """
    SELECT owner FROM asset UNION SELECT purpose FROM asset UNION SELECT entrustee FROM asset
    UNION SELECT disposal FROM asset UNION SELECT asset_id FROM asset UNION SELECT grantee FROM access
    UNION SELECT label_ja FROM retention_class UNION SELECT label_en FROM retention_class
"""


def export_ledger(store: Path, path: Path, *, lang: Lang = "ja") -> int:
    """Write the ledger of everything found as an xlsx file; return its number of lines."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    with Reader(store) as reader:
        found = reader.arrow(_LEDGER).to_pylist()
        column = f"label_{lang}"
        labels = {row["entity_type"]: row[column] for row in reader.arrow("SELECT * FROM entity").to_pylist()}
    book = Workbook()
    sheet = book.active
    sheet.title = {"ja": "個人情報管理台帳", "en": "Personal data ledger"}[lang]
    headings: list[str | int] = [
        heading if lang == "ja" else name.capitalize() for name, heading in COLUMNS.items()
    ]
    for number, cells in enumerate([headings, *(_line(row, labels, lang) for row in found)], 1):
        for position, value in enumerate(cells, 1):
            cell = sheet.cell(number, position)
            if isinstance(value, int):
                cell.value = value
            else:
                cell.value = defused(value)
                cell.data_type = "s"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                cell.font = Font(bold=True)
    for letter, width in zip("ABCDEFGHI", (32, 28, 44, 10, 32, 20, 28, 20, 20), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    with writing_to("FILE"), replacing(path) as beside:
        beside.touch(0o600)
        book.save(beside)
    return len(found)


def import_ledger(layout: Layout, keys: KeyRing, path: Path) -> int:
    """Replace table `ledger` by the lines of an xlsx file and publish; return how many items there are.

    Personal data in cells is masked, unless the estate itself says the same text. Raises `Refused`
    ``ledger-unreadable``, ``ledger-columns`` (no line with headings), ``ledger-too-large``, ``key-changed``,
    ``store-missing``.
    """
    if not layout.store.exists():
        raise Refused("store-missing", layout.store.name, "run `meibo scan` first")
    lines = list(_read(path))
    with exclusive(layout.lock, 60.0):
        with open_writer(layout) as store:
            refuse_other_key(store, keys)
            known = {text for (text,) in store.execute(_KNOWN).fetchall() if text}
            moment = datetime.now(UTC)
            rows = [
                {**_masked(item, known, keys), "imported_at": moment}
                for line in lines
                for item in _items(line)
            ]
            with transaction(store):
                store.execute("DELETE FROM ledger")
                schema = store.execute("SELECT * FROM ledger LIMIT 0").to_arrow_table().schema
                store.register("incoming", pa.Table.from_pylist(rows, schema=schema))
                store.execute("INSERT INTO ledger BY NAME SELECT * FROM incoming")
                store.unregister("incoming")
            store.execute("CHECKPOINT")
        publish(layout)
    return len(rows)


def _line(row: Row, labels: dict[str, str], lang: Lang) -> list[str | int]:
    comma = {"ja": "、", "en": ", "}[lang]
    period = ""
    if row["label_ja"]:
        period = f"{row[f'label_{lang}']} ({_period(row['months'], row['days'], lang)})"
    return [
        comma.join(labels.get(name, name) for name in row["types"]),
        row["purpose"] or "",
        row["place"],
        int(row["records"] or 0),
        comma.join(row["readers"] or []),
        row["entrustee"] or "",
        period,
        row["disposal"] or "",
        row["manager"] or "",
    ]


def _period(months: int, days: int, lang: Lang) -> str:
    years, months = divmod(months, 12)
    words = {"ja": ("年", "か月", "日"), "en": (" years", " months", " days")}[lang]
    return " ".join(
        f"{number}{word}" for number, word in zip((years, months, days), words, strict=True) if number
    )


def _read(path: Path) -> Iterator[Row]:
    """Yield the lines of every sheet that has the headings, by column, cells as text."""
    from openpyxl import load_workbook

    _refuse_large(path)
    try:
        # Values only: of a formula what the program that saved it showed, nothing where it never ran.
        book = load_workbook(path, read_only=True, data_only=True)
        sheets = [[[_text(cell) for cell in row] for row in _rows(sheet)] for sheet in book.worksheets]
        book.close()
    except Refused:
        raise
    except Exception:
        # A parser of foreign files raises anything, and may quote cells.
        raise Refused("ledger-unreadable", PLACE, "save it as an .xlsx workbook") from None
    found = [lines for sheet in sheets if (lines := _below_headings(sheet)) is not None]
    if not found:
        raise Refused("ledger-columns", PLACE, f"one line names {COLUMNS['item']} and {COLUMNS['place']}")
    for lines in found:
        yield from lines


def _refuse_large(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except OSError:
        raise Refused("ledger-unreadable", PLACE, "name a file this user may read") from None
    except zipfile.BadZipFile:
        raise Refused("ledger-unreadable", PLACE, "save it as an .xlsx workbook") from None
    if size > LARGEST:
        raise Refused("ledger-too-large", PLACE, f"more than {LARGEST:,} bytes unpacked")


def _rows(sheet: Any) -> Iterator[Iterable[Any]]:
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if number >= LONGEST:
            raise Refused("ledger-too-large", "", f"more than {LONGEST:,} lines")
        yield row


def _below_headings(sheet: list[list[str]]) -> list[Row] | None:
    for number, cells in enumerate(sheet[:20]):
        columns = {name: place for place, cell in enumerate(cells) if (name := _heading(cell))}
        if set(_REQUIRED) <= set(columns):
            lines = [
                {name: row[place] if place < len(row) else "" for name, place in columns.items()}
                for row in sheet[number + 1 :]
            ]
            return [
                {**line, "line": number + 2 + index}
                for index, line in enumerate(lines)
                if line["item"] or line["place"]
            ]
    return None


def _heading(cell: str) -> str | None:
    plain = re.sub(r"[\s(].*", "", unicodedata.normalize("NFKC", cell).strip().lower())
    return {heading: name for name, heading in COLUMNS.items()}.get(plain) or _ALSO.get(plain)


def _items(line: Row) -> Iterator[Row]:
    """Yield one row for each item of a line: 氏名、住所 are two."""
    names = [name for name in re.split(r"[、,，;；\n]+|/|／", line["item"]) if name.strip()]
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", line.get("records", "")))[:12]
    for name in names or [""]:
        yield {
            **line,
            "item": name.strip(),
            "entity_type": entity_of(name),
            "records": int(digits) if digits else None,
        }


def _masked(item: Row, known: set[str], keys: KeyRing) -> Row:
    def kept(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        return (text if text in known else mask_place(text, keys)) or None

    return {**{name: kept(value) for name, value in item.items()}, "item": kept(item["item"]) or "",
            "place": kept(item["place"]) or ""} | {"entity_type": item["entity_type"]}  # fmt: skip


def _text(cell: Any) -> str:
    text = "" if cell is None else str(cell).strip()
    # What `defused` put before a formula.
    return text[1:] if text.startswith("'") else text
