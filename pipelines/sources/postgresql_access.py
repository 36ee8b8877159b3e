"""Who can read what PostgreSQL holds: grants on relations and columns, through roles, views and schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipelines.refs import Audience, Grant
from pipelines.sources.postgresql_catalog import RELATIONS, fetch
from pipelines.sources.relations import located

#: Built-in roles that read everything, whatever is granted (PostgreSQL manual, 21.5).
READS_ALL = "pg_read_all_data"
PUBLIC = "PUBLIC"
#: What is said of a grant its holder cannot use.
NO_USAGE = " (no USAGE on the schema)"
#: What is said of a member that does not inherit, but may take the role on, or let itself do so.
SET_ROLE = " (SET ROLE)"
ADMIN = " (ADMIN OPTION)"


@dataclass(frozen=True)
class Role:
    """A role: whether it logs in, is superuser, its members: each with what it has to do first, "" for nothing."""

    name: str
    login: bool
    superuser: bool
    members: tuple[tuple[int, str], ...]


class RawGrant(NamedTuple):
    """One entry of an access list: `grantee` is a role's oid, 0 for PUBLIC; `columns` empty for all.

    `through`: the view or partition by which the grant reaches the relation, "" for a grant on itself;
    `schema`: where the relation stands that the grant is on.
    """

    asset: str
    grantee: int
    owner: bool
    columns: tuple[str, ...] = ()
    through: str = ""
    schema: str = ""


class Doors(NamedTuple):
    """Who may enter a schema, without which no grant inside counts: role oids, 0 for PUBLIC; owners among them."""

    by_schema: Mapping[str, frozenset[int]]

    def lets(self, role: int, schema: str, roles: Mapping[int, Role]) -> bool:
        """Say whether a role has USAGE on a schema, itself, by PUBLIC or by a role it is a member of."""
        keys = self.by_schema.get(schema, frozenset())
        if 0 in keys or role in keys or (role in roles and roles[role].superuser):
            return True
        return any(member == role for key in keys for member, _ in _with_members(key, roles))


def read_roles(cursor: Any) -> dict[int, Role]:
    """Return all roles by oid."""
    return {
        row["oid"]: Role(
            row["name"], row["login"], row["superuser"], tuple(map(tuple, json.loads(row["members"] or "[]")))
        )
        for row in fetch(cursor, _ROLES)
    }


def read_doors(cursor: Any) -> Doors:
    """Return who has USAGE on each schema; its owner has, whatever is granted."""
    doors: dict[str, set[int]] = {}
    for row in fetch(cursor, _USAGE):
        doors.setdefault(row["schema"], set()).update((row["grantee"], row["owner"]))
    return Doors({schema: frozenset(keys) for schema, keys in doors.items()})


def read_grants(cursor: Any, ids: Mapping[str, str], shown: Callable[[str], str]) -> list[RawGrant]:
    """Return the owner's and every SELECT entry of the relations in `ids` (locator → asset id).

    `shown`: names of relations as people may see them.

    A view reads what it is made of with the rights of its owner: who may select from the view reads, too, the
    columns below that it refers to. Views with ``security_invoker`` lend no rights. Who may select from a
    partition reads that much of what it is a partition of.
    """
    direct: dict[str, list[RawGrant]] = {}
    by_column: dict[tuple[str, int], list[str]] = {}
    schemas: dict[str, str] = {}
    for row in fetch(cursor, _GRANTS):
        relation = located(row["schema"], row["name"])
        schemas[relation] = row["schema"]
        if row["column"]:
            by_column.setdefault((relation, row["grantee"]), []).append(row["column"])
        else:
            owner = row["grantee"] == row["owner"]
            direct.setdefault(relation, []).append(
                RawGrant(relation, row["grantee"], owner, schema=row["schema"])
            )
    for (relation, grantee), columns in by_column.items():
        direct.setdefault(relation, []).append(
            RawGrant(relation, grantee, owner=False, columns=tuple(columns), schema=schemas[relation])
        )
    own = [
        grant._replace(asset=ids[name]) for name, grants in direct.items() if name in ids for grant in grants
    ]
    above = _read_partitions(cursor)
    views = {
        view: [(each, columns) for base, columns in bases for each in (base, *above.get(base, ()))]
        for view, bases in _read_views(cursor).items()
    }
    through = [*_through_views(direct, views, ids), *_through_partitions(direct, above, ids)]
    return [*own, *(grant._replace(through=_named(grant, shown)) for grant in through)]


def _named(grant: RawGrant, shown: Callable[[str], str]) -> str:
    kind, _, relation = grant.through.partition(" ")
    return f"{kind} {shown(relation)}"


def _read_partitions(cursor: Any) -> dict[str, list[str]]:
    """Return partition → all it is a partition of."""
    above: dict[str, list[str]] = {}
    for row in fetch(cursor, _PARTITIONS):
        partition, base = (
            located(*(row[name] for name in names))
            for names in (("partition_schema", "partition_name"), ("schema", "name"))
        )
        above.setdefault(partition, []).append(base)
    return above


def _read_views(cursor: Any) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Return view → (relation, columns it refers to), views on views followed down; columns () for all."""
    below: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for row in fetch(cursor, _VIEWS):
        view, base = (
            located(*(row[name] for name in names))
            for names in (("view_schema", "view_name"), ("schema", "name"))
        )
        below.setdefault(view, []).append((base, tuple(json.loads(row["columns"]))))
    reached: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for view in below:
        queue, seen = list(below[view]), {view}
        for base, _ in queue:
            if base not in seen:
                seen.add(base)
                queue.extend(below.get(base, ()))
        reached[view] = [(base, columns) for base, columns in queue if base not in below]
    return reached


