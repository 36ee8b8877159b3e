"""Staged parts: encrypted, bound to their names, purged."""

from __future__ import annotations

import os
import shutil
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.config import Estate
from pipelines.errors import NotExamined
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.refs import AssetRef, PartRef
from pipelines.source_config import FilesSource
from pipelines.staging import purge, read_part, write_part

VALUE = "090-1234-5678"


@pytest.fixture
def job(tmp_path: Path, key: KeyRing) -> Job:
    estate = Estate(sources=(FilesSource(kind="files", name="f", path=tmp_path),))
    return Job(estate, Layout(tmp_path / "out").create(), key)


def stage(job: Job, digest: str, value: str = VALUE) -> PartRef:
    batch = pa.RecordBatch.from_pydict({"電話": [value] * 3})
    path = write_part(job, digest, [batch])
    asset = AssetRef(id="f/a.csv", source="f", kind="csv", locator="a.csv")
    return PartRef(asset=asset, index=0, digest=digest, rows=3, path=path)


def refusal(job: Job, part: PartRef) -> str:
    with pytest.raises(NotExamined) as caught:
        list(read_part(job, part))
    assert VALUE not in str(caught.value) and caught.value.__cause__ is None
    return caught.value.code


def test_a_part_is_read_back_as_written(job: Job) -> None:
    (batch,) = read_part(job, stage(job, "a" * 32))
    assert batch.to_pydict() == {"電話": [VALUE] * 3}


def test_nothing_of_the_content_stands_on_the_disk(job: Job) -> None:
    stage(job, "a" * 32)
    written = list(job.layout.staging.rglob("*"))
    assert any(path.is_file() for path in written)
    for path in written:
        assert path.is_dir() or (
            VALUE.encode() not in path.read_bytes() and "電話".encode() not in path.read_bytes()
        )
        assert path.stat().st_mode & 0o077 == 0


def test_without_the_key_the_file_is_closed(job: Job) -> None:
    part = stage(job, "a" * 32)
    with pytest.raises(OSError):
        pq.read_table(job.layout.staging / part.path)
    assert (
        refusal(Job(job.estate, job.layout, KeyRing(b"another secret of the tests")), part) == "part-refused"
    )


def test_a_swapped_part_is_refused(job: Job) -> None:
    first, second = stage(job, "a" * 32), stage(job, "b" * 32, "080-0000-0000")
    for ending in ("", ".key"):
        shutil.copy(
            f"{job.layout.staging / second.path}{ending}", f"{job.layout.staging / first.path}{ending}"
        )
    assert refusal(job, first) == "part-refused"
    first = stage(job, "c" * 32)
    shutil.copy(job.layout.staging / second.path, job.layout.staging / first.path)
    assert refusal(job, first) == "part-refused"


@pytest.mark.parametrize("cut", [0, 10, 100])
def test_a_damaged_part_is_refused(job: Job, cut: int) -> None:
    part = stage(job, "a" * 32)
    path = job.layout.staging / part.path
    path.write_bytes(path.read_bytes()[:cut])
    assert refusal(job, part) == "part-refused"


def test_a_missing_part_or_key_is_named_so(job: Job) -> None:
    part = stage(job, "a" * 32)
    (job.layout.staging / f"{part.path}.key").unlink()
    assert refusal(job, part) == "part-missing"
    (job.layout.staging / part.path).unlink()
    assert refusal(job, part) == "part-missing"
    assert list(read_part(job, part.model_copy(update={"path": "", "status": "not_examined"}))) == []


def test_long_texts_are_read_in_small_batches(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.staging.BATCH_BYTES", 1_000)
    part = stage(job, "a" * 32, "x" * 600)
    assert [batch.num_rows for batch in read_part(job, part)] == [1, 1, 1]


def test_a_staged_part_is_not_written_again(job: Job) -> None:
    part = stage(job, "a" * 32)
    before = (job.layout.staging / part.path).stat().st_ino
    assert stage(job, "a" * 32) == part
    assert (job.layout.staging / part.path).stat().st_ino == before


def test_a_damaged_key_is_made_anew_with_the_part(job: Job) -> None:
    part = stage(job, "a" * 32)
    (job.layout.staging / part.path).unlink()
    (job.layout.staging / f"{part.path}.key").write_bytes(b"half")
    assert len(list(read_part(job, stage(job, "a" * 32)))) == 1


def test_a_writer_that_fails_leaves_no_part_behind(job: Job) -> None:
    good, bad = pa.RecordBatch.from_pydict({"x": ["1"]}), pa.RecordBatch.from_pydict({"y": [1]})
    with pytest.raises(ValueError):
        write_part(job, "d" * 32, [good, bad])
    assert not [path for path in job.layout.staging.rglob("*") if path.suffix in {".parquet", ".tmp"}]


def test_purge_removes_what_is_old_and_only_that(job: Job) -> None:
    old, new = stage(job, "a" * 32), stage(job, "b" * 32)
    past = time.time() - 7_200
    for ending in ("", ".key"):
        os.utime(f"{job.layout.staging / old.path}{ending}", (past, past))
    (job.layout.staging / "parts" / ".half.tmp").touch()
    os.utime(job.layout.staging / "parts" / ".half.tmp", (past, past))
    assert purge(job.layout, timedelta(hours=1)) == 3
    assert refusal(job, old) == "part-missing"
    assert len(list(read_part(job, new))) == 1
    assert purge(job.layout, timedelta(seconds=-5)) == 2
    assert not list(job.layout.staging.rglob("*.parquet"))


@pytest.mark.parametrize("left", ["part and key", "key"])
def test_what_is_staged_again_is_as_new(job: Job, left: str) -> None:
    part = stage(job, "a" * 32)
    past = time.time() - 7_200
    for ending in ("", ".key"):
        os.utime(f"{job.layout.staging / part.path}{ending}", (past, past))
    if left == "key":
        (job.layout.staging / part.path).unlink()
    stage(job, "a" * 32)
    assert purge(job.layout, timedelta(hours=1)) == 0
    assert len(list(read_part(job, part))) == 1
