"""Who can read what PostgreSQL holds: who has its grants, through roles and schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipelines.refs import Audience, Grant
from pipelines.sources.postgresql_catalog import fetch
from pipelines.sources.postgresql_grants import RawGrant

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

#: Without an access list a schema is its owner's alone (`acldefault`).
_USAGE = """
    SELECT n.nspname::text AS schema, n.nspowner::int8 AS owner, x.grantee::int8 AS grantee
    FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x
    WHERE x.privilege_type = 'USAGE' ORDER BY 1, 3
"""
