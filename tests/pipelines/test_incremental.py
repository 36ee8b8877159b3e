"""Nights that cost what changed: what is as it was is neither read nor staged nor resolved. All is invented."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import PIL.ExifTags
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import deal
from pipelines.config import Estate
from pipelines.desk.reread import reread
from pipelines.extract import extract
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.nights.ledger import ledger_path, read_ledger
from pipelines.nights.survey import survey
from pipelines.plan import Manifest, finish, plan, read
from pipelines.scan import scan
from pipelines.store.reader import Reader
from pipelines.summary import Summary
from tests.stores import tables

MEMBERS = "CREATE TABLE members (id INTEGER PRIMARY KEY, 氏名 TEXT, 電話 TEXT, at TEXT)"


@pytest.fixture(autouse=True)
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows what is in the store; what is in the store is what these tests are about."""
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    path = tmp_path / "share"
    path.mkdir()
    return path


def job(tmp_path: Path, key: KeyRing, out: str = "out", **estate: Any) -> Job:
    sources = estate.pop("sources", [{"name": "share", "kind": "files", "path": str(tmp_path / "share")}])
    made = Estate.model_validate({"sources": sources, **estate})
    return Job(made, Layout(tmp_path / out).create(), key)


def note(path: Path, text: str) -> None:
    """Write a file; settle, since a file written just now is not trusted to stay as it is."""
    path.write_text(text, "utf-8")
    time.sleep(0.12)


def night(on: Job, **how: Any) -> Summary:
    return scan(on, workers=1, **how)


def staged(on: Job) -> set[str]:
    return {path.name for path in on.layout.staging.rglob("*.parquet")}


def work_to_do(on: Job) -> list[str]:
    """What a scan would examine now; the plan is left as if it had been carried out."""
    planned = plan(on)
    assets = [*read(on.layout, planned, Manifest).assets(on.layout)]
    finish(on.layout, planned.scan_id)
    return sorted(asset.id for asset in assets)


def current(on: Job, what: str) -> list[Any]:
    with Reader(on.layout.store) as store:
        return [tuple(row.values()) for row in store.arrow(what).to_pylist()]


def test_an_unchanged_file_is_neither_read_nor_staged_and_its_results_stay(
    tmp_path: Path, share: Path, key: KeyRing
) -> None:
    note(share / "memo.csv", "id,メモ\n1,担当の山田 太郎様 080-1234-5678\n")
    note(share / "note.txt", "鈴木 花子様 電話 03-1234-5670\n")
    on = job(tmp_path, key)
    first = night(on)
    before = tables(on.layout.store)
    for path in on.layout.staging.rglob("*.parquet*"):
        path.unlink()
    (share / "memo.csv").chmod(0o644)
    assert [each.reused for each in first.sources] == [0]
    time.sleep(0.12)
    os.utime(share / "memo.csv")
    time.sleep(0.12)
    assert work_to_do(on) == ["share/memo.csv"]
    night(on)
    again = night(on)
    assert [(each.parts, each.reused) for each in again.sources] == [(2, 2)]
    assert staged(on) == set()
    after = tables(on.layout.store)
    for name in ("finding", "value_key", "part", "entity"):
        assert after[name] == before[name]
    # Three scans of the same two assets.
    assert len(after["asset"]) == 6
    assert sorted(set(after["field"])) == sorted(set(before["field"]))


