"""The store: one DuckDB file only the loader writes, and the snapshot of it that everybody reads.

No extension is installed or loaded at run time and no file but the database itself is opened by DuckDB: data
comes in as Arrow, so a hostile path in an estate cannot reach DuckDB's own readers.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path

import duckdb

from pipelines.errors import MeiboError, Refused, of_disk
from pipelines.layout import Layout, replacing

#: What `duckdb.connect` takes.
Config = dict[str, str | bool | int | float | list[str]]

#: For every connection, reading or writing.
CLOSED: Config = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}

#: Bytes of a store too small for threads to pay: they wait for each other longer than its queries take.
SMALL = 64 << 20

#: What DuckDB may hold while it loads, at least and at most: four times what the store has. Beyond that it uses a
#: directory beside its file.
LEAST_MEMORY, MOST_MEMORY = 160 << 20, 512 << 20
#: How often it may then have more.
DOUBLED = 6

#: What it may hold for a page, beside a sixth of what the store has.
PAGE_MEMORY = 112 << 20

#: Row groups that are whole are put into the file at once, not five together, and what is free
#: goes back to the system.
_LEAN: Config = {
    "write_buffer_row_group_count": 1,
    "allocator_flush_threshold": "16MB",
    "allocator_bulk_deallocation_flush_threshold": "8MB",
}

#: Tables that speak of the present alone → what every load fills them from (`pipelines.loading.settled`), in this
#: order. Of an earlier present the same is asked of what was there then (`pipelines.store.reader`).
SETTLED = {
    "current_resident": "resident_of_records",
    "current_home": "(SELECT * REPLACE (hash(household) AS household) FROM home_of_residents)",
    "doubtful_home": "doubtful_home_of_homes",
    "current_mailing": "mailing_of_records",
}

#: What an older Meibo says of a newer one's store.
NEWER = ("store-newer", "store.duckdb", "a newer Meibo wrote this store; upgrade this one")

_PRIVATE, _PRIVATE_DIRECTORY = 0o600, 0o700


def settings(path: Path) -> Config:
    """Return how DuckDB opens the store at `path`, which need not be there yet."""
    small = path.is_file() and path.stat().st_size < SMALL
    return {"threads": 1, **CLOSED} if small else CLOSED


def bounds(path: Path) -> Config:
    """Return what DuckDB may hold in memory while it writes the store at `path`, which need not be there yet."""
    size = path.stat().st_size if path.is_file() else 0
    return {"memory_limit": f"{min(max(4 * size, LEAST_MEMORY), MOST_MEMORY)}B", **_LEAN}


def page_bounds(path: Path, scratch: Path, times: int) -> Config:
    """Return what it may hold while a page reads the store at `path`, `times` over; the rest goes to `scratch`."""
    scratch.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_DIRECTORY)
    limit = times * (PAGE_MEMORY + path.stat().st_size // 6)
    return {"memory_limit": f"{limit}B", "temp_directory": str(scratch), **_LEAN}


@contextmanager
def open_writer(layout: Layout) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open ``state/writer.duckdb`` at the newest schema; a lost one starts from the published snapshot.

    One that `rewriting` left unfinished starts from what it was before. The caller holds
    `pipelines.store.lock.exclusive(layout.lock)`. Raises `Refused` ``store-newer`` when a newer Meibo wrote the
    store, `MeiboError` ``store-unreadable`` when the file is no store.
    """
    _restore(layout)
    try:
        options = {**settings(layout.writer), **bounds(layout.writer), "enable_external_access": False}
        connection = duckdb.connect(str(layout.writer), config=options)
    except duckdb.Error as error:
        if stop := of_disk(error):
            raise stop from None
        raise MeiboError(
            "store-unreadable", layout.writer.name, "restore it, or remove it to start from the snapshot"
        ) from None
    try:
        layout.writer.chmod(_PRIVATE)
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection)
        yield connection
    finally:
        connection.close()


