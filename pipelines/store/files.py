"""The files detection leaves per part under ``work/``: findings, value keys, records, pictures; immutable Parquet.

They hold what tables `finding`, `value_key`, `record` and `picture` hold, less the part id, which is the name of
their directory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.errors import MeiboError

VALUE_KEY = pa.binary(16)

#: Rows inserted by one statement.
PORTION = 65_536

#: Part of every work key: what an older Meibo left under ``work/`` in another form is made anew.
FORMAT = 6

#: One row per occurrence. `row`: row number in the part; `page`, `quad` (x, y of four corners, clockwise from
#: top left, in pixels): documents and images; `start`, `end`: code points of the cell; `masked`: a sample
#: with its middle hidden; `kind`: of special-care information. JP_SPECIAL_CARE has neither keys nor sample.
FINDING_FILE = pa.schema(
    [
        pa.field("field", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("row_key", pa.string()),
        pa.field("page", pa.int32()),
        pa.field("quad", pa.list_(pa.float32())),
        pa.field("start", pa.int32()),
        pa.field("end", pa.int32()),
        pa.field("entity_type", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
        pa.field("recognizer", pa.string(), nullable=False),
        pa.field("recognizer_version", pa.string(), nullable=False),
        pa.field("personal", pa.bool_(), nullable=False),
        pa.field("value_key", VALUE_KEY),
        pa.field("alt_key", VALUE_KEY),
        pa.field("masked", pa.string()),
        pa.field("kind", pa.string()),
    ]
)

#: One row per value of a join-key column; `family_key`: the surname of a PERSON.
KEY_FILE = pa.schema(
    [
        pa.field("field", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("row_key", pa.string()),
        pa.field("entity_type", pa.string(), nullable=False),
        pa.field("value_key", VALUE_KEY, nullable=False),
        pa.field("alt_key", VALUE_KEY),
        pa.field("family_key", VALUE_KEY),
    ]
)

_KEYS = (
    "person_key", "other_key", "old_key", "staff_key", "ref_key", "name_key", "name_alt", "family_key",
    "family_alt", "phone_key", "email_key", "address_key", "address_alt", "born_key", "household_key",
    "device_key", "sender_key",
)  # fmt: skip
_MOMENT = pa.timestamp("us", "UTC")

#: One row per row of a register (`pipelines.registers`).
RECORD_FILE = pa.schema(
    [
        pa.field("register", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("row_key", pa.string()),
        *(pa.field(name, VALUE_KEY) for name in _KEYS),
        pa.field("has_room", pa.bool_()),
        pa.field("sender_type", pa.string()),
        pa.field("sender_class", pa.string()),
        *(pa.field(name, _MOMENT) for name in ("moment", "due", "ended")),
        *(pa.field(name, pa.string()) for name in ("status", "purpose", "kind", "channel", "list")),
        *(pa.field(name, pa.bool_()) for name in ("consent", "optout", "verified")),
        *(pa.field(name, pa.int64()) for name in ("age", "quantity")),
        pa.field("unread", pa.list_(pa.string()), nullable=False),
    ]
)

#: One row per picture: `kind` of document (`detectors.ocr.kinds`), when it was taken, whether it says where.
PICTURE_FILE = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("page", pa.int32(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("captured", _MOMENT),
        pa.field("located", pa.bool_(), nullable=False),
    ]
)

_PART_ID = pa.field("part_id", pa.string(), nullable=False)

#: The files of a bundle (`examine/bundle.py`): the same of many parts, each row with the part it belongs to.
BUNDLED = {
    "findings.parquet": pa.schema([_PART_ID, *FINDING_FILE]),
    "keys.parquet": pa.schema([_PART_ID, *KEY_FILE]),
    "records.parquet": pa.schema([_PART_ID, *RECORD_FILE]),
    "pictures.parquet": pa.schema([_PART_ID, *PICTURE_FILE]),
}


def check(part_id: str, path: Path, schema: pa.Schema) -> int:
    """Return how many rows a file has, which is there, whole and has the columns of `schema`.

    Raises `MeiboError` ``findings-missing``, ``findings-broken``, ``findings-schema``; the place is the part id.
    """
    try:
        file = pq.read_metadata(path)
    except FileNotFoundError:
        raise MeiboError("findings-missing", part_id, "scan again with --full") from None
    except (OSError, pa.ArrowException):
        raise MeiboError("findings-broken", part_id, "scan again with --full") from None
    # Nullability is not compared: Parquet written from a table built column by column says nullable.
    columns = [
        (field.name, field.type) for field in file.schema.to_arrow_schema() if field.name != _PART_ID.name
    ]
    if columns != [(field.name, field.type) for field in schema]:
        raise MeiboError("findings-schema", part_id, "scan again with --full")
    return int(file.num_rows)


def portions(files: Iterable[tuple[str, Path]], schema: pa.Schema) -> Iterator[pa.RecordBatchReader]:
    """Read many files, some rows at a time, with a leading column `part_id`.

    What DuckDB inserts is held until the statement ends, so each statement is given one portion.
    """
    whole = pa.schema([_PART_ID, *schema])
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in _batches(files, whole):
        held.append(batch)
        rows += batch.num_rows
        if rows >= PORTION:
            yield pa.RecordBatchReader.from_batches(whole, held)
            held, rows = [], 0
    if held:
        yield pa.RecordBatchReader.from_batches(whole, held)


def _batches(files: Iterable[tuple[str, Path]], whole: pa.Schema) -> Iterator[pa.RecordBatch]:
    by_path: dict[Path, list[str]] = {}
    for part_id, path in files:
        by_path.setdefault(path, []).append(part_id)
    for path, (part_id, *others) in by_path.items():
        with pq.ParquetFile(path) as file:
            bundled = file.schema_arrow.names[0] == _PART_ID.name
            wanted = pa.array([part_id, *others])
            for batch in file.iter_batches(batch_size=PORTION):
                if bundled:
                    yield batch.filter(pc.is_in(batch.column(0), wanted)).cast(whole)
                    continue
                part_ids = pa.repeat(pa.scalar(part_id), batch.num_rows)
                yield pa.RecordBatch.from_arrays([part_ids, *batch.columns], schema=whole)
