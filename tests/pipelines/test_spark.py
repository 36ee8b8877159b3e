"""Spark in local mode: the store of a scan on Spark is that of a scan in processes. Persons are invented."""

from __future__ import annotations

import os
import pickle
import shutil
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from detectors import scan_batch
from pipelines.config import Estate
from pipelines.engines.local import Crashed
from pipelines.engines.spark import SparkEngine, _work, scan_frame, session
from pipelines.errors import MeiboError, Refused
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.scan import scan
from tests.stores import tables

pytestmark = pytest.mark.slow

SECRET = "a secret of the tests only"


@pytest.fixture(scope="module", autouse=True)
def spark() -> Iterator[None]:
    pytest.importorskip("pyspark", reason="install meibo[spark]")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("no Java: Spark needs 17")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MEIBO_KEY", SECRET)
        patched.delenv("MEIBO_KEY_FILE", raising=False)
        patched.setenv(
            "PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
        )
        yield


@pytest.fixture
def job(tmp_path: Path) -> Job:
    share = tmp_path / "share"
    share.mkdir()
    for n in range(3):
        rows = "".join(f"{k},佐藤 {'一二三四五'[k % 5]}郎,090-{n}234-{k:04}\n" for k in range(40))
        (share / f"list{n}.csv").write_text(f"id,氏名,電話\n{rows}", "utf-8")
    (share / "note.txt").write_text("担当の山田 太郎様へ 080-1234-5678 から連絡\n", "utf-8")
    (share / "x.pdf").write_bytes(b"%PDF-1.7")
    source: dict[str, Any] = {"name": "share", "kind": "files", "path": str(share)}
    estate = Estate.model_validate({"sources": [source]})
    return Job(estate, Layout(tmp_path / "out").create(), KeyRing(SECRET.encode()))


def double_or_leave(job: Job, number: int) -> int:
    if number == 3:
        os._exit(1)
    return 2 * number


def meet(job: Job, number: int) -> bool:
    """Say whether four are at work at once: each waits for the others."""
    (job.layout.out / f"{number}.met").touch()
    for _ in range(1_200):
        if len(list(job.layout.out.glob("*.met"))) == 4:
            return True
        time.sleep(0.05)
    return False


def fail_with_a_value(job: Job, number: int) -> int:
    raise ValueError("could not convert 山田太郎")


def test_as_many_items_are_worked_at_as_there_are_workers(job: Job) -> None:
    with SparkEngine(job, workers=4) as engine:
        assert list(engine.run(meet, range(4))) == [True] * 4


def test_what_spark_logs_of_an_error_quotes_no_value(job: Job) -> None:
    batch = pa.RecordBatch.from_pylist([{"number": 0, "item": pickle.dumps(7)}])
    with pytest.raises(MeiboError, match="task-failed: ValueError") as caught:
        list(_work(fail_with_a_value, job, job.keys.fingerprint, [batch]))
    assert "山田" not in "".join(traceback.format_exception(caught.value))


def test_a_scan_on_spark_leaves_the_store_of_a_scan_in_processes(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)
    other = replace(job, layout=Layout(tmp_path / "other").create())
    scan(job, engine="spark", workers=2)
    scan(other, workers=1)
    assert tables(job.layout.store) == tables(other.layout.store)
    assert tables(job.layout.store)["value_key"]


def test_an_item_that_brings_its_executor_down_is_reported_and_the_others_are_done(job: Job) -> None:
    with SparkEngine(job, workers=2) as engine:
        outcomes = list(engine.run(double_or_leave, range(5)))
    assert [each for each in outcomes if isinstance(each, Crashed)] == [Crashed(3)]
    assert sorted(each for each in outcomes if isinstance(each, int)) == [0, 2, 4, 8]


def test_a_frame_gives_what_a_batch_gives() -> None:
    rows = {
        "id": list(range(50)),
        "備考": [f"担当の山田 太郎様へ 080-1234-{n:04} から連絡" for n in range(50)],
    }
    spark = session(2)
    try:
        frame = spark.createDataFrame(pa.table(rows).to_pandas())
        found = scan_frame(frame.repartition(3), "id").toArrow().to_pylist()
    finally:
        spark.stop()
    expected = scan_batch(pa.RecordBatch.from_pydict(rows)).findings.to_pylist()
    for row in expected:
        row["key"] = str(row.pop("row"))
    assert sorted(map(repr, (sorted(row.items()) for row in found))) == sorted(
        map(repr, (sorted(row.items()) for row in expected))
    )


def test_an_executor_with_another_key_is_refused(job: Job) -> None:
    with SparkEngine(replace(job, keys=KeyRing(b"another secret of the tests")), workers=1) as engine:
        outcomes = list(engine.run(double_or_leave, [1]))
    assert outcomes == [Crashed(1)]


def test_without_pyspark_the_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(Refused, match=r"meibo\[spark\]"):
        session()
