"""How a PostgreSQL source is logged in to: where the password comes from, and what a refusal says."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.errors import NotExamined
from pipelines.source_config import PostgresSource

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
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise NotExamined("password-file-mode", config.name, "chmod 600 the password file")
        return path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise NotExamined("password-missing", config.name, "name a readable password_file") from None


def _airflow_connection(config: PostgresSource, environ: Mapping[str, str]) -> dict[str, str]:
    text = environ.get(f"AIRFLOW_CONN_{(config.airflow_connection or '').upper()}", "")
    found: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        found = json.loads(text) if text.lstrip().startswith("{") else _from_uri(text)
    if not text or not found:
        raise NotExamined("connection-missing", config.name, "export AIRFLOW_CONN_<ID> as URI or JSON")
    names = {"host": "host", "port": "port", "schema": "dbname", "login": "user", "password": "password"}
    return {ours: str(found[theirs]) for theirs, ours in names.items() if found.get(theirs)}


def _from_uri(text: str) -> dict[str, Any]:
    """Read Airflow's URI form, every part percent-encoded; a socket directory may stand as ``?host=``."""
    parts = urlsplit(text)
    query = dict(parse_qsl(parts.query))
    return {
        "host": unquote(parts.hostname or "") or query.get("host", ""),
        "port": parts.port,
        "schema": unquote(parts.path.removeprefix("/")),
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }


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