def _through_views(
    direct: Mapping[str, Sequence[RawGrant]],
    views: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]],
    ids: Mapping[str, str],
) -> Iterator[RawGrant]:
    for view, bases in views.items():
        for base, columns in bases:
            if base in ids:
                # The owner of a view has rights of their own on what it is made of.
                for grant in (each for each in direct.get(view, ()) if not each.owner):
                    yield grant._replace(
                        asset=ids[base], owner=False, columns=columns, through=f"view {view}"
                    )


def _through_partitions(
    direct: Mapping[str, Sequence[RawGrant]], above: Mapping[str, Sequence[str]], ids: Mapping[str, str]
) -> Iterator[RawGrant]:
    for partition, bases in above.items():
        for base in (each for each in bases if each in ids):
            # A table of many partitions has most grants on each of them, too.
            known = {each.grantee for each in direct.get(base, ()) if not each.columns}
            for grant in (each for each in direct.get(partition, ()) if each.grantee not in known):
                yield grant._replace(asset=ids[base], owner=False, through=f"partition {partition}")


def expand(grant: RawGrant, roles: Mapping[int, Role], doors: Doors) -> Iterator[Grant]:
    """Yield the grantee and every login role that has the grant through membership, with the chain of roles.

    PUBLIC is everybody who may connect to the database: audience ``company``; where the schema is not open to all,
    the login roles it is open to. Who may not enter the schema reads nothing: audience ``nobody``.
    """
    through = f"{grant.through}: " if grant.through else ""
    if grant.grantee == 0:
        yield from _public(grant, roles, doors, f"{through}grant to PUBLIC")
        return
    how = "owner" if grant.owner else "grant"
    for oid, chain in _with_members(grant.grantee, roles):
        role = roles[oid]
        if oid == grant.grantee or role.login:
            enters = doors.lets(oid, grant.schema, roles)
            audience: Audience = "owner" if grant.owner and oid == grant.grantee else "role"
            yield Grant(
                asset=grant.asset,
                grantee=role.name,
                via=f"{through}{how} {' > '.join(chain)}{'' if enters else NO_USAGE}",
                audience=audience if enters else "nobody",
                columns=grant.columns,
            )