def test_an_unchanged_archive_is_not_opened_and_a_changed_one_keeps_the_ids_of_its_files(
    tmp_path: Path, share: Path, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pack(*numbers: int) -> None:
        with zipfile.ZipFile(share / "a.zip", "w") as archive:
            for number in numbers:
                # Masked, these names are told apart by their order alone.
                archive.writestr(f"{number}/090-1234-5678.txt", f"鈴木 花子様 電話 03-1234-567{number}\n")
                archive.writestr(
                    f"{number}.csv", f"id,電話\n1,090-1234-567{number}\n2,090-1234-000{number}\n"
                )
            archive.writestr("locked.exe", b"MZ\x90" + bytes(9))
        time.sleep(0.12)

    pack(1, 2)
    on, other = job(tmp_path, key), job(tmp_path, key, "other")
    first = night(on)
    assert [(each.parts, each.reused) for each in first.sources] == [(5, 0)]
    known = current(on, "SELECT asset_id FROM current_asset ORDER BY 1")
    assert all(asset_id.startswith("share/a.zip!") and "090-1234" not in asset_id for (asset_id,) in known)
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.sources.files.list_file", None)
        patched.setattr("pipelines.sources.files.read_inside", None)
        assert work_to_do(on) == []
        night(on)
    night(other)
    night(other)
    assert tables(on.layout.store) == tables(other.layout.store)
    pack(1, 2, 3)
    night(on)
    assert set(known) < set(current(on, "SELECT asset_id FROM current_asset"))
    rows = current(on, "SELECT reason FROM current_part WHERE asset_id LIKE '%locked.exe'")
    assert rows == [("format-unsupported",)]


def test_a_value_in_an_archive_is_shown_from_where_it_lies(tmp_path: Path, share: Path, key: KeyRing) -> None:
    with zipfile.ZipFile(share / "a.zip", "w") as archive:
        archive.writestr("x/b.txt", "鈴木 花子様 電話 03-1234-5670\n")
    on = job(tmp_path, key)
    night(on)
    shown = dict(reread(on, "share/a.zip!x/b.txt", {0: {"text": None}}))
    assert [cell.text for cell in shown.values()] == ["鈴木 花子様 電話 03-1234-5670\n"]


def test_carrying_forward_leaves_what_reading_again_leaves(tmp_path: Path, share: Path, key: KeyRing) -> None:
    note(
        share / "memo.csv",
        "id,メモ,電話\n1,担当の山田 太郎様 080-1234-5678,090-1111-2222\n2,,090-1111-2223\n",
    )
    note(share / "broken.csv", "a,b\n1,2\n1\n1,2,3\n")
    note(share / "x.pdf", "%PDF-1.7")
    rules = [
        {
            "match": "share/memo.csv",
            "owner": "desk",
            "columns": {"key": "id"},
            "declared": {"電話": ["PHONE_NUMBER"]},
        }
    ]
    ours, theirs = job(tmp_path, key, assets=rules), job(tmp_path, key, "other", assets=rules)
    night(ours)
    night(ours)
    night(theirs)
    ledger_path(theirs, "share").unlink()
    night(theirs)
    assert tables(ours.layout.store) == tables(theirs.layout.store)
    assert work_to_do(ours) == []


def test_full_reads_everything_again(tmp_path: Path, share: Path, key: KeyRing) -> None:
    note(share / "memo.csv", "id,メモ\n1,担当の山田 太郎様 080-1234-5678\n")
    on = job(tmp_path, key)
    night(on)
    for path in on.layout.staging.rglob("*.parquet*"):
        path.unlink()
    night(on)
    assert staged(on) == set()
    assert [each.reused for each in night(on, full=True).sources] == [0]
    assert staged(on)


def test_what_has_gone_leaves_the_present_and_stays_in_the_past(
    tmp_path: Path, share: Path, key: KeyRing
) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.sqlite")) as database:
        database.execute(MEMBERS)
        database.execute("CREATE TABLE old AS SELECT '佐藤 花子' AS 氏名, '090-1234-5678' AS 電話")
        database.commit()
    note(share / "a.txt", "鈴木 花子様 電話 03-1234-5670\n")
    note(share / "b.txt", "鈴木 花子様 電話 03-1234-5671\n")
    sources = [
        {"name": "share", "kind": "files", "path": str(share)},
        {"name": "crm", "kind": "sqlite", "path": str(tmp_path / "crm.sqlite")},
    ]
    on = job(tmp_path, key, sources=sources)
    night(on)
    (share / "b.txt").unlink()
    with closing(sqlite3.connect(tmp_path / "crm.sqlite")) as database:
        database.execute("DROP TABLE old")
        database.commit()
    night(on)
    present = "SELECT asset_id FROM current_asset ORDER BY 1"
    assert current(on, present) == [("crm/main.members",), ("share/a.txt",)]
    assert current(on, "SELECT DISTINCT asset_id FROM current_finding") == [("share/a.txt",)]
    assert ("share/b.txt",) in current(on, "SELECT asset_id FROM asset")


def test_a_changed_rule_or_setting_reads_again_what_it_bears_on(
    tmp_path: Path, share: Path, key: KeyRing
) -> None:
    for name in ("a", "b"):
        note(share / f"{name}.csv", f"id,電話\n1,090-1234-567{ord(name) % 10}\n")
    night(job(tmp_path, key))
    ruled = job(tmp_path, key, assets=[{"match": "share/a.csv", "columns": {"key": "id"}}])
    assert work_to_do(ruled) == ["share/a.csv"]
    assert work_to_do(job(tmp_path, key, detection={"point": "recall"})) == ["share/a.csv", "share/b.csv"]
    told = job(tmp_path, key, assets=[{"match": "share/*", "owner": "desk"}])
    assert work_to_do(told) == []
    night(told)
    assert current(told, "SELECT DISTINCT owner FROM current_asset") == [("desk",)]


def test_another_time_zone_counts_days_again(tmp_path: Path, share: Path, key: KeyRing) -> None:
    night(job(tmp_path, key))
    rule = [{"match": "share/*", "columns": {"last_activity": "at"}}]
    moments = pa.array([datetime(2026, 1, 1, 20, tzinfo=UTC)] * 3)
    pq.write_table(pa.table({"id": [1, 2, 3], "at": moments}), share / "a.parquet")
    exif = PIL.Image.Exif()
    exif.get_ifd(PIL.ExifTags.IFD.Exif)[PIL.ExifTags.Base.DateTimeOriginal] = "2026:01:02 09:00:00"
    PIL.Image.new("RGB", (40, 30), "white").save(share / "b.jpg", exif=exif)
    time.sleep(0.12)
    told = "SELECT day, rows FROM activity SEMI JOIN current_source USING (scan_id)"
    for zone, day in (("Asia/Tokyo", 2), ("UTC", 1)):
        on = job(tmp_path, key, assets=rule, timezone=zone)
        night(on)
        assert current(on, told) == [(date(2026, 1, day), 3)]
        taken = datetime(2026, 1, 2, 9, tzinfo=ZoneInfo(zone))
        assert current(on, "SELECT captured FROM current_picture") == [(taken,)]
        assert work_to_do(on) == []


def test_changed_detectors_read_everything_again(
    tmp_path: Path, share: Path, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(share / "a.csv", "id,電話\n1,090-1234-5678\n")
    on = job(tmp_path, key)
    night(on)
    assert work_to_do(on) == []
    monkeypatch.setattr("pipelines.nights.ledger.detector_version", lambda: "another")
    assert work_to_do(on) == ["share/a.csv"]


def test_who_may_read_is_asked_again_where_a_directory_was_closed(
    tmp_path: Path, share: Path, key: KeyRing
) -> None:
    (share / "team").mkdir(mode=0o755)
    note(share / "team/a.csv", "id,電話\n1,090-1234-5678\n")
    (share / "team/a.csv").chmod(0o644)
    time.sleep(0.12)
    share.chmod(0o755)
    on = job(tmp_path, key)
    night(on)
    everybody = "SELECT count(*) FROM current_access WHERE grantee = 'others'"
    assert current(on, everybody) == [(1,)]
    night(on)
    assert current(on, everybody) == [(1,)]
    (share / "team").chmod(0o700)
    assert work_to_do(on) == []
    night(on)
    assert current(on, everybody) == [(0,)]


def test_what_could_not_be_read_for_a_passing_reason_is_tried_every_night(
    tmp_path: Path, share: Path, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(share / "a.csv", "id,電話\n1,090-1234-5678\n")
    note(share / "x.pdf", "%PDF-1.7")

    def fail(*_: object) -> None:
        raise MemoryError

    on = job(tmp_path, key)
    with monkeypatch.context() as broken:
        broken.setattr("pipelines.steps.detect", fail)
        night(on)
    assert work_to_do(on) == ["share/a.csv"]


def test_the_ledger_is_closed_to_whoever_has_no_key(tmp_path: Path, share: Path, key: KeyRing) -> None:
    note(share / "山田太郎様.csv", "id,電話\n1,090-1234-5678\n")
    on = job(tmp_path, key)
    night(on)
    path = ledger_path(on, "share")
    assert path.stat().st_mode & 0o077 == 0
    assert "山田".encode() not in path.read_bytes()
    assert list(read_ledger(on, "share", path).places) == ["山田太郎様.csv"]
    other = job(tmp_path, KeyRing(b"another secret of the tests"))
    assert read_ledger(other, "share", path).places == {}
    path.write_bytes(path.read_bytes()[:-1])
    assert read_ledger(on, "share", path).places == {}
    assert [asset.id[:6] for asset in survey(on).assets] == ["share/"]


def test_a_file_written_a_moment_ago_is_not_trusted(tmp_path: Path, share: Path, key: KeyRing) -> None:
    (share / "a.csv").write_text("id\n1\n")
    on = job(tmp_path, key)
    assert survey(on).ledgers[0].places["a.csv"].proofs == ()
    time.sleep(0.12)
    assert survey(on).ledgers[0].places["a.csv"].proofs != ()


def parquet(path: Path, groups: list[range], name: Callable[[int], str] = str) -> None:
    schema = pa.schema([("id", pa.int64()), ("電話", pa.string())])
    with pq.ParquetWriter(path, schema) as writer:
        for group in groups:
            rows = {"id": list(group), "電話": [f"090-1234-{n % 10_000:04}{name(n)[:0]}" for n in group]}
            writer.write_table(pa.table(rows, schema=schema))
    time.sleep(0.12)


def test_of_a_parquet_file_only_the_changed_row_group_is_read(
    tmp_path: Path, share: Path, key: KeyRing
) -> None:
    groups = [range(n * 1_000, n * 1_000 + 1_000) for n in range(6)]
    parquet(share / "a.parquet", groups)
    on = job(tmp_path, key)
    night(on)
    assert len(current(on, "SELECT 1 FROM current_part")) == 6
    for path in on.layout.staging.rglob("*.parquet*"):
        path.unlink()
    parquet(share / "a.parquet", [*groups[:2], range(90_000, 91_000), *groups[3:]])
    (asset,) = survey(on).assets
    extract(on, asset)
    assert len(staged(on)) == 1
    again = night(on)
    assert [(each.parts, each.reused) for each in again.sources] == [(6, 5)]
    # One put in before the others moves them and changes none.
    parquet(share / "a.parquet", [range(70_000, 71_000), *groups[:2], range(90_000, 91_000), *groups[3:]])
    assert [(each.parts, each.reused) for each in night(on).sources] == [(7, 6)]
    fresh = job(tmp_path, key, "fresh")
    night(fresh)
    facts = 'SELECT asset_id, "index", part_id, rows FROM current_part ORDER BY ALL'
    assert current(on, facts) == current(fresh, facts)
    fields = "SELECT * EXCLUDE (scan_id) FROM current_field ORDER BY ALL"
    assert current(on, fields) == current(fresh, fields)


class Unsteady(pq.ParquetFile):
    """A file on a disk that fails once, when rows are read; or, `at` 0, when it is opened."""

    at = 1

    def __init__(self, *args: Any, **options: Any) -> None:
        self._fail(0)
        super().__init__(*args, **options)

    def iter_batches(self, *args: Any, **options: Any) -> Any:
        # The first batch that is asked for is to know whether columns are encrypted.
        if args[:1] != (1,):
            self._fail(1)
        return super().iter_batches(*args, **options)

    def _fail(self, at: int) -> None:
        if Unsteady.at == at:
            Unsteady.at = 2
            raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("at", [0, 1])
def test_a_row_group_the_disk_did_not_give_is_read_the_next_night(
    tmp_path: Path, share: Path, key: KeyRing, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Damage lasts and is remembered; a disk or a mount that failed says nothing of what lies on it."""
    table = pa.table({"電話": [f"090-1234-{n:04}" for n in range(40)]})
    pq.write_table(table, share / "a.parquet", row_group_size=20)
    time.sleep(0.12)
    on = job(tmp_path, key)
    monkeypatch.setattr("pipelines.sources.parquet.pq.ParquetFile", Unsteady)
    monkeypatch.setattr(Unsteady, "at", at)
    assert night(on).not_examined == 1
    monkeypatch.undo()
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)
    assert work_to_do(on) == ["share/a.parquet"]
    assert night(on).not_examined == 0
    assert current(on, "SELECT sum(rows)::BIGINT FROM current_part") == [(40,)]


def test_a_workbook_the_disk_did_not_give_while_it_was_listed_is_listed_again(
    tmp_path: Path, share: Path, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(share / "a.zip", "w") as archive:
        archive.writestr("a.txt", "鈴木 花子様 電話 03-1234-5670\n")
    time.sleep(0.12)
    on = job(tmp_path, key)

    def fail(path: Path) -> Any:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as failing:
        failing.setattr("pipelines.sources.files.list_file", fail)
        assert night(on).not_examined == 1
    assert "share/a.zip!a.txt" in work_to_do(on)
    assert night(on).not_examined == 0


def test_a_second_look_at_known_parts_reads_the_source_again(
    tmp_path: Path, share: Path, key: KeyRing
) -> None:
    """A changed row group makes another column of the asset: all its parts are looked at anew."""

    def write(prose: bool) -> None:
        schema = pa.schema([("id", pa.int64()), ("連絡", pa.string())])
        with pq.ParquetWriter(share / "a.parquet", schema) as writer:
            for start in (0, 1_000):
                numbers = range(start, start + 1_000)
                told = (
                    "担当の山田 太郎様へ 080-1234-{:04} から連絡あり" if prose and start else "080-1234-{:04}"
                )
                writer.write_table(
                    pa.table({"id": list(numbers), "連絡": [told.format(n) for n in numbers]}, schema=schema)
                )
        time.sleep(0.12)

    write(prose=False)
    on = job(tmp_path, key)
    night(on)
    for path in on.layout.staging.rglob("*.parquet*"):
        path.unlink()
    write(prose=True)
    assert night(on).not_examined == 0
    fresh = job(tmp_path, key, "fresh")
    write_again = night(fresh)
    assert write_again.not_examined == 0
    found = "SELECT * EXCLUDE (scan_id) FROM current_finding ORDER BY ALL"
    assert current(on, found) == current(fresh, found)


def test_a_second_look_at_a_table_that_came_in_another_order_finds_what_is_there(
    tmp_path: Path, key: KeyRing
) -> None:
    """Without a primary key rows have no order of their own; what is known of a part tells cells by their row."""
    path, random = tmp_path / "crm.sqlite", Random(1)
    told = ("佐藤 一郎", "090-1234-{:04}", "返品の件で折り返し", "x{}@example.co.jp", "納期を確認 {}")
    rows = [(random.choice(told).format(n), f"2026-01-{n % 28 + 1:02}") for n in range(200)]

    def write(rows: list[tuple[str, str]]) -> None:
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE IF NOT EXISTS memos (memo TEXT, at TEXT)")
            database.execute("DELETE FROM memos")
            database.executemany("INSERT INTO memos VALUES (?, ?)", rows)
            database.commit()
        time.sleep(0.12)

    sources = [{"name": "crm", "kind": "sqlite", "path": str(path)}]
    write(rows)
    on = job(tmp_path, key, sources=sources)
    night(on)
    for staged_file in on.layout.staging.rglob("*.parquet*"):
        staged_file.unlink()
    write(rows[::-1])
    assets = [{"match": "crm/*", "columns": {"last_activity": "at"}}]
    on, fresh = (job(tmp_path, key, out, sources=sources, assets=assets) for out in ("out", "fresh"))
    night(on)
    night(fresh)
    found = "SELECT * EXCLUDE (scan_id) FROM current_finding ORDER BY ALL"
    assert current(fresh, "SELECT count(DISTINCT entity_type) FROM current_finding") == [(3,)]
    assert current(on, found) == current(fresh, found)


def test_large_row_groups_are_cut_and_gaps_are_remembered(tmp_path: Path, share: Path, key: KeyRing) -> None:
    table = pa.table({"id": range(2_500), "blob": [b"\xff\xfe" if n % 2 else b"text" for n in range(2_500)]})
    pq.write_table(table, share / "a.parquet")
    time.sleep(0.12)
    on = job(tmp_path, key, staging={"part_rows": 1_000})
    first = night(on)
    rows = 'SELECT rows, status FROM current_part ORDER BY "index"'
    assert current(on, rows) == [
        (834, "examined"),
        (834, "examined"),
        (832, "examined"),
        (1_250, "not_examined"),
    ]
    ledger_path(on, "share").unlink()
    for path in on.layout.staging.rglob("*.parquet*"):
        path.unlink()
    again = night(on)
    assert staged(on) == set()
    assert [each.reused for each in again.sources] == [3]
    assert current(on, rows)[-1] == (1_250, "not_examined") and first.not_examined == again.not_examined == 1


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    path = tmp_path / "crm.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute(MEMBERS)
        database.executemany(
            "INSERT INTO members VALUES (?, ?, ?, ?)",
            [
                (n, "佐藤 一郎", f"090-1234-{n % 10_000:04}", f"2026-01-{n % 28 + 1:02}")
                for n in range(1, 4_001)
            ],
        )
        database.commit()
    time.sleep(0.12)
    return path


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    time.sleep(0.12)


@pytest.mark.parametrize("watermark", [None, "at"])
def test_a_changed_row_of_a_table_changes_one_part(
    tmp_path: Path, crm: Path, key: KeyRing, watermark: str | None
) -> None:
    on = job(
        tmp_path,
        key,
        sources=[{"name": "crm", "kind": "sqlite", "path": str(crm)}],
        assets=[{"match": "crm/*", "columns": {"watermark": watermark}}] if watermark else [],
        staging={"part_rows": 1_000},
    )
    (parts,) = [each.parts for each in night(on).sources]
    assert parts > 3 and work_to_do(on) == []
    change(crm, "UPDATE members SET 電話 = '080-9999-0000', at = '2026-11-20' WHERE id = 3000")
    assert [(each.parts, each.reused) for each in night(on).sources] == [(parts, parts - 1)]
    # A row put in between moves no part behind it.
    change(crm, "DELETE FROM members WHERE id = 1500", "UPDATE members SET at = '2026-11-21' WHERE id = 1501")
    (again,) = [(each.parts, each.reused) for each in night(on).sources]
    assert again[0] - again[1] <= 2
    assert current(on, "SELECT sum(rows)::BIGINT FROM current_part") == [(3_999,)]


def test_a_table_with_an_unmoved_watermark_is_not_read(tmp_path: Path, crm: Path, key: KeyRing) -> None:
    on = job(
        tmp_path,
        key,
        sources=[{"name": "crm", "kind": "sqlite", "path": str(crm)}],
        assets=[{"match": "crm/main.members", "columns": {"watermark": "at"}}],
    )
    night(on)
    change(crm, "CREATE TABLE other (x TEXT)")
    assert work_to_do(on) == ["crm/main.other"]
    change(crm, "DELETE FROM members WHERE id = 7")
    assert work_to_do(on) == ["crm/main.members", "crm/main.other"]


@pytest.mark.parametrize("at", ["NULL", "'2020-01-01'"])
def test_a_row_that_loses_its_watermark_or_takes_it_back_is_read(
    tmp_path: Path, crm: Path, key: KeyRing, at: str
) -> None:
    on = job(
        tmp_path,
        key,
        sources=[{"name": "crm", "kind": "sqlite", "path": str(crm)}],
        assets=[{"match": "crm/main.members", "columns": {"watermark": "at"}}],
        staging={"part_rows": 1_000},
    )
    (parts,) = [each.parts for each in night(on).sources]
    change(crm, f"UPDATE members SET 電話 = '080-9999-0000', at = {at} WHERE id = 7")
    assert work_to_do(on) == ["crm/main.members"]
    assert [(each.parts, each.reused) for each in night(on).sources] == [(parts, parts - 1)]


def test_of_a_postgresql_table_with_a_watermark_only_changed_stretches_are_read(
    tmp_path: Path, postgres: Any, key: KeyRing
) -> None:
    postgres.sql(
        "CREATE SCHEMA nights",
        "CREATE TABLE nights.members (code text PRIMARY KEY, 電話番号 text, at timestamptz)",
        "INSERT INTO nights.members"
        " SELECT 'M''' || to_char(n, 'FM000000'), '090-1234-' || to_char(n % 10000, 'FM0000'),"
        " timestamptz '2026-01-01 00:00Z' + n * interval '1 minute' FROM generate_series(1, 5000) n",
        "CREATE TABLE nights.plain (id int PRIMARY KEY, 電話番号 text)",
        "INSERT INTO nights.plain SELECT n, '090-1234-' || to_char(n, 'FM0000') FROM generate_series(1, 50) n",
        "CREATE VIEW nights.seen AS SELECT 電話番号 FROM nights.plain ORDER BY id",
        "ANALYZE nights.plain",
    )
    source = {
        "name": "pg", "kind": "postgresql", "host": postgres.host, "user": postgres.user,
        "database": postgres.database, "schemas": ["nights"],
    }  # fmt: skip
    on = job(
        tmp_path,
        key,
        sources=[source],
        assets=[{"match": "pg/nights.members", "columns": {"watermark": "at"}}],
        staging={"part_rows": 1_000},
    )
    (parts,) = [each.parts for each in night(on).sources]
    assert parts > 8
    assert current(on, "SELECT sum(rows)::BIGINT FROM current_part") == [(5_100,)]
    # What has no watermark is digested by the server; a view is read to see whether it changed.
    assert work_to_do(on) == ["pg/nights.seen"]
    postgres.sql("UPDATE nights.plain SET 電話番号 = '080-1234-0000' WHERE id = 7")
    assert work_to_do(on) == ["pg/nights.plain", "pg/nights.seen"]
    postgres.sql("UPDATE nights.plain SET 電話番号 = '090-1234-0007' WHERE id = 7")
    assert work_to_do(on) == ["pg/nights.seen"]
    postgres.sql("UPDATE nights.members SET 電話番号 = '080-0000-0000', at = now() WHERE code = 'M''002500'")
    (again,) = [(each.parts, each.reused) for each in night(on).sources]
    assert again == (parts, parts - 1)
    postgres.sql("UPDATE nights.members SET 電話番号 = '070-0000-0000', at = NULL WHERE code = 'M''000007'")
    assert work_to_do(on) == ["pg/nights.members", "pg/nights.seen"]
    night(on)
    postgres.sql(
        "DELETE FROM nights.members WHERE code = 'M''000009'",
        "INSERT INTO nights.members VALUES ('M''000010x', '070-1111-0000', '2020-01-01')",
    )
    assert work_to_do(on) == ["pg/nights.members", "pg/nights.seen"]
    (again,) = [(each.parts, each.reused) for each in night(on).sources]
    assert again == (parts, parts - 1)
    postgres.sql("DROP SCHEMA nights CASCADE")


def test_of_a_mysql_table_with_a_watermark_only_changed_stretches_are_read(
    tmp_path: Path, mariadb: Any, key: KeyRing
) -> None:
    mariadb.sql(
        "CREATE OR REPLACE DATABASE nights CHARACTER SET utf8mb4",
        "CREATE TABLE nights.members (code varchar(9) PRIMARY KEY, 電話番号 text, at datetime)",
        "INSERT INTO nights.members SELECT CONCAT('M', LPAD(seq, 6, '0')), CONCAT('090-1234-', LPAD(seq, 4, '0')),"
        " '2026-01-01' + INTERVAL seq MINUTE FROM nights.seq_1_to_5000",
        "CREATE TABLE nights.plain (id int PRIMARY KEY, 電話番号 text)",
        "INSERT INTO nights.plain SELECT seq, CONCAT('090-1234-', LPAD(seq, 4, '0')) FROM nights.seq_1_to_50",
        "CREATE VIEW nights.seen AS SELECT 電話番号 FROM nights.plain ORDER BY id",
    )
    source = {
        "name": "my",
        "kind": "mysql",
        "host": mariadb.host,
        "user": mariadb.user,
        "databases": ["nights"],
    }
    on = job(
        tmp_path,
        key,
        sources=[source],
        assets=[{"match": "my/nights.members", "columns": {"watermark": "at"}}],
        staging={"part_rows": 1_000},
    )
    (parts,) = [each.parts for each in night(on).sources]
    assert parts > 4
    assert current(on, "SELECT sum(rows)::BIGINT FROM current_part") == [(5_100,)]
    assert work_to_do(on) == ["my/nights.seen"]
    mariadb.sql("UPDATE nights.plain SET 電話番号 = '080-1234-0000' WHERE id = 7")
    assert work_to_do(on) == ["my/nights.plain", "my/nights.seen"]
    mariadb.sql("UPDATE nights.plain SET 電話番号 = '090-1234-0007' WHERE id = 7")
    mariadb.sql("UPDATE nights.members SET 電話番号 = '080-0000-0000', at = now() WHERE code = 'M002500'")
    (again,) = [(each.parts, each.reused) for each in night(on).sources]
    assert again == (parts, parts - 1)
    mariadb.sql("UPDATE nights.members SET 電話番号 = '070-0000-0000', at = NULL WHERE code = 'M000007'")
    assert work_to_do(on) == ["my/nights.members", "my/nights.seen"]
    night(on)
    mariadb.sql(
        "DELETE FROM nights.members WHERE code = 'M000009'",
        "INSERT INTO nights.members VALUES ('M000010x', '070-1111-0000', '2020-01-01')",
    )
    assert work_to_do(on) == ["my/nights.members", "my/nights.seen"]
    (again,) = [(each.parts, each.reused) for each in night(on).sources]
    assert again == (parts, parts - 1)
    mariadb.sql("DROP DATABASE nights")


#: With an attachment, a text for all its name.
MAIL = """From: =?utf-8?b?5L2Q6Jek?= <sato@example.jp>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8

担当の山田 太郎様 080-1234-5678
--x
Content-Disposition: attachment; filename=a.bin
Content-Type: application/octet-stream

0000
--x--
""".encode()


def test_bundled_assets_come_out_as_they_do_one_by_one(
    tmp_path: Path, share: Path, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        (share / f"note{n}.txt").write_text(
            f"担当の山田 太郎様へ 080-1234-567{n} から連絡。返品は次回。\n", "utf-8"
        )
        lines = "".join(
            f"{k},佐藤 {'一二三四五'[k % 5]}郎,090-{n}234-{k:04},備考 080-1111-{k:04}\n" for k in range(30)
        )
        (share / f"list{n}.csv").write_text(f"id,氏名,電話,備考\n{lines}", "utf-8")
    (share / "same.txt").write_text((share / "note1.txt").read_text("utf-8"), "utf-8")
    (share / "plain.txt").write_text("在庫を確認。山田錦は来週。\n", "utf-8")
    (share / "old.txt").write_bytes("糖尿病の鈴木 花子様 090-1111-2222".encode("cp932"))
    (share / "empty.txt").write_text("")
    (share / "mail.eml").write_bytes(MAIL)
    (share / "empty.csv").write_text("")
    (share / "broken.csv").write_text("a,b\n1,2\n1\n1,2,3\n")
    (share / "x.pdf").write_bytes(b"%PDF-1.7")
    time.sleep(0.12)
    rules = [{"match": "share/list*.csv", "columns": {"key": "id"}}]
    apart, together = job(tmp_path, key, "apart", assets=rules), job(tmp_path, key, "together", assets=rules)
    night(apart)
    monkeypatch.setattr(deal, "BUNDLES_FROM", 1)
    monkeypatch.setattr(deal, "BUNDLE_ASSETS", 5)
    night(together)
    assert not staged(together)
    assert tables(together.layout.store) == tables(apart.layout.store)
    assert tables(together.layout.store)["value_key"] and tables(together.layout.store)["finding"]
    # Found again after the ledger is lost, and carried forward with it.
    ledger_path(together, "share").unlink()
    ledger_path(apart, "share").unlink()
    for _ in range(2):
        night(apart)
        night(together)
        assert tables(together.layout.store) == tables(apart.layout.store)
    # Under work/ there is neither a value nor a place that holds one.
    kept = b"".join(path.read_bytes() for path in together.layout.work.rglob("*") if path.is_file())
    assert b"note1.txt" in kept and "山田".encode() not in kept and b"080-1234" not in kept


def test_bundled_tables_come_out_as_they_do_one_by_one(
    tmp_path: Path, postgres: Any, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = [f"bundled.t{n}" for n in range(7)]
    postgres.sql(
        "CREATE SCHEMA bundled",
        *(f"CREATE TABLE {each} (id int PRIMARY KEY, 氏名 text, photo bytea)" for each in named),
        *(f"INSERT INTO {each} VALUES (1, '山田 太郎', NULL), (2, '佐藤 花子', '\\xff')" for each in named),
        "ANALYZE",
    )
    source = {
        "name": "pg", "kind": "postgresql", "host": postgres.host, "user": postgres.user,
        "database": postgres.database, "schemas": ["bundled"],
    }  # fmt: skip
    apart, together = (job(tmp_path, key, out, sources=[source]) for out in ("apart", "together"))
    night(apart)
    monkeypatch.setattr(deal, "BUNDLES_FROM", 1)
    monkeypatch.setattr(deal, "BUNDLE_ASSETS", 5)
    night(together)
    assert not staged(together)
    assert tables(together.layout.store) == tables(apart.layout.store)
    assert tables(together.layout.store)["value_key"]
    postgres.sql("DROP SCHEMA bundled CASCADE")


def test_what_unpacks_to_more_than_a_bundle_may_hold_is_examined_by_itself(
    tmp_path: Path, share: Path, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few pages on disk, forty megabytes in memory; a bundle has room for up to 256 such files."""
    for n in range(3):
        # Two of them are alike.
        memo = [f"{'納期を確認。' * 300}担当の山田 太郎様 080-1234-567{n // 2}"] * 8_000
        pq.write_table(pa.table({"memo": memo}), share / f"{n}.parquet", compression="zstd")
        (share / f"{n}.txt").write_text(f"鈴木 花子様 電話 03-1234-567{n}\n", "utf-8")
    assert max(path.stat().st_size for path in share.iterdir()) < deal.TINY_BYTES
    time.sleep(0.12)
    apart, together = job(tmp_path, key, "apart"), job(tmp_path, key, "together")
    night(apart)
    monkeypatch.setattr(deal, "BUNDLES_FROM", 1)
    night(together)
    assert len(staged(together)) == 2
    found = "SELECT asset_id, row, field, entity_type, value_key FROM current_finding ORDER BY ALL"
    assert current(together, found) == current(apart, found)
    assert len(current(together, found)) == 2 * (3 * 8_000 + 3)
    # Known the next time.
    ledger_path(together, "share").unlink()
    assert [(each.parts, each.reused) for each in night(together).sources] == [(6, 6)]
    # What it names elsewhere may have gone before it was loaded.
    together.layout.store.unlink()
    shutil.rmtree(together.layout.state)
    for evidence in together.layout.work.glob("*/*/evidence.parquet"):
        shutil.rmtree(evidence.parent)
    night(job(tmp_path, key, "together"))
    assert current(together, found) == current(apart, found)


COMPOSED, DECOMPOSED = "が.txt", "か\u3099.txt"


def test_the_second_of_two_files_that_look_alike_keeps_its_own_results_when_the_first_goes(
    tmp_path: Path, share: Path, key: KeyRing
) -> None:
    on = job(tmp_path, key, assets=[{"match": "share/*.txt", "owner": "desk"}])
    note(share / DECOMPOSED, "電話 03-1234-5678")
    note(share / COMPOSED, "メール taro@example.co.jp")
    night(on)
    assert found_in(on) == {"share/が.txt": {"PHONE_NUMBER"}, "share/が.txt~2": {"EMAIL_ADDRESS"}}
    assert current(on, "SELECT DISTINCT owner FROM current_asset") == [("desk",)]
    (share / DECOMPOSED).unlink()
    night(on)
    assert work_to_do(on) == []
    assert found_in(on) == {"share/が.txt~2": {"EMAIL_ADDRESS"}}
    note(share / DECOMPOSED, "携帯 090-1234-5678")
    assert work_to_do(on) == ["share/が.txt"]


def test_a_file_keeps_its_results_when_one_that_looks_like_it_comes_before_it(
    tmp_path: Path, share: Path, key: KeyRing
) -> None:
    on = job(tmp_path, key)
    note(share / COMPOSED, "メール taro@example.co.jp")
    night(on)
    note(share / DECOMPOSED, "電話 03-1234-5678")
    night(on)
    assert found_in(on) == {"share/が.txt": {"EMAIL_ADDRESS"}, "share/が.txt~2": {"PHONE_NUMBER"}}
    assert work_to_do(on) == []


def found_in(on: Job) -> dict[str, set[str]]:
    """What the last scan says each asset holds."""
    found: dict[str, set[str]] = {}
    for asset, entity_type in current(on, "SELECT asset_id, entity_type FROM current_finding"):
        found.setdefault(asset, set()).add(entity_type)
    return found
