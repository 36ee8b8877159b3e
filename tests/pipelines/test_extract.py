"""Extract: parts that are whole, stable and named by their content. Persons are invented."""

from __future__ import annotations

import base64
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.asset_rules import AssetRule, Columns
from pipelines.config import Estate, Staging
from pipelines.desk.reread import reread
from pipelines.extract import extract
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.nights.digest import PartDigest
from pipelines.nights.survey import survey
from pipelines.refs import AssetRef, PartRef
from pipelines.source_config import FilesSource, SqliteSource
from pipelines.staging import read_part

KEYS = KeyRing(b"a secret of the tests only")


@pytest.fixture
def share(tmp_path: Path) -> Path:
    path = tmp_path / "share"
    path.mkdir()
    return path


@pytest.fixture
def job(tmp_path: Path, share: Path, key: KeyRing) -> Job:
    estate = Estate(
        sources=(
            FilesSource(kind="files", name="share", path=share),
            SqliteSource(kind="sqlite", name="lost", path=tmp_path / "none.db"),
        ),
        assets=(AssetRule(match="share/orders.*", columns=Columns(watermark="at")),),
        staging=Staging(part_rows=1_000),
    )
    return Job(estate, Layout(tmp_path / "out").create(), key)


def parts(job: Job, ending: str = "") -> list[PartRef]:
    assets = survey(job, ["share"]).assets
    return extract(job, next(asset for asset in assets if asset.id.endswith(ending)))


def test_files_written_into_texts_are_told(job: Job, share: Path) -> None:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(200)).decode()
    (share / "a.csv").write_text(f"id,写真\n1,{picture}\n2,\n3,abc\n")
    dot = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    page = f'<img src="data:image/png;base64,{picture}"><img src="data:image/gif;base64,{dot}">'
    (share / "b.html").write_text(
        f"{page}<style>@font-face{{src:url(data:font/woff;base64,d09GRg{picture[11:]})}}</style>"
    )
    for ending, number in (("a.csv", 1), ("b.html", 1)):
        told = [(part.reason, part.rows) for part in parts(job, ending) if part.reason]
        assert told == [("attachment", number)]


def values(job: Job, part: PartRef) -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = pa.Table.from_batches(read_part(job, part)).to_pydict()
    return table


def test_sources_that_cannot_be_listed_are_reported_and_the_others_listed(job: Job, share: Path) -> None:
    (share / "a.csv").write_text("x\n1\n")
    found = survey(job)
    assert [asset.id for asset in found.assets] == ["share/a.csv"]
    assert [(part.asset.id, part.status, part.reason) for part in found.unlisted] == [
        ("lost", "not_examined", "file-missing")
    ]
    assert survey(job, ["share"]).unlisted == []


def test_a_large_table_is_cut_into_parts_that_hold_every_row_once(job: Job, share: Path) -> None:
    (share / "a.csv").write_text("id\n" + "".join(f"{number:05}\n" for number in range(2_500)))
    found = parts(job)
    assert len(found) > 2 and max(part.rows for part in found) <= 1_000
    assert [part.index for part in found] == list(range(len(found)))
    rows = [row for part in found for row in values(job, part)["id"]]
    assert rows == [f"{number:05}" for number in range(2_500)]


def test_extracting_again_gives_the_same_parts_and_writes_nothing(job: Job, share: Path) -> None:
    (share / "a.csv").write_text("id\n1\n2\n")
    first = parts(job)
    written = {path.name: path.stat().st_ino for path in job.layout.staging.rglob("*")}
    assert parts(job) == first
    assert {path.name: path.stat().st_ino for path in job.layout.staging.rglob("*")} == written


def test_a_changed_row_changes_only_its_part(job: Job, share: Path) -> None:
    lines = [f"{number:05}" for number in range(2_500)]
    (share / "a.csv").write_text("id\n" + "\n".join(lines) + "\n")
    before = [part.digest for part in parts(job)]
    lines[1_500] = "99999"
    (share / "a.csv").write_text("id\n" + "\n".join(lines) + "\n")
    after = [part.digest for part in parts(job)]
    assert len(before) > 3 and len(set(before) - set(after)) == 1


def test_a_row_put_in_leaves_the_parts_behind_it_as_they_were(job: Job, share: Path) -> None:
    lines = [f"{number:05}" for number in range(5_000)]
    (share / "a.csv").write_text("id\n" + "\n".join(lines) + "\n")
    before = [part.digest for part in parts(job)]
    lines.insert(1_500, "99999")
    (share / "a.csv").write_text("id\n" + "\n".join(lines) + "\n")
    after = [part.digest for part in parts(job)]
    assert len(before) > 5 and len(set(before) - set(after)) <= 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'id,memo\n1,"{""name"": ""\\u5c71\\u7530\\u3000\\u592a\\u90ce""}"\n'),
        ("a.html", "<td>&#x5C71;&#30000;&#12288;&#22826;&#37070;</td>"),
        ("a.log", "GET /?q=%E5%B1%B1%E7%94%B0%E3%80%80%E5%A4%AA%E9%83%8E HTTP/1.1\n"),
        ("a.txt", r"q=\xE5\xB1\xB1\xE7\x94\xB0\xE3\x80\x80\xE5\xA4\xAA\xE9\x83\x8E"),
    ],
)
def test_letters_written_as_numbers_are_examined_and_read_again_as_letters(
    job: Job, share: Path, name: str, content: str
) -> None:
    (share / name).write_text(content)
    (part,) = parts(job)
    field = "memo" if name == "a.csv" else "text"
    (staged,) = values(job, part)[field]
    assert "山田　太郎" in staged
    assert [cell.text for _, cell in reread(job, f"share/{name}", {0: {field: None}})] == [staged]


