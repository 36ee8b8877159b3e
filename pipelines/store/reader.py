"""Reading the store: the published snapshot, opened read-only, closed to files and network."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import duckdb
import pyarrow as pa

from pipelines.errors import MeiboError, Refused
from pipelines.store.database import NEWER, SETTLED, Config, newest_version, page_bounds, settings, version

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

#: Their messages speak of the SQL, not of the data.
_ABOUT_SQL = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)

#: Views that are worked out once per snapshot, when a query first names them, and kept as tables in memory: small
#: (places and totals, no findings), and read many times over by every report. Each rests on those before it.
HELD = (
    "current_source", "current_asset", "current_part", "current_access", "current_event_day", "current_holding",
    "current_audience", "current_register",
)  # fmt: skip
#: Everything present rests on these.
_ALWAYS = HELD[:3]

#: Linked and collated over the present parts in ways no view tells.
_LINKED = (
    "subject", "subject_link", "subject_field", "subject_doubt", "subject_household",
    "key_pair", "quasi_group",
)  # fmt: skip
#: Tables that hold the present alone → what tells of an earlier scan that they held the same then. Nobody noted
#: when a request was written down.
_OF_NOW = {
    **dict.fromkeys(_LINKED, "FALSE"),
    "ledger": "NOT EXISTS (FROM ledger WHERE imported_at > finished_at)",
    "request": "NOT EXISTS (FROM request)",
}

#: Macros that return tables, and the views they read: the catalogue takes longer to say it than most queries.
TABLE_MACROS = {"register_gaps": "current_register missing_column"}

#: Rows `Reader.stream` gives at a time.
STREAMED = 16_384

#: A query for which `page_bounds` are too narrow is asked again with twice as much, up to so many times.
MOST_TIMES = 64

_VIEWS = "SELECT view_name, sql FROM duckdb_views() WHERE database_name = 'store' AND NOT internal"
_WORD = re.compile(r"\w+")
#: What a query fails with that needs what is not known of an earlier present.
UNKNOWN = "since-unknown"
_LOST = "what the report said at that scan is not known any more: docs/reports.md, What changed"

_WHY = """
    SELECT from_json(reasons, '["VARCHAR"]') AS reasons FROM current_field
    WHERE asset_id = $asset AND field = $field
