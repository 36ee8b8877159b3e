"""Tables and views as the catalogue of a database server tells of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

#: A name in a locator: quoted, or plain.
_NAME = re.compile(r'("(?:[^"]|"")*")|([^."]+)')


class Column(NamedTuple):
    """A column and the name of its type in the catalogue, of a domain its base type."""

    name: str
    type: str
    charset: str = ""
    """Character set of text where columns have their own."""


@dataclass(frozen=True)
class Table:
    """A relation that can be selected from."""

    schema: str
    name: str
    kind: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """Columns of the primary key."""
    bytes: int = 0
    """Size at the server's last estimate, 0 where it does not know it."""

    @property
    def place(self) -> str:
        """``schema.table`` for people."""
        return f"{self.schema}.{self.name}"

    @property
    def locator(self) -> str:
        """``schema.table``, unambiguous: names with dots or quotes are quoted."""
        return located(self.schema, self.name)

    def has(self, column: str | None) -> bool:
        """Say whether there is a column of this name."""
        return any(each.name == column for each in self.columns)


class Catalogue(NamedTuple):
    """What a server holds: tables by locator, and the names of all schemas, also of empty ones."""

    tables: dict[str, Table]
    schemas: frozenset[str]

    @classmethod
    def of(cls, tables: Iterable[Table], schemas: Iterable[str]) -> Catalogue:
        """Return the catalogue of these tables, in their order."""
        return cls({table.locator: table for table in tables}, frozenset(schemas))


def located(*names: str) -> str:
    """Return the names of schema and relation as they stand in a locator.

    >>> located("crm", "odd.name")
    'crm."odd.name"'
    """
    return ".".join(quoted(name) if "." in name or '"' in name else name for name in names)


def names_in(locator: str) -> tuple[str, ...]:
    """Return the names a locator was made of.

    >>> names_in('crm."odd.name"'), names_in(located('a"b', "c"))
    (('crm', 'odd.name'), ('a"b', 'c'))
    """
    return tuple(plain or quoted[1:-1].replace('""', '"') for quoted, plain in _NAME.findall(locator))


def quoted(name: str) -> str:
    """Return a name as standard SQL writes it.

    >>> quoted('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + name.replace('"', '""') + '"'
