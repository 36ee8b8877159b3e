"""Spark: the same work over many machines, by ``mapInArrow`` (extra ``meibo[spark]``, Java 17).

`SparkEngine` stands in for the pool of processes: each item of a step is a task, and executors share the output
directory with the driver, over any file system they all mount. `scan_frame` is for tables only Spark can read
(Delta, Iceberg, Hive): a frame in, its findings out.

The key does not travel: every executor reads ``MEIBO_KEY`` or ``MEIBO_KEY_FILE`` of its own, and one with another
key is refused. The Python of the executors is the driver's unless ``PYSPARK_PYTHON`` says otherwise.
"""

from __future__ import annotations

import os
import pickle  # only what the driver itself wrote travels through Spark's own protocol, which pickles, too
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from detectors.cascade import scan_batch
from detectors.flatten import as_text
from detectors.rows import Occurrences
from pipelines.engines.local import Crashed
from pipelines.errors import MeiboError, Refused, hush_warnings, of_disk
from pipelines.job import Job
from pipelines.keys import KeyRing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

#: Items of one Spark job. What a job came to is lost, and its items are done again, when one of them fails it.
PORTION = 256
#: Jobs at once: while the last tasks of one are at work, so are those of the next.
AT_ONCE = 4

_OUTCOME = pa.schema([("number", pa.int64()), ("outcome", pa.binary())])


class SparkEngine:
    """Runs work over items on Spark; same interface as `pipelines.engines.local.LocalEngine`."""

    def __init__(self, job: Job, workers: int = 0) -> None:
        self._job = job
        self._spark = session(workers)

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spark.stop()

    @property
    def parallel(self) -> bool:
        """Whether more than one process works."""
        return True

    def run(
        self, work: Callable[[Job, Item], Outcome], items: Sequence[Item]
    ) -> Iterator[Outcome | Crashed[Item]]:
        """Yield ``work(job, item)`` for every item; one whose executor dies again and again is `Crashed`."""
        portions = [items[start : start + PORTION] for start in range(0, len(items), PORTION)]
        for portion, outcomes in self._several(work, portions):
            if outcomes is not None:
                yield from outcomes
                continue
            # One task that fails for good fails the job; which one it was shows when each is a job of its own.
            for (item,), alone in self._several(work, [[item] for item in portion]):
                yield from alone if alone is not None else [Crashed(item)]

    def _several(
        self, work: Callable[[Job, Item], Outcome], portions: Sequence[Sequence[Item]]
    ) -> Iterator[tuple[Sequence[Item], list[Outcome] | None]]:
        """Run each portion as a job, some of them at once; yield what came out, None where the job failed."""
        waiting = deque(portions)
        running: deque[tuple[Sequence[Item], Future[list[Outcome]]]] = deque()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            while waiting or running:
                while waiting and len(running) < AT_ONCE:
                    portion = waiting.popleft()
                    running.append((portion, threads.submit(self._run, work, portion)))
                portion, future = running.popleft()
                try:
                    yield portion, future.result()
                except _spark_errors():
                    yield portion, None

    def _run(self, work: Callable[[Job, Item], Outcome], items: Sequence[Item]) -> list[Outcome]:
        rows = [(number, pickle.dumps(item)) for number, item in enumerate(items)]
        # By range every item has a partition of its own; by hash two of three share one.
        frame = self._spark.createDataFrame(rows, "number long, item binary")
        frame = frame.repartitionByRange(len(rows), "number")
        job = replace(self._job, keys=KeyRing(b""))
        task = partial(_work, work, job, self._job.keys.fingerprint)
        # Not `toLocalIterator`: it asks for one partition after the other, and Spark works at no more than two.
        done = frame.mapInArrow(task, "number long, outcome binary").collect()
        return [pickle.loads(bytes(row.outcome)) for row in done]  # noqa: S301


def session(workers: int = 0) -> SparkSession:
    """Return the Spark session of the environment, or one on this machine with `workers` threads (0: all).

    Raises `Refused` ``spark-missing`` where pyspark or Java is not installed.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise Refused("spark-missing", "--engine spark", "install meibo[spark]") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("meibo").config("spark.ui.showConsoleProgress", "false")
    if not {"SPARK_MASTER", "MASTER", "SPARK_REMOTE", "SPARK_CONF_DIR"} & set(os.environ):
        builder = builder.master(f"local[{workers or '*'}]").config("spark.ui.enabled", "false")
        for name in ("spark.driver.host", "spark.driver.bindAddress"):
            builder = builder.config(name, "127.0.0.1")
        # References name files, and a name may be that of a person: what Spark spills is not to tell.
        builder = builder.config("spark.io.encryption.enabled", "true")
    try:
        return builder.getOrCreate()
    except Exception:
        raise Refused("spark-missing", "--engine spark", "install Java 17 and set JAVA_HOME") from None


def scan_frame(frame: DataFrame, key: str | None = None, occurrences: Occurrences = "text") -> DataFrame:
    """Return the findings of a Spark frame as `detectors.scan_batch` gives them, less the row number.

    `key`: a column that identifies a row; its value stands with each finding as text.
    """
    fields = "key string, field string, start int, end int, entity_type string, score float"
    names = f"{fields}, recognizer string, recognizer_version string, personal boolean"
    return frame.mapInArrow(partial(_scan, key, occurrences), names)


def _scan(
    key: str | None, occurrences: Occurrences, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        findings = scan_batch(batch, occurrences=occurrences).findings
        rows = findings.column("row")
        keys = as_text(batch.column(key)).take(rows) if key else pa.nulls(len(rows), pa.string())
        yield findings.drop_columns(["row"]).add_column(0, "key", keys)


def _work(
    work: Callable[[Job, Item], Outcome], job: Job, fingerprint: str, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    hush_warnings()
    keys = KeyRing.from_environment()
    if keys.fingerprint != fingerprint:
        raise Refused("key-changed", "executor", "give every executor the key of the driver")
    own = replace(job, keys=keys)
    for batch in batches:
        for number, item in zip(
            *(batch.column(name).to_pylist() for name in ("number", "item")), strict=True
        ):
            outcome = pickle.dumps(_value_free(work, own, pickle.loads(item)))  # noqa: S301
            yield pa.RecordBatch.from_pylist([{"number": number, "outcome": outcome}], _OUTCOME)


def _value_free(work: Callable[[Job, Item], Outcome], job: Job, item: Item) -> Outcome:
    """Do the work; of an error that Spark would log nothing remains but its kind."""
    try:
        return work(job, item)
    except MeiboError as error:
        raise error from None
    except Exception as error:
        fault = MeiboError("task-failed", type(error).__name__)
        raise of_disk(error) or fault from None


def _spark_errors() -> tuple[type[Exception], ...]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return Py4JError, PySparkException