def _public(grant: RawGrant, roles: Mapping[int, Role], doors: Doors, via: str) -> Iterator[Grant]:
    if doors.lets(0, grant.schema, roles):
        yield Grant(asset=grant.asset, grantee=PUBLIC, via=via, audience="company", columns=grant.columns)
        return
    entering = [
        role
        for oid, role in roles.items()
        if role.login and not role.superuser and doors.lets(oid, grant.schema, roles)
    ]
    for role in entering:
        yield Grant(asset=grant.asset, grantee=role.name, via=via, audience="role", columns=grant.columns)
    if not entering:
        yield Grant(
            asset=grant.asset,
            grantee=PUBLIC,
            via=f"{via}{NO_USAGE}",
            audience="nobody",
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
        for member, first in roles[oid].members:
            if member in roles and member not in seen:
                seen.add(member)
                queue.append((member, (*chain, roles[member].name + first)))


#: Since PostgreSQL 16 a membership itself says whether it is inherited or may be taken on, before the role did.
_ROLES = f"""
    SELECT r.oid::int8 AS oid, r.rolname::text AS name, r.rolcanlogin AS login, r.rolsuper AS superuser,
      (SELECT json_agg(json_build_array(member, CASE WHEN inherits THEN '' WHEN sets THEN '{SET_ROLE}'
                                                     ELSE '{ADMIN}' END) ORDER BY member)::text
         FROM (SELECT m.member::int8 AS member, bool_or(m.admin_option) AS admin,
                      bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::bool, u.rolinherit)) AS inherits,
                      bool_or(coalesce((to_jsonb(m) ->> 'set_option')::bool, true)) AS sets
                 FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member
                WHERE m.roleid = r.oid GROUP BY m.member) AS of_role
        WHERE inherits OR sets OR admin) AS members
    FROM pg_roles r ORDER BY r.rolname::text COLLATE "C"
"""

#: A null access list means the owner's rights only (manual, 5.8); `acldefault` spells them out. Each large object
#: has one of its own: who may read one of them may read of all.
_GRANTS = f"""
    SELECT n.nspname::text AS schema, c.relname::text AS name, NULL::text AS "column", c.relowner::int8 AS owner,
           x.grantee::int8 AS grantee
    FROM (SELECT c.oid, c.relname, c.relnamespace, c.relowner, c.relacl {RELATIONS}) c
    JOIN pg_namespace n ON n.oid = c.relnamespace,
    aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
    WHERE x.privilege_type = 'SELECT'
    UNION ALL
    SELECT n.nspname::text, c.relname::text, a.attname::text, c.relowner::int8, x.grantee::int8
    FROM (SELECT c.oid, c.relname, c.relnamespace, c.relowner {RELATIONS}) c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attacl IS NOT NULL,
    aclexplode(a.attacl) x
    WHERE x.privilege_type = 'SELECT'
    UNION ALL
    SELECT DISTINCT 'pg_catalog', 'pg_largeobject', NULL::text, o.lomowner::int8, x.grantee::int8
    FROM pg_largeobject_metadata o, aclexplode(coalesce(o.lomacl, acldefault('L', o.lomowner))) x
    WHERE x.privilege_type = 'SELECT'
    ORDER BY 1, 2, 3 NULLS FIRST, 5
"""

#: Without an access list a schema is its owner's alone (`acldefault`).
_USAGE = """
    SELECT n.nspname::text AS schema, n.nspowner::int8 AS owner, x.grantee::int8 AS grantee
    FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x
    WHERE x.privilege_type = 'USAGE' ORDER BY 1, 3
"""

_PARTITIONS = """
    SELECT pn.nspname::text AS partition_schema, p.relname::text AS partition_name, n.nspname::text AS schema,
           c.relname::text AS name
    FROM pg_class p JOIN pg_namespace pn ON pn.oid = p.relnamespace,
    pg_partition_ancestors(p.oid) AS above, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE p.relispartition AND p.relkind IN ('r', 'p', 'f') AND c.oid = above.relid AND c.oid <> p.oid
    ORDER BY 1, 2, 3, 4
"""

#: A whole-row reference (attnum 0) is every column.
_VIEWS = """
    SELECT vn.nspname::text AS view_schema, v.relname::text AS view_name, n.nspname::text AS schema,
           c.relname::text AS name,
           CASE WHEN bool_or(d.refobjsubid = 0 AND NOT EXISTS (
                     SELECT 1 FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid
                        AND e.refobjid = d.refobjid AND e.refobjsubid > 0)) THEN '[]'
                ELSE coalesce(json_agg(DISTINCT a.attname) FILTER (WHERE a.attname IS NOT NULL), '[]')::text
           END AS columns
    FROM pg_class v JOIN pg_namespace vn ON vn.oid = v.relnamespace
    JOIN pg_rewrite r ON r.ev_class = v.oid
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
    JOIN pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
    WHERE v.relkind IN ('v', 'm')
      AND NOT coalesce(v.reloptions::text[] && ARRAY['security_invoker=true', 'security_invoker=on',
                                                     'security_invoker=1'], false)
      AND vn.nspname NOT LIKE 'pg\\_%' AND vn.nspname <> 'information_schema'
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
