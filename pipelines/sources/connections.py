"""Where a source's credentials may stand: a file that only its owner reads, or an Airflow connection."""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.errors import NotExamined


def is_private(path: Path) -> bool:
    """Say whether nobody but its owner may read or write a file; raises `OSError` where there is none."""
    return not stat.S_IMODE(path.stat().st_mode) & 0o077


def airflow_connection(name: str, source: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return an Airflow connection from ``AIRFLOW_CONN_<ID>``, its URI or JSON: the DAG exports it.

    `extra` is a dictionary. Raises `NotExamined` ``connection-missing``; `source` is the place it names.
    """
    text = environ.get(f"AIRFLOW_CONN_{name.upper()}", "")
    found: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        found = _from_json(text) if text.lstrip().startswith("{") else _from_uri(text)
    if not text or not found:
        raise NotExamined("connection-missing", source, "export AIRFLOW_CONN_<ID> as URI or JSON")
    return found


def _from_json(text: str) -> dict[str, Any]:
    found = json.loads(text)
    extra = found.get("extra") or {}
    extra = json.loads(extra) if isinstance(extra, str) else extra
    return {**found, "extra": extra if isinstance(extra, dict) else {}}


def _from_uri(text: str) -> dict[str, Any]:
    """Read Airflow's URI form, every part percent-encoded; what has no part of its own stands in the query."""
    parts = urlsplit(text)
    query = dict(parse_qsl(parts.query))
    return {
        "host": unquote(parts.hostname or "") or query.get("host", ""),
        "port": parts.port,
        "schema": unquote(parts.path.removeprefix("/")),
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "extra": query,
    }
