"""How a database source is logged in to: where host, user and password come from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.errors import NotExamined
from pipelines.source_config import DatabaseSource
from pipelines.sources.connections import airflow_connection, is_private

CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Login:
    """What a driver is given; `password` None: the driver's own ways apply.

    `database`: the one an Airflow connection names, "" where none does.
    """

    host: str
    port: int
    user: str
    password: str | None = field(repr=False)
    database: str = ""


def login(config: DatabaseSource, environ: Mapping[str, str] | None = None) -> Login:
    """Return how to log in.

    The password comes from `password_env`, `password_file` (mode 600) or, with everything else, from the
    environment variable ``AIRFLOW_CONN_<ID>`` (URI or JSON; the DAG exports it). Raises `NotExamined`
    ``password-missing``, ``password-file-mode`` or ``connection-missing``.
    """
    environ = os.environ if environ is None else environ
    if config.airflow_connection is not None:
        return _of_airflow(config, config.airflow_connection, environ)
    password = None
    if config.password_env is not None:
        if config.password_env not in environ:
            raise NotExamined("password-missing", config.name, "set the variable named by password_env")
        password = environ[config.password_env]
    elif config.password_file is not None:
        password = _password_file(config, config.password_file)
    return Login(config.host, config.port, config.user, password)


def _password_file(config: DatabaseSource, path: Path) -> str:
    try:
        if not is_private(path):
            raise NotExamined("password-file-mode", config.name, "chmod 600 the password file")
        return path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise NotExamined("password-missing", config.name, "name a readable password_file") from None


def _of_airflow(config: DatabaseSource, name: str, environ: Mapping[str, str]) -> Login:
    found = airflow_connection(name, config.name, environ)
    try:
        port = int(found.get("port") or config.port)
    except (TypeError, ValueError):
        raise NotExamined("connection-missing", config.name, "the connection's port is no number") from None
    return Login(
        host=str(found.get("host") or config.host),
        port=port,
        user=str(found.get("login") or config.user),
        password=str(found["password"]) if found.get("password") else None,
        database=str(found.get("schema") or ""),
    )
