"""What PostgreSQL's catalogue says: relations with their columns and keys, and who can read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipelines.refs import Grant

KINDS = {
    "r": "table",
    "p": "partitioned table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}

#: Built-in roles that read everything, whatever is granted (PostgreSQL manual, 21.5).
READS_ALL = "pg_read_all_data"
PUBLIC = "PUBLIC"


class Column(NamedTuple):
    """A column and the name of its type in the catalogue, of a domain its base type."""

    name: str
    type: str


@dataclass(frozen=True)
class Table:
    """A relation that can be selected from."""

    schema: str
    name: str
    kind: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def place(self) -> str:
        """``schema.table`` for people."""
        return f"{self.schema}.{self.name}"

    @property
    def locator(self) -> str:
        """``schema.table``, unambiguous: names with dots or quotes are quoted."""
        return ".".join(_identifier(each) for each in (self.schema, self.name))

    @property
    def qualified(self) -> str:
        """The relation in SQL."""
        return ".".join('"' + each.replace('"', '""') + '"' for each in (self.schema, self.name))


@dataclass(frozen=True)
class Role:
    """A role: whether it logs in, is superuser, and the roles that are its members with inheritance."""

    name: str
    login: bool
    superuser: bool
    members: tuple[int, ...]


class RawGrant(NamedTuple):
    """One entry of an access list: `grantee` is a role's oid, 0 for PUBLIC; `columns` empty for all."""

    asset: str
    grantee: int
    owner: bool
    columns: tuple[str, ...] = ()


def read_tables(cursor: Any, schemas: Sequence[str]) -> list[Table]:
    """List relations of the schemas, all but the system's when empty. Partitions stand in their parent."""
    rows = _fetch(cursor, _TABLES)
    return [
        Table(
            schema=row["schema"],
            name=row["name"],
            kind=KINDS[row["kind"]],
            columns=tuple(Column(*each) for each in json.loads(row["columns"] or "[]")),
            key=tuple(json.loads(row["key"] or "[]")),
        )
        for row in rows
        if not schemas or row["schema"] in schemas
    ]


def read_schemas(cursor: Any) -> set[str]:
    """Return the names of all schemas."""
    return {row["name"] for row in _fetch(cursor, "SELECT nspname::text AS name FROM pg_namespace")}


def read_roles(cursor: Any) -> dict[int, Role]:
    """Return all roles by oid."""
    return {
        row["oid"]: Role(
            row["name"], row["login"], row["superuser"], tuple(json.loads(row["members"] or "[]"))
        )
        for row in _fetch(cursor, _ROLES)
    }


def read_grants(cursor: Any, ids: Mapping[str, str]) -> Iterator[RawGrant]:
    """Yield the owner's and every SELECT entry of the relations in `ids` (locator → asset id), columns last."""
    by_column: dict[tuple[str, int], list[str]] = {}
    for row in _fetch(cursor, _GRANTS):
        asset = ids.get(".".join(_identifier(each) for each in (row["schema"], row["name"])))
        if asset is None:
            continue
        if row["column"]:
            by_column.setdefault((asset, row["grantee"]), []).append(row["column"])
        else:
            yield RawGrant(asset, row["grantee"], row["grantee"] == row["owner"])
    for (asset, grantee), columns in by_column.items():
        yield RawGrant(asset, grantee, owner=False, columns=tuple(columns))


def expand(grant: RawGrant, roles: Mapping[int, Role]) -> Iterator[Grant]:
    """Yield the grantee and every login role that has the grant through membership, with the chain of roles.

    PUBLIC is everybody who may connect to the database: audience ``company``.
    """
    if grant.grantee == 0:
        yield Grant(
            asset=grant.asset,
            grantee=PUBLIC,
            via="grant to PUBLIC",
            audience="company",
            columns=grant.columns,
        )
        return
    how = "owner" if grant.owner else "grant"
    for oid, chain in _with_members(grant.grantee, roles):
        role = roles[oid]
        if oid == grant.grantee or role.login:
            yield Grant(
                asset=grant.asset,
                grantee=role.name,
                via=f"{how} {' > '.join(chain)}",
                audience="owner" if grant.owner and oid == grant.grantee else "role",
                columns=grant.columns,
            )


def reads_everything(asset: str, roles: Mapping[int, Role]) -> Iterator[Grant]:
    """Yield the login roles no grant can keep out: superusers and members of ``pg_read_all_data``."""
    for role in roles.values():
        if role.superuser and role.login:
            yield Grant(asset=asset, grantee=role.name, via="superuser", audience="role")
    start = next((oid for oid, role in roles.items() if role.name == READS_ALL), None)
    for oid, chain in _with_members(start, roles) if start is not None else ():
        if roles[oid].login and not roles[oid].superuser:
            yield Grant(
                asset=asset, grantee=roles[oid].name, via=f"grant {' > '.join(chain)}", audience="role"
            )


def _with_members(start: int, roles: Mapping[int, Role]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Walk memberships breadth first; every role once, with the shortest chain to it."""
    queue: list[tuple[int, tuple[str, ...]]] = [(start, (roles[start].name,))] if start in roles else []
    seen = {start}
    for oid, chain in queue:
        yield oid, chain
        for member in roles[oid].members:
            if member in roles and member not in seen:
                seen.add(member)
                queue.append((member, (*chain, roles[member].name)))


def _fetch(cursor: Any, query: str) -> list[dict[str, Any]]:
    cursor.execute(query)
    rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
    return rows


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "." in name or '"' in name else name


_RELATIONS = """
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""

_TABLES = f"""
    SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
      (SELECT json_agg(json_build_array(a.attname, coalesce(b.typname, t.typname)) ORDER BY a.attnum)::text
         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0)
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      (SELECT json_agg(a.attname ORDER BY k.position)::text
         FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, position), pg_attribute a
        WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum) AS key
    {_RELATIONS}
    ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
"""

_ROLES = """
    SELECT r.oid::int8 AS oid, r.rolname::text AS name, r.rolcanlogin AS login, r.rolsuper AS superuser,
      (SELECT json_agg(m.member::int8 ORDER BY m.member)::text
         FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member
        WHERE m.roleid = r.oid AND u.rolinherit) AS members
    FROM pg_roles r ORDER BY r.rolname::text COLLATE "C"
"""

#: A null access list means the owner's rights only (manual, 5.8); `acldefault` spells them out.
_GRANTS = f"""
    SELECT n.nspname::text AS schema, c.relname::text AS name, NULL::text AS "column", c.relowner::int8 AS owner,
           x.grantee::int8 AS grantee
    FROM (SELECT c.oid, c.relname, c.relnamespace, c.relowner, c.relacl {_RELATIONS}) c
    JOIN pg_namespace n ON n.oid = c.relnamespace,
    aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
    WHERE x.privilege_type = 'SELECT'
    UNION ALL
    SELECT n.nspname::text, c.relname::text, a.attname::text, c.relowner::int8, x.grantee::int8
    FROM (SELECT c.oid, c.relname, c.relnamespace, c.relowner {_RELATIONS}) c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attacl IS NOT NULL,
    aclexplode(a.attacl) x
    WHERE x.privilege_type = 'SELECT'
    ORDER BY 1, 2, 3 NULLS FIRST, 5
"""
