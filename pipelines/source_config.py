"""Sources as the estate file names them: where data lies, and how it is reached."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from pipelines.section import Section

NAME = r"^[A-Za-z0-9_\-]{1,64}$"


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


class FilesSource(AnySource):
    """A directory of files: CSV/TSV, JSON lines, Parquet, xlsx, text, images, and archives of all these."""

    kind: Literal["files"]
    path: Path
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


SourceConfig = Annotated[
    PostgresSource | MysqlSource | SqliteSource | FilesSource, Field(discriminator="kind")
]
