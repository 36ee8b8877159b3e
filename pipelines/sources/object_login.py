"""How an object store is logged in to: where the credentials come from.

botocore is the provider's own client (extra ``meibo[objects]``). Arrow's does not tell the tag of an object's
content, lists a bucket as a whole, and cannot read keys such as ``a//b``.
"""

from __future__ import annotations

import configparser
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.errors import NotExamined
from pipelines.source_config import ObjectsSource
from pipelines.sources.connections import airflow_connection, is_private

CONNECT_SECONDS, READ_SECONDS = 10, 60
#: Times a request is made that a store does not answer, or answers with a fault of its own.
ATTEMPTS = 4
#: Requests that are under way at once.
AT_ONCE = 16

#: What they log is said by nothing else, and quotes keys: they are names of files.
_TALKATIVE = ("botocore", "urllib3")

_FORM = "[default] with aws_access_key_id and aws_secret_access_key"


@dataclass(frozen=True)
class Credentials:
    """What a request is signed with, and what else a connection says; "" where the provider's chain does."""

    key: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    region: str = ""
    endpoint: str = ""


def connect(config: ObjectsSource, environ: Mapping[str, str] | None = None) -> Any:
    """Return botocore's client of a store; nothing is asked of it yet. A process has one of each store.

    Raises `NotExamined` ``credentials-missing``, ``credentials-file-mode``, ``connection-missing``,
    ``connection-unsupported``, ``objects-not-installed``.
    """
    return _client(config, credentials(config, os.environ if environ is None else environ))


def credentials(config: ObjectsSource, environ: Mapping[str, str]) -> Credentials:
    """Return the credentials the estate names a place of; without one the provider's own chain finds them.

    That chain is environment (``AWS_…``), profile, web identity, role of the container or machine.
    """
    if config.airflow_connection is not None:
        return _of_connection(config, environ)
    if config.credentials_file is not None:
        return _of_file(config, config.credentials_file)
    if config.access_key_env is None:
        return Credentials()
    names = config.access_key_env, config.secret_key_env, config.session_token_env
    if not all(environ.get(name) for name in names if name):
        raise _missing(config, "set the variables named by access_key_env and secret_key_env")
    return Credentials(*(environ[name] if name else "" for name in names))


def _of_connection(config: ObjectsSource, environ: Mapping[str, str]) -> Credentials:
    found = airflow_connection(config.airflow_connection or "", config.name, environ)
    extra = found["extra"]
    if extra.get("role_arn") or extra.get("profile_name"):
        hint = "name a profile of the provider's own configuration that takes on the role"
        raise NotExamined("connection-unsupported", config.name, hint)
    if not (found.get("login") and found.get("password")):
        raise _missing(config, "give the connection a login and a password: key id and secret")
    told = (extra.get(name) for name in ("aws_session_token", "region_name", "endpoint_url"))
    return Credentials(str(found["login"]), str(found["password"]), *(str(each or "") for each in told))


def _of_file(config: ObjectsSource, path: Path) -> Credentials:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        if not is_private(path):
            raise NotExamined("credentials-file-mode", config.name, "chmod 600 the credentials file")
        parser.read_string(path.read_text("utf-8"))
        said = parser["default"]
        return Credentials(
            said["aws_access_key_id"], said["aws_secret_access_key"], said.get("aws_session_token", "")
        )
    except (OSError, UnicodeDecodeError, configparser.Error, KeyError):
        raise _missing(config, f"name a readable credentials_file: {_FORM}") from None


def _missing(config: ObjectsSource, hint: str) -> NotExamined:
    return NotExamined("credentials-missing", config.name, hint)


@lru_cache(maxsize=16)
def _client(config: ObjectsSource, given: Credentials) -> Any:
    try:
        import botocore
        import botocore.config
        import botocore.exceptions
        import botocore.session
    except ImportError:
        raise NotExamined("objects-not-installed", config.name, "install meibo[objects]") from None
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    endpoint = config.endpoint or given.endpoint or None
    # Few stores but AWS's own answer to a name per bucket.
    addressing = config.addressing or ("path" if endpoint else "auto")
    try:
        session = botocore.session.Session(profile=config.profile)
        return session.create_client(
            "s3",
            region_name=config.region or given.region or None,
            endpoint_url=endpoint,
            aws_access_key_id=given.key or None,
            aws_secret_access_key=given.secret or None,
            aws_session_token=given.token or None,
            config=botocore.config.Config(
                signature_version=botocore.UNSIGNED if config.anonymous else None,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                max_pool_connections=AT_ONCE,
                s3={"addressing_style": addressing},
            ),
        )
    except (botocore.exceptions.BotoCoreError, ValueError):
        hint = "correct profile, region and endpoint of the source, and the provider's own configuration"
        raise _missing(config, hint) from None
