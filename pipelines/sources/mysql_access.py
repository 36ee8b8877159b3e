"""Who can read what MySQL and MariaDB hold: grants on everything, databases, tables, columns.

Accounts are ``user@host``, roles have no host. A view of ``SQL SECURITY DEFINER``, which is the default, reads
what it is made of with its definer's rights: who may select from it reads, too, the columns below that it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from pipelines.refs import Audience, Grant
from pipelines.sources.mysql_catalog import Ask
from pipelines.sources.relations import Table, located

#: The role everybody has (MariaDB 10.11, "GRANT … TO PUBLIC").
PUBLIC = "PUBLIC"


class RawGrant(NamedTuple):
    """One privilege: `schema` "" for all of them, or a pattern of LIKE; `table` "" for all of them."""

    grantee: str
    schema: str = ""
    table: str = ""
    columns: tuple[str, ...] = ()

    def reaches(self, table: Table) -> bool:
        """Say whether the grant is on a table or on what holds it."""
        if self.table:
            return (self.schema, self.table) == (table.schema, table.name)
        return not self.schema or _pattern(self.schema).fullmatch(table.schema) is not None

    def scope(self, shown: Callable[[str], str]) -> str:
        """Return how people write what the grant is on, for all that is wider than one table."""
        return "" if self.table else f" on {shown(self.schema) if self.schema else '*'}.*"


def read_grants(
    ask: Ask, ids: Mapping[str, str], tables: Mapping[str, Table], shown: Callable[[str], str]
) -> Iterator[Grant]:
    """Yield every way to read the tables in `ids` (locator → asset id); `shown`: names as people may see them.

    Raises `NotExamined` ``permission-denied`` where the login may not read the database ``mysql``: the views of
    ``information_schema`` then show its own grants only, as if nobody else had any.
    """
    ask("SELECT 1 FROM mysql.db LIMIT 1")
    grants = list(_read_privileges(ask))
    members = _read_members(ask)
    below = _read_views(ask, tables)
    for locator, asset in ids.items():
        table = tables[locator]
        direct = [grant for grant in grants if grant.reaches(table)]
        whole = {grant for grant in direct if not grant.columns}
        for grant in direct:
            yield from _expanded(asset, grant, members, grant.scope(shown))
        for view, columns in below.get(locator, ()):
            for grant in grants:
                if grant.reaches(tables[view]) and grant not in whole:
                    lent = grant._replace(columns=columns)
                    yield from _expanded(asset, lent, members, grant.scope(shown), f"view {shown(view)}: ")


def _expanded(
    asset: str, grant: RawGrant, members: Mapping[str, tuple[str, ...]], scope: str, through: str = ""
) -> Iterator[Grant]:
    for account, chain in _with_members(grant.grantee, members):
        # Who logs in without a name is anybody.
        audience: Audience = "company" if account == PUBLIC or account.startswith("@") else "role"
        via = f"{through}grant {' > '.join(chain)}{scope}"
        yield Grant(asset=asset, grantee=account, via=via, audience=audience, columns=grant.columns)


def _with_members(
    start: str, members: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Walk from a role to those who have it, breadth first; each once, with the shortest chain to it."""
    queue: list[tuple[str, tuple[str, ...]]] = [(start, (start,))]
    seen = {start}
    for name, chain in queue:
        yield name, chain
        for member in members.get(name, ()):
            if member not in seen:
                seen.add(member)
                queue.append((member, (*chain, member)))


def _read_privileges(ask: Ask) -> Iterator[RawGrant]:
    for (grantee,) in ask(f"SELECT grantee FROM information_schema.user_privileges {_SELECT} ORDER BY 1"):
        yield RawGrant(_account(grantee))
    for grantee, schema in ask(
        f"SELECT grantee, table_schema FROM information_schema.schema_privileges {_SELECT} ORDER BY 1, 2"
    ):
        yield RawGrant(_account(grantee), schema)
    for grantee, schema, table in ask(
        "SELECT grantee, table_schema, table_name FROM information_schema.table_privileges "
        f"{_SELECT} ORDER BY 1, 2, 3"
    ):
        yield RawGrant(_account(grantee), schema, table)
    columns: dict[tuple[str, str, str], list[str]] = {}
    for grantee, schema, table, column in ask(
        "SELECT grantee, table_schema, table_name, column_name FROM information_schema.column_privileges "
        f"{_SELECT} ORDER BY 1, 2, 3, 4"
    ):
        columns.setdefault((_account(grantee), schema, table), []).append(column)
    for (account, schema, table), names in columns.items():
        yield RawGrant(account, schema, table, tuple(names))


def _read_members(ask: Ask) -> dict[str, tuple[str, ...]]:
    """Return role → accounts and roles that have it, or may take it on."""
    ((server,),) = ask("SELECT VERSION()")
    members: dict[str, list[str]] = {}
    for role, role_host, user, host in ask(_ROLES_OF_MARIADB if "MariaDB" in server else _ROLES_OF_MYSQL):
        members.setdefault(_named(role, role_host), []).append(_named(user, host))
    return {role: tuple(sorted(each)) for role, each in members.items()}


def _read_views(ask: Ask, tables: Mapping[str, Table]) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return relation → (view, columns it names), views on views followed down.

    The server keeps a view's text with all names qualified and quoted; that a column of a name stands in it is
    enough to count it.
    """
    made_of: dict[str, dict[str, tuple[str, ...]]] = {}
    for schema, name, text in ask(_VIEWS):
        named = {_unquoted(each) for each in _QUOTED.findall(text or "")}
        made_of[located(schema, name)] = {
            located(*pair): tuple(column.name for column in table.columns if column.name in named)
            for pair in {(_unquoted(a), _unquoted(b)) for a, b in _PAIR.findall(text or "")}
            if (table := tables.get(located(*pair)))
        }
    reached: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for view in made_of:
        queue, seen = list(made_of[view].items()), {view}
        for base, columns in queue:
            if base not in seen:
                seen.add(base)
                queue.extend(made_of.get(base, {}).items())
                if view in tables and base not in made_of:
                    reached.setdefault(base, []).append((view, columns))
    return {base: tuple(views) for base, views in reached.items()}


def _account(grantee: str) -> str:
    """Return ``'user'@'host'`` as people write it."""
    user, _, host = grantee.rpartition("@")
    return _named(user.strip("'"), host.strip("'"))


def _named(user: str, host: str) -> str:
    # MySQL gives roles a host, too: any.
    return f"{user}@{host}" if host else user


def _pattern(like: str) -> re.Pattern[str]:
    """Return a pattern of LIKE, as grants on databases have it, as a regular expression."""
    wild = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", like, re.DOTALL)
    return re.compile("".join(wild.get(each) or re.escape(each[-1]) for each in pieces), re.DOTALL)


def _unquoted(name: str) -> str:
    return name.replace("``", "`")


_QUOTED = re.compile(r"`((?:[^`]|``)+)`")
_PAIR = re.compile(r"`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`")

_SELECT = "WHERE privilege_type = 'SELECT'"
_ROLES_OF_MARIADB = "SELECT role, '', user, host FROM mysql.roles_mapping ORDER BY 1, 3, 4"
_ROLES_OF_MYSQL = "SELECT from_user, from_host, to_user, to_host FROM mysql.role_edges ORDER BY 1, 2, 3, 4"
_VIEWS = """
    SELECT table_schema, table_name, view_definition FROM information_schema.views
    WHERE security_type = 'DEFINER'
      AND table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')
    ORDER BY 1, 2
"""
