"""Sources as the estate file names them: where data lies, and how it is reached."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from pipelines.section import Section

NAME = r"^[A-Za-z0-9_\-]{1,64}$"

_BUCKET = re.compile(r"s3://[A-Za-z0-9][A-Za-z0-9._-]{1,254}(?:/|\Z)")
_ENDPOINT = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?/?")


class AnySource(Section):
    """What every source has."""

    name: str = Field(pattern=NAME)
    may_be_empty: bool = False
    """Believe it when nothing is listed any more; else it counts as not examined, and what it held stays."""


class DatabaseSource(AnySource):
    """A database server, and how to log in to it."""

    host: str = "localhost"
    port: int = Field(ge=1, le=65535)
    user: str = ""
    password_env: str | None = None
    """Environment variable that holds the password."""
    password_file: Path | None = None
    """File of mode 600 that holds the password."""
    airflow_connection: str | None = None
    """Airflow connection id that holds host, port, user, password and database."""

    @model_validator(mode="after")
    def _one_way_to_connect(self) -> Self:
        ways = [self.password_env, self.password_file, self.airflow_connection]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("name one of password_env, password_file, airflow_connection")
        return self


class PostgresSource(DatabaseSource):
    """A PostgreSQL database, read by ADBC."""

    kind: Literal["postgresql"]
    port: int = Field(default=5432, ge=1, le=65535)
    database: str = ""
    schemas: tuple[str, ...] = ()
    """Schemas to scan; all but the system's own when empty."""

    @model_validator(mode="after")
    def _names_its_database(self) -> Self:
        if self.airflow_connection is None and not self.database:
            raise ValueError("database is required without airflow_connection")
        return self


class MysqlSource(DatabaseSource):
    """A MySQL or MariaDB server, read by PyMySQL."""

    kind: Literal["mysql"]
    port: int = Field(default=3306, ge=1, le=65535)
    databases: tuple[str, ...] = ()
    """Databases to scan; that of the Airflow connection, or all but the system's own, when empty."""
    ca: Path | None = None
    """Certificates the server's own is checked against; without them it is encrypted where the server can."""


class SqliteSource(AnySource):
    """One SQLite file, opened read-only."""

    kind: Literal["sqlite"]
    path: Path


class _Chosen(AnySource):
    """What is chosen by the names files have."""

    include: tuple[str, ...] = Field(default=("**/*",), min_length=1)
    exclude: tuple[str, ...] = ()
    devices: str | None = None
    """Which directories or archives are each what was read out of one device: a glob, ``*`` for those at the top.
    Each is called by the device's IMEI or by the company's own number of it."""

    @field_validator("devices")
    @classmethod
    def _devices_lie_at_one_depth(cls, devices: str | None) -> str | None:
        if devices is not None and not {"", ".", "..", "**"}.isdisjoint(devices.split("/")):
            raise ValueError("a relative path of names and *, such as * or phones/*")
        return devices


class FilesSource(_Chosen):
    """A directory of files: CSV/TSV, JSON lines, Parquet, xlsx, text, images, and archives of all these."""

    kind: Literal["files"]
    path: Path


class ObjectsSource(_Chosen):
    """Objects of a store that speaks S3, read as files are."""

    kind: Literal["objects"]
    uri: str
    """``s3://bucket`` or ``s3://bucket/prefix``: what lies below ``prefix/``."""
    endpoint: str | None = None
    """``https://host:port`` of a store that is not AWS's own."""
    region: str | None = None
    addressing: Literal["path", "virtual"] | None = None
    """Where an address names the bucket: in its path (the default with an `endpoint`), or before the host."""
    profile: str | None = None
    """Profile of the provider's own configuration (``~/.aws/config``)."""
    access_key_env: str | None = None
    """Environment variable that holds the id of an access key."""
    secret_key_env: str | None = None
    """Environment variable that holds its secret."""
    session_token_env: str | None = None
    """Environment variable that holds the token of temporary credentials."""
    credentials_file: Path | None = None
    """File of mode 600 that holds them, in the form of ``~/.aws/credentials``."""
    airflow_connection: str | None = None
    """Airflow connection id of type ``aws`` that holds key, secret, region and endpoint."""
    anonymous: bool = False
    """Sign nothing: a public bucket."""

    @field_validator("uri")
    @classmethod
    def _names_a_bucket(cls, uri: str) -> str:
        if not _BUCKET.match(uri):
            raise ValueError("s3://bucket or s3://bucket/prefix; credentials stand elsewhere")
        return uri

    @field_validator("endpoint")
    @classmethod
    def _endpoint_is_an_address(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
            raise ValueError("https://host or https://host:port; credentials stand elsewhere")
        return endpoint

    @model_validator(mode="after")
    def _one_way_to_log_in(self) -> ObjectsSource:
        key = self.access_key_env, self.secret_key_env
        if (None in key and key != (None, None)) or (self.session_token_env and None in key):
            raise ValueError("name both access_key_env and secret_key_env")
        ways = [self.profile, key[0], self.credentials_file, self.airflow_connection, self.anonymous or None]
        if sum(way is not None for way in ways) > 1:
            raise ValueError(
                "name one of profile, access_key_env, credentials_file, airflow_connection, anonymous"
            )
        return self

    @property
    def bucket(self) -> str:
        """Name of the bucket."""
        return self.uri.partition("://")[2].partition("/")[0]

    @property
    def prefix(self) -> str:
        """What the keys of all objects begin with, "" or ending in a slash."""
        below = self.uri.partition("://")[2].partition("/")[2]
        return f"{below}/" if below and not below.endswith("/") else below


SourceConfig = Annotated[
    PostgresSource | MysqlSource | SqliteSource | FilesSource | ObjectsSource, Field(discriminator="kind")
]
