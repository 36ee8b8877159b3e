"""CSV and TSV: everything stays text, leading zeros and all.

Two readers with one result. Records that are well-formed CSV, proved by one linear-time pattern over a whole
block, go to Arrow's reader. At a record that is not (a stray quote, a quote that never closes), Python's reader
takes over for some records: a quote that swallows thousands of lines is undone, its line becomes a gap, the
lines behind it are read again.

Rows with more or fewer cells than most have (titles above the header, totals below, a comma nobody quoted) are
texts in a column of their own: which cell stands in which column nobody can say.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import re2

from pipelines.sources.base import BATCH_ROWS, Gap
from pipelines.sources.columns import has_header, text_batch, unique_names
from pipelines.sources.encoding import detect_encoding, utf8_blocks

DELIMITERS = ",\t;|"

#: Rows looked at for delimiter and header.
SAMPLE_ROWS = 200

#: Records read by Python's reader where Arrow's stumbles, doubled each time it stumbles again soon.
PATIENCE = 64

#: A cell longer than this many characters is a gap.
LONGEST_CELL = 16 << 20

#: A quoted field over more lines than this is a quote that was never closed.
LONGEST_RECORD = 5_000


#: The column of rows that are not as wide as the others.
OTHER = "(other)"


@dataclass(frozen=True)
class Dialect:
    """How a table is written: its delimiter, its column names, whether the first row of all of them names them."""

    delimiter: str
    names: list[str]
    header: bool


def read_table(path: Path, member: str = "") -> Iterator[pa.RecordBatch | Gap]:
    """Stream a delimited text file; rows in a quote that never closes become gaps ``row-broken``."""
    blocks = utf8_blocks(path, detect_encoding(path))
    head: list[bytes | Gap] = []
    for block in blocks:
        head.append(block)
        if isinstance(block, bytes) and block.strip():
            break
    first = next((block for block in head if isinstance(block, bytes) and block.strip()), None)
    if first is None:
        yield from (block for block in head if isinstance(block, Gap))
        return
    dialect = sniff(first.decode())
    skip, rows = dialect.header, 0
    for item in _rows_and_gaps(_without_blank_start(chain(head, blocks)), dialect):
        if skip and not isinstance(item, Gap) and _begins_with_header(item, dialect):
            item, skip = item.slice(1), False
        rows += 0 if isinstance(item, Gap) else item.num_rows
        if isinstance(item, Gap) or item.num_rows:
            yield item
    if not rows:
        yield text_batch(dialect.names, [[] for _ in dialect.names])


def sniff(text: str) -> Dialect:
    """Find delimiter and header in the beginning of a table."""
    sample = "".join(islice(io.StringIO(text, newline=""), SAMPLE_ROWS))
    delimiter = max(DELIMITERS, key=lambda each: _evenness(sample, each))
    rows = [row for row in _parse(sample, delimiter) if row]
    names, header = _header(rows or [[""]])
    return Dialect(delimiter, unique_names(names), header)


def _header(rows: list[list[str]]) -> tuple[Sequence[str | None], bool]:
    """Return the names of the columns, and whether the first row as wide as most holds them."""
    widths = [len(row) for row in rows]
    width = max(set(widths), key=lambda each: (widths.count(each), each > 1, each == widths[0]))
    first = widths.index(width)
    usual = [row for row in rows if len(row) == width]
    above = rows[first - 1] if first else []
    # Rows that all end in a delimiter, and a header that does not.
    ends_blank = len(above) == width - 1 > 1 and not any(row[-1].strip() for row in usual)
    if not ends_blank and has_header(usual[0], usual[1:]):
        return usual[0], True
    if len(above) > 1 and has_header(above, usual):
        return [*above, *[None] * width][:width], False
    return [None] * width, False


def _begins_with_header(batch: pa.RecordBatch, dialect: Dialect) -> bool:
    return (
        batch.num_rows > 0
        and batch.schema.names == dialect.names
        and unique_names([column[0].as_py() for column in batch.columns]) == dialect.names
    )


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """Share of rows with as many cells as most rows have, then that number: 1 cell says nothing."""
    widths = [len(row) for row in _parse(sample, delimiter) if row]
    if not widths:
        return 0.0, 0
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    return (widths.count(usual) / len(widths) if usual > 1 else 0.0), usual


def _parse(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows.extend(reader)
    return rows


def _without_blank_start(blocks: Iterator[bytes | Gap]) -> Iterator[bytes | Gap]:
    """Drop blank lines before the first row."""
    for block in blocks:
        if isinstance(block, Gap):
            yield block
        elif block.strip():
            yield block.lstrip(b"\r\n")
            break
    yield from blocks


def _rows_and_gaps(blocks: Iterator[bytes | Gap], dialect: Dialect) -> Iterator[pa.RecordBatch | Gap]:
    well_formed = _well_formed(dialect.delimiter)
    held, patience = b"", PATIENCE
    for block in chain(blocks, [None]):
        if isinstance(block, Gap):
            yield block
            continue
        held += block or b""
        while held:
            end = well_formed.match(held).end() if b'"' in held else held.rfind(b"\n") + 1
            table = _read_fast(held[:end], dialect) if end else None
            if table is not None:
                yield from table
                patience = PATIENCE if end > len(held) // 2 else patience
                held = held[end:]
                if block is None:
                    continue
                break
            # Either the last line, which has no line end, or a record only Python's reader understands.
            records = _Records(chain([held], blocks), dialect.delimiter)
            yield from _read_slowly(islice(records, patience), dialect)
            held, patience = records.rest(), patience * 2


def _well_formed(delimiter: str) -> Any:
    """Pattern of whole records in which every quoted cell is quoted as a whole and closed."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 64 << 20
    sign = re.escape(delimiter)
    cell = rf'(?:[^"{sign}\r\n]*|"(?:[^"]|"")*")'
    return re2.compile(rf"(?:{cell}(?:{sign}{cell})*\r?\n)*".encode("latin-1"), options)


