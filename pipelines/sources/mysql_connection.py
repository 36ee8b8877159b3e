"""How a MySQL or MariaDB server is connected to, and what its errors say."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.errors import NotExamined
from pipelines.source_config import MysqlSource
from pipelines.sources.database import LOCK_SECONDS, STATEMENT_SECONDS
from pipelines.sources.database_login import CONNECT_SECONDS, Login, login

#: Error numbers of servers and driver → codes (MariaDB Knowledge Base, "MariaDB Error Codes"; MySQL manual,
#: "Server Error Message Reference"; 2xxx: the client's own).
_ERRORS = {
    1044: "permission-denied",
    1045: "database-login-refused",
    1130: "database-login-refused",
    1142: "permission-denied",
    1143: "permission-denied",
    1146: "table-missing",
    1227: "permission-denied",
    1251: "database-login-refused",
    1356: "view-broken",
    1449: "view-broken",
    1698: "database-login-refused",
    1820: "database-login-refused",
    1862: "database-login-refused",
    4151: "database-login-refused",
    3118: "database-login-refused",
    1040: "database-overloaded",
    1129: "database-overloaded",
    1203: "database-overloaded",
    1226: "database-overloaded",
    1053: "database-unreachable",
    1317: "database-unreachable",
    1927: "database-unreachable",
    2003: "database-unreachable",
    2006: "database-unreachable",
    2013: "database-unreachable",
    2026: "database-unreachable",
    1205: "database-locked",
    1969: "query-timeout",
    3024: "query-timeout",
}

#: What makes rows come as they are: text of times in UTC, no statement that goes on for ever, no server that gives
#: up on a reader who looks at what it got. A setting one of the two servers does not know is left out.
_SETTINGS = (
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION sql_mode = ''",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    f"SET SESSION net_write_timeout = {STATEMENT_SECONDS}",
    f"SET SESSION lock_wait_timeout = {LOCK_SECONDS}",
    f"SET SESSION max_statement_time = {STATEMENT_SECONDS}",
    f"SET SESSION max_execution_time = {STATEMENT_SECONDS * 1_000}",
    "SET SESSION information_schema_stats_expiry = 0",
)
_UNKNOWN_SETTING = 1193
HINT = "check host, login, grants and the server's log"


def connect(config: MysqlSource, *, text: bool = True, environ: Mapping[str, str] | None = None) -> Any:
    """Return a connection of PyMySQL whose rows are text; bytes where a column is binary or `text` is false.

    The connection is encrypted where the server can; with `ca` it must be, and the server's certificate and name
    are checked. A server may ask for local files (``LOAD DATA LOCAL``): it is not given any. Raises `NotExamined`.
    """
    import pymysql
    from pymysql.converters import encoders

    found = login(config, environ)
    with told(config.name):
        connection = pymysql.connect(
            **_address(found),
            user=found.user,
            password=(found.password or "").encode(),
            charset="utf8mb4",
            use_unicode=text,
            conv=encoders,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=STATEMENT_SECONDS,
            program_name="meibo",
            ssl_ca=None if config.ca is None else str(config.ca),
            ssl_verify_cert=True if config.ca else None,
            ssl_verify_identity=True if config.ca else None,
        )
        for setting in _SETTINGS:
            try:
                connection.query(setting)
            except pymysql.MySQLError as error:
                if error.args[:1] != (_UNKNOWN_SETTING,):
                    raise
        return connection


@contextlib.contextmanager
def reading(config: MysqlSource, place: str) -> Iterator[Any]:
    """Give a cursor that streams bytes, inside a read-only snapshot, on a connection of its own."""
    from pymysql.cursors import SSCursor

    connection = connect(config, text=False)
    cursor = connection.cursor(SSCursor)
    try:
        with told(place):
            connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            yield cursor
    finally:
        # Left in the midst: the driver would fetch all that is left, and once more when it is collected.
        if cursor._result is not None:
            cursor._result.unbuffered_active = False
        with contextlib.suppress(Exception):
            connection.close()


def _address(found: Login) -> dict[str, Any]:
    # A path is a socket, as libpq has it.
    if found.host.startswith("/"):
        return {"unix_socket": found.host}
    return {"host": found.host, "port": found.port}


@contextlib.contextmanager
def told(place: str) -> Iterator[None]:
    """Let the driver's errors, which quote data, end here as `NotExamined`."""
    import pymysql

    try:
        yield
    except pymysql.MySQLError as error:
        number = error.args[0] if error.args else 0
        raise NotExamined(_ERRORS.get(number, "query-failed"), place, HINT) from None
    except (OSError, RuntimeError, struct.error, IndexError):
        # What the driver raises of packets that break off, and of a server that asks for local files.
        raise NotExamined("database-unreachable", place, HINT) from None
