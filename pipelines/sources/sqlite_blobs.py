"""Blobs in the tables of a SQLite database that are pictures or files, found by how they begin."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from pipelines.sources.base import Gap
from pipelines.sources.blobs import FILES, Blob, path_of
from pipelines.sources.image import PICTURES
from pipelines.sources.relations import quoted
from pipelines.sources.signs import LONGEST, sql_begins_as
from pipelines.sources.sqlite_rows import code_of

#: Columns asked of at once: an expression of SQLite's may have a thousand levels.
_AT_ONCE = 50
#: In the terms of SQLite; Python looks again.
_KNOWN = sql_begins_as(f"lower(hex(substr({{0}}, 1, {LONGEST})))", (*PICTURES, *FILES))
_BEGINS = f"typeof({{0}}) = 'blob' AND {_KNOWN}"


def blobs_in(connection: sqlite3.Connection, tables: Sequence[tuple[str, str]]) -> Iterator[Blob | Gap]:
    """Yield the blobs of tables, given name and kind, that begin as pictures or files do; of views nothing.

    What stands behind a damaged page is a gap.
    """
    for table, kind in tables:
        try:
            names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({quoted(table)})")]
            for at in range(0, len(names) if kind == "table" else 0, _AT_ONCE):
                yield from _blobs_of(connection, table, names[at : at + _AT_ONCE])
        except sqlite3.Error as error:
            yield Gap(code_of(error))


def _blobs_of(connection: sqlite3.Connection, table: str, names: Sequence[str]) -> Iterator[Blob]:
    tests = [_BEGINS.replace("{0}", quoted(name)) for name in names]
    cases = (f"CASE WHEN {test} THEN {quoted(name)} END" for test, name in zip(tests, names, strict=True))
    any_of = " OR ".join(f"({test})" for test in tests)
    query = f"SELECT {', '.join(cases)} FROM {quoted(table)} NOT INDEXED WHERE {any_of}"
    for row in connection.execute(query):
        for name, content in zip(names, row, strict=True):
            if isinstance(content, bytes):
                yield Blob(path_of(table, name), content)