def _read_fast(block: bytes, dialect: Dialect) -> list[pa.RecordBatch | Gap] | None:
    """Read a well-formed block with Arrow; None where it disagrees."""
    if not block.strip(b"\r\n"):
        return []
    odd: list[str] = []

    def skip(row: pa.csv.InvalidRow) -> str:
        odd.append(row.text)
        return "skip"

    names = dialect.names
    try:
        table = pa.csv.read_csv(
            io.BytesIO(block),
            read_options=pa.csv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=False),
            parse_options=pa.csv.ParseOptions(
                delimiter=dialect.delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    found: list[pa.RecordBatch | Gap] = list(table.combine_chunks().to_batches(BATCH_ROWS))
    return [*found, *_odd([row for text in odd for row in _parse(text, dialect.delimiter)], dialect)]


def _read_slowly(records: Iterator[list[str] | Gap], dialect: Dialect) -> Iterator[pa.RecordBatch | Gap]:
    width = len(dialect.names)
    while rows := list(islice(records, BATCH_ROWS)):
        whole = [row for row in rows if isinstance(row, list) and len(row) == width]
        if whole:
            yield text_batch(dialect.names, list(zip(*whole, strict=True)))
        yield from _odd([row for row in rows if isinstance(row, list) and len(row) != width], dialect)
        yield from (row for row in rows if isinstance(row, Gap))


def _odd(rows: list[list[str]], dialect: Dialect) -> Iterator[pa.RecordBatch]:
    """Yield rows of another width: those that only end in blank cells as the others, all else as text."""
    width = len(dialect.names)
    whole = [row[:width] for row in rows if len(row) > width and not any(map(str.strip, row[width:]))]
    if whole:
        yield text_batch(dialect.names, list(zip(*whole, strict=True)))
    said = ["\t".join(row) for row in rows if len(row) < width or any(map(str.strip, row[width:]))]
    if said := [each for each in said if each.strip()]:
        yield text_batch([OTHER], [said])


class _Records:
    """Records of a CSV stream by Python's reader, with the way back from a quote that was never closed."""

    def __init__(self, blocks: Iterator[bytes | Gap], delimiter: str) -> None:
        self.delimiter = delimiter
        self.gaps: list[Gap] = []
        self.text = io.StringIO()
        self.lines = self._lines(blocks)
        self.given_back: deque[str] = deque()
        self.taken: list[str] = []
        self.ended = False
        csv.field_size_limit(LONGEST_CELL)

    def rest(self) -> bytes:
        """Return what was taken from the blocks but stands in no record yet."""
        return ("".join(self.given_back) + self.text.read()).encode()

    def __iter__(self) -> Iterator[list[str] | Gap]:
        return self

    def __next__(self) -> list[str] | Gap:
        while not self.gaps:
            self.taken, self.ended = [], False
            try:
                row = next(csv.reader(self._feed(), delimiter=self.delimiter), None)
            except csv.Error:
                return self._undo()
            if row is None:
                break
            if self.ended and len(self.taken) > 1 and self._is_open():
                return self._undo()
            if row:
                return row
        if self.gaps:
            return self.gaps.pop()
        raise StopIteration

    def _feed(self) -> Iterator[str]:
        """Give the reader the lines of one record and remember them."""
        while (line := self._next_line()) is not None:
            self.taken.append(line)
            if len(self.taken) > LONGEST_RECORD:
                raise csv.Error
            yield line
        self.ended = True

    def _next_line(self) -> str | None:
        return self.given_back.popleft() if self.given_back else next(self.lines, None)

    def _undo(self) -> Gap:
        """Give all lines but the first back: that one holds the quote."""
        self.given_back.extendleft(reversed(self.taken[1:]))
        too_long = bool(self.taken) and len(self.taken[0]) > LONGEST_CELL
        return Gap("cell-too-long" if too_long else "row-broken")

    def _is_open(self) -> bool:
        try:
            list(csv.reader(self.taken, delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            return "end of data" in str(error)
        return False

    def _lines(self, blocks: Iterator[bytes | Gap]) -> Iterator[str]:
        for block in blocks:
            if isinstance(block, Gap):
                self.gaps.append(block)
            else:
                self.text = io.StringIO(block.decode(), newline="")
                yield from self.text