def test_an_empty_asset_is_one_part_without_rows(job: Job, share: Path) -> None:
    (share / "a.csv").write_text("")
    (share / "b.csv").write_text("氏名,電話\n")
    assert [(part.rows, part.status) for part in parts(job, "a.csv")] == [(0, "examined")]
    assert [(part.rows, part.status) for part in parts(job, "b.csv")] == [(0, "examined")]
    assert list(read_part(job, parts(job, "a.csv")[0])) == []


def test_what_cannot_be_read_is_a_part_with_its_reason(job: Job, share: Path) -> None:
    (share / "a.csv").write_text('a,b\n1,2\n1\n1,2,3\n"open\n3,4\n')
    (share / "x.pdf").write_bytes(b"%PDF-1.7")
    examined, broken = parts(job, "a.csv")
    assert (examined.rows, examined.status) == (4, "examined")
    assert (broken.index, broken.rows, broken.status, broken.reason, broken.path) == (
        1,
        1,
        "not_examined",
        "row-broken",
        "",
    )
    assert [(part.status, part.reason) for part in parts(job, "x.pdf")] == [("not_examined", "file-damaged")]


def test_an_unknown_source_is_a_part_with_its_reason(job: Job) -> None:
    stray = AssetRef(id="gone/x.csv", source="gone", kind="csv", locator="x.csv")
    assert [part.reason for part in extract(job, stray)] == ["source-unknown"]


def test_new_columns_of_json_lines_are_in_the_whole_part(
    job: Job, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.sources.jsonl.BATCH_ROWS", 2)
    (share / "a.jsonl").write_text('{"a": 1}\n{"a": 2}\n{"b": 3}\n')
    (part,) = parts(job)
    assert values(job, part) == {"a": ["1", "2", None], "b": [None, None, "3"]}


def test_a_part_also_ends_where_it_grows_too_large(
    job: Job, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.extract.PART_BYTES", 1_000)
    monkeypatch.setattr("pipelines.sources.jsonl.BATCH_ROWS", 2)
    (share / "a.jsonl").write_text(f'{{"a": "{"x" * 600}"}}\n' * 6)
    assert [part.rows for part in parts(job)] == [2, 2, 2]


def test_the_watermark_is_the_greatest_value_of_its_column(job: Job, share: Path) -> None:
    (share / "orders.csv").write_text("id,at\n1,2026-01-02\n2,2026-03-04\n3,\n")
    assert [part.watermark for part in parts(job)] == ["2026-03-04"]
    table = pa.table({"at": pa.array([0, 86_400_000_000, None], pa.timestamp("us", "UTC"))})
    pq.write_table(table, share / "orders.parquet")
    assert [part.watermark for part in parts(job, "orders.parquet")] == ["1970-01-02T00:00:00+00:00"]


def test_references_hold_no_value_and_survive_json(job: Job, share: Path) -> None:
    (share / "a.csv").write_text("電話\n090-1234-5678\n")
    (part,) = parts(job)
    text = part.model_dump_json()
    assert "1234" not in text.replace(part.digest, "") and PartRef.model_validate_json(text) == part


def test_a_digest_says_nothing_without_the_key(job: Job, share: Path) -> None:
    (share / "a.csv").write_text("電話\n090-1234-5678\n")
    other = Job(job.estate, job.layout, KeyRing(b"another secret of the tests"))
    assert parts(job)[0].digest != parts(other)[0].digest


def test_killed_at_any_time_no_half_part_has_its_final_name(job: Job, share: Path) -> None:
    (share / "a.csv").write_text("id,v\n" + "".join(f"{number},{'x' * 200}\n" for number in range(30_000)))
    context = multiprocessing.get_context("spawn")
    worker = context.Process(target=parts, args=(job,))
    worker.start()
    for _ in range(1_000):
        if list(job.layout.staging.rglob("*.parquet")) or not worker.is_alive():
            break
        time.sleep(0.02)
    if worker.pid and worker.is_alive():
        os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    left = [path.name for path in (job.layout.staging / "parts").glob("*.parquet") if path.name[0] != "."]
    whole = {f"{part.digest}.parquet": part for part in parts(job)}
    assert set(left) <= set(whole)
    for name in left:
        assert sum(batch.num_rows for batch in read_part(job, whole[name])) == whole[name].rows
    assert sum(part.rows for part in whole.values()) == 30_000


CELL = st.none() | st.text(alphabet="ab\x1e\x1f\x002山", max_size=4)
ROWS = st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8)


def digest(rows: list[tuple[str | None, str | None]], *, cut: int = 0) -> str:
    batch = pa.RecordBatch.from_arrays(
        [pa.array([row[column] for row in rows], pa.string()) for column in (0, 1)], names=["a", "b"]
    )
    collected = PartDigest()
    collected.update(batch.slice(0, cut))
    collected.update(batch.slice(cut))
    return collected.hexdigest(batch.schema, KEYS)


@given(ROWS, st.integers(0, 8))
def test_where_a_batch_ends_makes_no_difference(rows: Any, cut: int) -> None:
    assert digest(rows, cut=min(cut, len(rows))) == digest(rows)


@given(ROWS, ROWS)
def test_digests_are_equal_where_the_contents_are(first: Any, second: Any) -> None:
    assert (digest(first) == digest(second)) == (first == second)


def test_the_schema_is_part_of_the_digest() -> None:
    numbers, texts = pa.RecordBatch.from_pydict({"a": [1]}), pa.RecordBatch.from_pydict({"a": ["1"]})
    digests = set()
    for batch in (numbers, texts, texts.rename_columns(["b"])):
        collected = PartDigest()
        collected.update(batch)
        digests.add(collected.hexdigest(batch.schema, KEYS))
    assert len(digests) == 3