"""


class Reader:
    """One snapshot of the store. Use it as a context manager or call `close`.

    It keeps showing the snapshot it opened after a newer one is published; open another to see that.
    `until`: show the present as it was after that scan, under the rules and decisions of now; a query of what is
    not known of then raises `Refused` ``since-unknown``. `scratch`: a directory of the caller's own for what goes
    beyond `page_bounds`; without it everything is held in memory. `hold`: keep as tables what every report
    reads; for a few questions that does not pay. `zone`: the estate's time zone, in which days and moments are
    shown.
    Raises `Refused` ``store-missing``, ``store-unreadable``, ``store-version`` or ``store-newer``.
    """

    def __init__(
        self, path: Path, *, until: str | None = None, scratch: Path | None = None, hold: bool = True
    ) -> None:
        self.path = path
        self.until, self._scratch = until, scratch
        self._kept: dict[Hashable, Any] = {}
        self._to_hold = (*HELD, *(SETTLED if until else ())) if hold else ()
        if not path.is_file():
            raise Refused("store-missing", path.name, "run `meibo scan` first")
        self._open()

    def _open(self, times: int = 1) -> None:
        self._times = times
        self._shadowed: set[str] = set()
        self._held: set[str] = set()
        # DuckDB's own default is `.tmp` where the command runs, shared by all that run there.
        in_memory: Config = {"temp_directory": ""}
        limits = page_bounds(self.path, self._scratch, times) if self._scratch else in_memory
        # An in-memory database with the snapshot attached: connecting to the path itself would, within one
        # process, return the connection cached for a snapshot that has been replaced since.
        self._connection = duckdb.connect(":memory:", config={**settings(self.path), **limits})
        try:
            self._attach()
            self._views = dict(self._connection.execute(_VIEWS).fetchall())
            if self.until is not None:
                self._set_back(self.until)
        except BaseException:
            self._connection.close()
            raise

    def _attach(self) -> None:
        try:
            quoted = str(self.path.absolute()).replace("'", "''")
            self._connection.execute(f"ATTACH '{quoted}' AS store (READ_ONLY)")
            self._connection.execute("USE store")
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET TimeZone = 'UTC'")
            self._connection.execute("SET lock_configuration = true")
            found = version(self._connection)
            if found == newest_version():
                self.zone = self._zone()
        except duckdb.Error:
            raise Refused(
                "store-unreadable", self.path.name, "name a store written by `meibo scan`"
            ) from None
        if found != newest_version():
            if found > newest_version():
                raise Refused(*NEWER)
            raise Refused("store-version", self.path.name, "scan once with this version of Meibo")

    def _zone(self) -> str:
        # As a constant a zone is looked up once per query, not once per row (macro `local_day`).
        self._connection.execute("SET VARIABLE zone = (SELECT any_value(timezone) FROM setting)")
        (zone,) = self._connection.execute("SELECT getvariable('zone')").fetchone() or (None,)
        return str(zone or "UTC")

    def _set_back(self, until: str) -> None:
        """Shadow what grows from scan to scan: the present is an earlier one."""
        # The id comes from the store itself (`find_scan`); a view takes no parameter.
        quoted = until.replace("'", "''")
        then = f"(FROM store.main.scan WHERE scan_id = '{quoted}')"
        self._connection.execute(
            "CREATE TEMP VIEW scan AS SELECT * FROM store.main.scan AS known"
            f" WHERE (finished_at, scan_id) <= (SELECT (finished_at, scan_id) FROM {then})"
        )
        self._connection.execute(
            "CREATE TEMP VIEW notice AS SELECT * FROM store.main.notice"
            f" WHERE listed_on <= (SELECT day FROM {then})"
        )
        for name, source in SETTLED.items():
            self._views[name] = f"CREATE VIEW {name} AS FROM {source}"
        for name, known in _OF_NOW.items():
            if self._connection.execute(f"SELECT {known} FROM {then}").fetchone() != (True,):
                # It fails also where the table is empty: it need not have been then.
                self._connection.execute(
                    f"CREATE TEMP VIEW {name} AS SELECT known.* FROM (SELECT 1 WHERE error('{UNKNOWN}'))"
                    f" LEFT JOIN store.main.{name} AS known ON TRUE"
                )

    def _shadow(self, sql: str) -> set[str]:
        """Shadow the views a query rests on by temporary ones, each when it is first met; return their names.

        Names are looked up there first, so that a view can be replaced by the table it stands for (`_hold`).
        """
        met: set[str] = set()
        waiting = [sql]
        while waiting:
            words = set(_WORD.findall(waiting.pop()))
            for name in words & self._views.keys() - met:
                met.add(name)
                waiting.append(self._views[name])
            waiting += (TABLE_MACROS[name] for name in words & TABLE_MACROS.keys())
        for name in met - self._shadowed:
            self._connection.execute(self._views[name].replace("CREATE VIEW", "CREATE TEMP VIEW", 1))
        self._shadowed |= met
        return met

    def _hold(self, sql: str) -> None:
        """Turn those of the views to hold that a query names or always rests on into tables.

        And those that are tables of the present: what rests on them names them more than once.
        """
        met = self._shadow(sql)
        named = met.intersection([*_WORD.findall(sql), *_ALWAYS, *SETTLED])
        for name in (name for name in self._to_hold if name in named - self._held):
            self._connection.execute(f"CREATE TEMP TABLE held AS FROM {name}")
            self._connection.execute(f"DROP VIEW temp.{name}")
            self._connection.execute(f"ALTER TABLE held RENAME TO {name}")
            self._held.add(name)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the snapshot."""
        self._connection.close()

    def arrow(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one query with named parameters (``$name``) and return an Arrow table; raises as `stream` does."""
        return self._ask(sql, parameters, lambda answer: answer.to_arrow_table())

    def stream(
        self, sql: str, parameters: Mapping[str, Any] | None, take: Callable[[pa.RecordBatchReader], T]
    ) -> T:
        """Run one query as `arrow` does, never with all its rows in memory, and return what `take` makes of them.

        `take` may be called again, from the first row on: what it was given before counts no more.
        Raises `MeiboError` ``query``; its hint quotes DuckDB only where the fault is in the SQL itself.
        """
        return self._ask(sql, parameters, lambda answer: take(answer.to_arrow_reader(STREAMED)))

    def _ask(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None,
        take: Callable[[duckdb.DuckDBPyConnection], T],
    ) -> T:
        try:
            self._hold(sql)
            return take(self._connection.execute(sql, dict(parameters or {})))
        except _ABOUT_SQL as error:
            raise MeiboError("query", "", re.sub(r"\s+", " ", str(error))) from None
        except duckdb.OutOfMemoryException:
            if self._scratch and self._times < MOST_TIMES:
                # Not all that DuckDB does can go to disk.
                self._connection.close()
                self._open(2 * self._times)
                return self._ask(sql, parameters, take)
            raise MeiboError("query", "", "the query needs more memory than there is") from None
        except duckdb.Error as error:
            if self.until and UNKNOWN in str(error):
                raise Refused(UNKNOWN, "--since", _LOST) from None
            raise MeiboError("query", "", "the query failed on the data") from None

    def once(self, name: Hashable, ask: Callable[[Reader], T]) -> T:
        """Return what `ask` returned when it was first asked for under `name`: a snapshot does not change."""
        if name not in self._kept:
            self._kept[name] = ask(self)
        kept: T = self._kept[name]
        return kept

    def query(self, sql: str, **parameters: Any) -> pd.DataFrame:
        """Run one query and return a pandas DataFrame."""
        frame: pd.DataFrame = self.arrow(sql, parameters).to_pandas()
        return frame

    def why(self, found: str | Mapping[str, Any] | pd.Series, field: str = "") -> list[str]:
        """Say why a field has its type, in sentences without values; [] for a field the last scan did not see.

        `found`: an asset id together with `field`, or a row of a report or table that names both.
        """
        if isinstance(found, str):
            asset = found
        else:
            asset, field = found["asset" if "asset" in found else "asset_id"], found["field"]
        rows = self.arrow(_WHY, {"asset": asset, "field": field})["reasons"].to_pylist()
        return rows[0] if rows else []

    def report(self, name: str, lang: Literal["ja", "en"] | None = None, **parameters: Any) -> pd.DataFrame:
        """Return a report as a DataFrame; columns have stable names, or labels where `lang` is given."""
        from pipelines.reports.runner import report_from

        return report_from(self, name, **parameters).to_pandas(lang)