@contextmanager
def rewriting(layout: Layout) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the writer's database as `open_writer` does, to bring it to another state in many transactions.

    What a transaction wrote is in memory until its end: a large change is not to be one. Whatever ends it before
    the block is left, an error or a kill, nothing of it stays: the database is made again from the snapshot there
    was, which is to hold all that should stay (`catch_up`) and is kept as ``state/unfinished`` until the end.
    """
    if not layout.store.exists():
        # Whoever removed it since may do so.
        catch_up(layout)
    with open_writer(layout) as connection:
        with replacing(layout.unfinished) as beside:
            _keep(layout.store, beside)
        yield connection
        connection.execute("CHECKPOINT")
    layout.unfinished.unlink()


def catch_up(layout: Layout) -> None:
    """Publish what the writer's database holds beyond the snapshot, before `rewriting` may go back to that.

    The snapshot was removed, or whoever wrote last was killed before it was published.
    """
    if layout.store.exists() and layout.store.stat().st_mtime_ns >= _written(layout):
        return
    with open_writer(layout) as connection:
        holds = connection.execute("SELECT 1 FROM scan LIMIT 1").fetchone()
    if holds:
        publish(layout)


def _written(layout: Layout) -> int:
    return layout.writer.stat().st_mtime_ns if layout.writer.exists() else 0


def _restore(layout: Layout) -> None:
    """Put what `rewriting` kept, or else the snapshot, in the place of a database left unfinished or lost."""
    if layout.writer.exists() and not layout.unfinished.exists():
        return
    # Its log would be applied to whatever takes its place.
    layout.writer.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    if before := next(filter(_holds_something, (layout.unfinished, layout.store)), None):
        with replacing(layout.writer) as beside:
            shutil.copyfile(before, beside)
    else:
        layout.writer.unlink(missing_ok=True)
    layout.unfinished.unlink(missing_ok=True)


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _keep(snapshot: Path, beside: Path) -> None:
    """Keep a snapshot under another name, whatever becomes of its own; an empty file where there is none yet."""
    if not snapshot.exists():
        beside.touch(_PRIVATE)
        return
    try:
        beside.hardlink_to(snapshot)
    except OSError:
        # Not every file system has hard links.
        beside.touch(_PRIVATE)
        shutil.copyfile(snapshot, beside)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def with_room(connection: duckdb.DuckDBPyConnection, work: Callable[[], None]) -> None:
    """Do `work`; again with `MOST_MEMORY`, and then twice as much each time (`DOUBLED`), if that is not enough.

    Not all that DuckDB does can go to disk. `work` is to be such that it may be begun anew however far it came.
    Raises `duckdb.OutOfMemoryException`.
    """
    for doubled in range(DOUBLED):
        try:
            work()
        except duckdb.OutOfMemoryException:
            connection.execute(f"SET memory_limit = '{MOST_MEMORY << doubled}B'")
        else:
            return
    work()


def signature(*columns: str) -> str:
    """Return SQL for a digest of rows that are all different, by these columns; in whatever order they come.

    Sorted texts end to end would take as much memory as all of them.
    """
    return f"coalesce(bit_xor(md5_number(concat_ws(' ', {', '.join(columns)}))), 0) || ' ' || count(*)"


def publish(layout: Layout) -> None:
    """Copy the closed writer's database and swap it in as the snapshot; readers keep the one they opened.

    The snapshot keeps the mode the previous one had; the first one is for its owner alone (600).
    Raises `MeiboError` ``publish-failed``, or what `of_disk` names: the next call publishes the same and more.
    """
    try:
        mode = layout.store.stat().st_mode & 0o777 if layout.store.exists() else _PRIVATE
        with replacing(layout.store) as beside:
            beside.touch(_PRIVATE)
            shutil.copyfile(layout.writer, beside)
            beside.chmod(mode)
    except OSError as error:
        code = fault.code if (fault := of_disk(error)) else "publish-failed"
        raise MeiboError(
            code, layout.store.name, "what was loaded is kept; the next run publishes it"
        ) from None


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Apply the numbered migrations the store has not seen, each in a transaction of its own."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version"
        " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
    )
    present = version(connection)
    if present > newest_version():
        raise Refused(*NEWER)
    for number, (name, statements) in _migrations().items():
        if number > present:
            with transaction(connection):
                connection.execute(statements)
                connection.execute("INSERT INTO schema_version VALUES (?, ?, now())", [number, name])


def version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the last migration applied to a store, 0 for none."""
    row = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
    return int(row[0]) if row else 0


def newest_version() -> int:
    """Return the number of the last migration this Meibo knows."""
    return max(_migrations())


@cache
def _migrations() -> dict[int, tuple[str, str]]:
    found = {}
    for file in resources.files("pipelines.store").iterdir():
        if match := re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name):
            found[int(match[1])] = (match[2], file.read_text("utf-8"))
    return dict(sorted(found.items()))
