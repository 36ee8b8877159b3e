"""What PostgreSQL's catalogue grants: access lists of relations and columns, also by way of views and partitions.

Who has these grants through roles and schemas is `pipelines.sources.postgresql_access`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipelines.sources.postgresql_catalog import RELATIONS, fetch
from pipelines.sources.relations import located


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
