"""How a PostgreSQL server is connected to, and what its refusal says."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.source_config import PostgresSource
from pipelines.sources.database_login import CONNECT_SECONDS, login


def conninfo(config: PostgresSource, environ: Mapping[str, str] | None = None) -> str:
    """Return libpq's connection string, password included: it is passed on and never shown.

    Without a password libpq's own ways (``PGPASSWORD``, ``.pgpass``, peer) apply. Raises `NotExamined` as
    `database_login.login` does.
    """
    found = login(config, environ)
    given = {
        "host": found.host,
        "port": str(found.port),
        "dbname": found.database or config.database,
        "user": found.user,
        "password": found.password,
        "connect_timeout": str(CONNECT_SECONDS),
        "application_name": "meibo",
    }
    return " ".join(f"{name}={_escaped(value)}" for name, value in given.items() if value)


def _escaped(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def login_code(error: Exception) -> str:
    """Return the code of a failed connection, which has no SQLSTATE: libpq's English sentence tells."""
    text = str(error)
    if "does not exist" in text and "database" in text:
        return "database-missing"
    return "database-login-refused" if any(each in text for each in _REFUSALS) else "database-unreachable"


_REFUSALS = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "role ",
    "permission denied",
)
