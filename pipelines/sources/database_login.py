"""How a database source is logged in to: where host, user and password come from."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.errors import NotExamined
from pipelines.source_config import DatabaseSource

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
        return _of_airflow(config, environ)
    password = None
    if config.password_env is not None:
        if config.password_env not in environ:
            raise NotExamined("password-missing", config.name, "set the variable named by password_env")
        password = environ[config.password_env]
    elif config.password_file is not None:
        password = _password_file(config)
    return Login(config.host, config.port, config.user, password)


def _password_file(config: DatabaseSource) -> str:
    path = Path(config.password_file or "")
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise NotExamined("password-file-mode", config.name, "chmod 600 the password file")
        return path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise NotExamined("password-missing", config.name, "name a readable password_file") from None


def _of_airflow(config: DatabaseSource, environ: Mapping[str, str]) -> Login:
    text = environ.get(f"AIRFLOW_CONN_{(config.airflow_connection or '').upper()}", "")
    with contextlib.suppress(ValueError, TypeError):
        if found := json.loads(text) if text.lstrip().startswith("{") else _from_uri(text):
            return Login(
                host=str(found.get("host") or config.host),
                port=int(found.get("port") or config.port),
                user=str(found.get("login") or config.user),
                password=str(found["password"]) if found.get("password") else None,
                database=str(found.get("schema") or ""),
            )
    raise NotExamined("connection-missing", config.name, "export AIRFLOW_CONN_<ID> as URI or JSON")


def _from_uri(text: str) -> dict[str, Any]:
    """Read Airflow's URI form, every part percent-encoded; a socket directory may stand as ``?host=``."""
    if not text:
        return {}
    parts = urlsplit(text)
    query = dict(parse_qsl(parts.query))
    return {
        "host": unquote(parts.hostname or "") or query.get("host", ""),
        "port": parts.port,
        "schema": unquote(parts.path.removeprefix("/")),
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }
