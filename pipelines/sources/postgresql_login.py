"""How a PostgreSQL source is logged in to: where the password comes from, and what a refusal says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pipelines.errors import NotExamined
from pipelines.source_config import PostgresSource
from pipelines.sources.connections import airflow_connection, is_private

CONNECT_SECONDS = 10


def conninfo(config: PostgresSource, environ: Mapping[str, str] | None = None) -> str:
    """Return libpq's connection string, password included: it is passed on and never shown.

    The password comes from `password_env`, `password_file` (mode 600) or, with everything else, from the
    environment variable ``AIRFLOW_CONN_<ID>`` (URI or JSON; the DAG exports it). Without any of them libpq's
    own ways (``PGPASSWORD``, ``.pgpass``, peer) apply. Raises `NotExamined` ``password-missing``,
    ``password-file-mode`` or ``connection-missing``.
    """
    environ = os.environ if environ is None else environ
    given = {
        "host": config.host,
        "port": str(config.port),
        "dbname": config.database,
        "user": config.user,
        "connect_timeout": str(CONNECT_SECONDS),
        "application_name": "meibo",
    }
    if config.airflow_connection is not None:
        given |= _airflow_connection(config, environ)
    elif config.password_env is not None:
        if config.password_env not in environ:
            raise NotExamined("password-missing", config.name, "set the variable named by password_env")
        given["password"] = environ[config.password_env]
    elif config.password_file is not None:
        given["password"] = _password_file(config)
    return " ".join(f"{name}={_escaped(value)}" for name, value in given.items() if value)


def _password_file(config: PostgresSource) -> str:
    path = Path(config.password_file or "")
    try:
        if not is_private(path):
            raise NotExamined("password-file-mode", config.name, "chmod 600 the password file")
        return path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise NotExamined("password-missing", config.name, "name a readable password_file") from None


def _airflow_connection(config: PostgresSource, environ: Mapping[str, str]) -> dict[str, str]:
    found = airflow_connection(config.airflow_connection or "", config.name, environ)
    names = {"host": "host", "port": "port", "schema": "dbname", "login": "user", "password": "password"}
    return {ours: str(found[theirs]) for theirs, ours in names.items() if found.get(theirs)}


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
