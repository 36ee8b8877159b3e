"""What was read out of devices, as files: which device, read out when, and no number of it in any place."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pipelines.config import Estate
from pipelines.errors import NotExamined
from pipelines.incident import Question, scope_of
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.policies import load_policies
from pipelines.refs import AssetRef
from pipelines.reports.runner import Row, run_report
from pipelines.scan import scan
from pipelines.seal import Sealer
from pipelines.source_config import FilesSource
from pipelines.sources import Source, open_source
from pipelines.sources.devices import DEVICE, device_of
from pipelines.store.reader import Reader
from pipelines.subject.places import places_of
from tests.commands import KEY, Command

IMEI, OTHER = "355674109900117", "990000862471854"
MARCH = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture
def phones(tmp_path: Path) -> Path:
    directory = tmp_path / "phones"
    directory.mkdir()
    return directory


def source(phones: Path, key: KeyRing, **given: Any) -> Source:
    told: FilesSource = TypeAdapter(FilesSource).validate_python(
        {"kind": "files", "name": "phones", "path": phones, "devices": "*", **given}
    )
    return open_source(told, key)


def put(path: Path, text: str, at: datetime = MARCH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    for each in (path, *path.parents[:2]):
        os.utime(each, (at.timestamp(), at.timestamp()))


def devices(of: Source) -> list[AssetRef]:
    return [each for each in of.assets() if each.kind == DEVICE]


def rows(of: Source, asset: AssetRef) -> list[dict[str, Any]]:
    return pa.Table.from_batches(
        [each for each in of.batches(asset) if isinstance(each, pa.RecordBatch)]
    ).to_pylist()


def test_every_directory_and_archive_is_a_device_an_empty_one_too(phones: Path, key: KeyRing) -> None:
    (phones / IMEI).mkdir()
    put(phones / "貸出-07/memo.txt", "なし")
    put(phones / f"{OTHER}.zip", "")
    put(phones / "README.txt", "端末ごとに一つ")
    of = source(phones, key)
    told = [rows(of, each)[0] for each in devices(of)]
    assert [(each["IMEI"], each["管理番号"]) for each in told] == [
        (IMEI, None),
        (OTHER, None),
        (None, "貸出-07"),
    ]


def test_it_was_read_out_when_anything_in_it_was_last_written(phones: Path, key: KeyRing) -> None:
    put(phones / IMEI / "DCIM/1.txt", "", MARCH)
    put(phones / IMEI / "DCIM/0.txt", "", datetime(2025, 1, 1, tzinfo=UTC))
    os.utime(phones / IMEI / "DCIM/1.txt", (MARCH.timestamp(), MARCH.timestamp()))
    of = source(phones, key)
    assert rows(of, devices(of)[0])[0]["読み出し日時"] == MARCH


def test_no_place_shows_the_number_of_a_device_whoever_made_it(phones: Path, key: KeyRing) -> None:
    put(phones / OTHER / "a.txt", "空")
    assets = list(source(phones, key).assets())
    assert len(assets) == 2
    assert not any(OTHER in each.id for each in assets)
    assert {each.id.split("/")[1].split("#")[0] for each in assets} == {
        assets[0].id.split("/")[1].split("#")[0]
    }


@pytest.mark.parametrize(
    ("name", "imei", "number"),
    [
        (f"{IMEI}_20260310".encode(), IMEI, None),
        ("４９０１５４２０３２３７５１８".encode(), "490154203237518", None),
        ("貸出機01".encode("cp932"), None, "貸出機01"),
        (b"\xff\xfe", None, "\uf8f3\uf8f2"),
        (b"a\nb", None, "a\nb"),
    ],
)
def test_whatever_a_directory_is_called_a_device_is_told_by_it(
    phones: Path, key: KeyRing, name: bytes, imei: str | None, number: str | None
) -> None:
    (phones / os.fsdecode(name)).mkdir()
    of = source(phones, key)
    (row,) = rows(of, devices(of)[0])
    assert (row["IMEI"], row["管理番号"]) == (imei, number)


def test_devices_may_lie_deeper_and_what_is_excluded_is_none(phones: Path, key: KeyRing) -> None:
    put(phones / "2026/A-1/a.txt", "")
    put(phones / "2026/A-2/a.txt", "")
    of = source(phones, key, devices="2026/*", exclude=["2026/A-2/**"])
    assert [each.id for each in devices(of)] == ["phones/2026/A-1#端末"]


def test_links_are_no_devices(phones: Path, key: KeyRing, tmp_path: Path) -> None:
    put(phones / "A-1/a.txt", "")
    (phones / "A-2").symlink_to(tmp_path, target_is_directory=True)
    assert [each.id for each in devices(source(phones, key))] == ["phones/A-1#端末"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every directory")
def test_a_device_nobody_may_list_was_not_examined(phones: Path, key: KeyRing) -> None:
    put(phones / "A-1/inner/a.txt", "")
    (phones / "A-1/inner").chmod(0)
    of = source(phones, key)
    with pytest.raises(NotExamined, match="directory-unreadable"):
        rows(of, devices(of)[0])


@pytest.mark.parametrize("devices", ["", "/*", "*/", "../*", "**", "a//b"])
def test_a_pattern_that_names_no_one_depth_is_refused(devices: str) -> None:
    with pytest.raises(ValidationError):
        FilesSource(kind="files", name="phones", path=Path(), devices=devices)


steps = st.text(st.sampled_from("ab‹›端 1-"), min_size=1, max_size=4)


@given(st.lists(steps, min_size=1, max_size=5), st.integers(1, 3))
def test_an_asset_is_of_the_device_its_path_begins_with(path: list[str], depth: int) -> None:
    found = device_of("/".join(["phones", *path]), "phones", "/".join("*" * depth))
    assert found == ("/".join(["phones", *path[:depth]]) if len(path) > depth else None)


def test_members_of_an_archive_are_of_the_device_the_archive_is(phones: Path) -> None:
    assert device_of("phones/A-1.zip!DCIM/1.jpg", "phones", "*") == "phones/A-1.zip"
    assert device_of("phones/list.xlsx#貸出", "phones", "*") is None


class Night:
    """An estate of one share of devices with a ledger of loans and of wipes, scanned."""

    def __init__(self, tmp_path: Path, phones: Path) -> None:
        books = tmp_path / "books"
        books.mkdir()
        (books / "loans.csv").write_text(
            f"端末IMEI,会員番号,貸出日時,返却日時\n{IMEI},M-0001,2026-03-01 10:00,2026-03-05 18:00\n"
            f"{IMEI},M-0002,2026-03-06 10:00,2026-03-09 18:00\n{OTHER},M-0003,2026-03-01 10:00,2026-03-02 10:00\n",
            "utf-8",
        )
        (books / "wipes.csv").write_text(
            f"端末IMEI,消去日時,結果\n{OTHER},2026-03-03 10:00,成功\n{IMEI},2026-03-09 19:00,失敗\n", "utf-8"
        )
        loans = {"device": "端末IMEI", "person": "会員番号", "moment": "貸出日時", "ended": "返却日時"}
        wipes = {"device": "端末IMEI", "moment": "消去日時", "verified": "結果"}
        self.job = Job(
            Estate.model_validate(
                {
                    "name": "loans",
                    "sources": [
                        {"name": "phones", "kind": "files", "path": phones, "devices": "*"},
                        {"name": "books", "kind": "files", "path": books},
                    ],
                    "assets": [
                        {"match": "books/loans.csv", "records": {"kind": "device", "columns": loans}},
                        {"match": "books/wipes.csv", "records": {"kind": "wipe", "columns": wipes}},
                    ],
                }
            ),
            Layout(tmp_path / "out"),
            KeyRing.from_environment({"MEIBO_KEY": KEY}),
        )

    def run(self) -> dict[str, Row]:
        scan(self.job)
        told = run_report(self.job.layout.store, "device_residue").rows
        return {row["device"]: row for row in told if not row["item"]}

    def shown(self, imei: str) -> str:
        key = Sealer(self.job.keys).seal("IMEI", imei)[0]
        assert key
        return f"k:{key.hex()[:12]}"


def test_a_scan_says_which_devices_may_be_lent_and_a_wiped_one_becomes_it(
    tmp_path: Path, phones: Path
) -> None:
    note, cleared = phones / IMEI / "files/memo.txt", MARCH.replace(day=12)
    put(note, "山田太郎さん 090-1234-5678\n")
    put(phones / OTHER / "info.txt", f"IMEI: {OTHER}\n")
    night = Night(tmp_path, phones)
    found = night.run()
    one, other = (found[night.shown(imei)] for imei in (IMEI, OTHER))
    assert (one["state"], one["reasons"]) == ("not-lendable", ["residue", "no-wipe"])
    assert other["state"] == "lendable"
    with (tmp_path / "books/wipes.csv").open("a", encoding="utf-8") as wipes:
        wipes.write(f"{IMEI},2026-03-11 10:00,完了\n")
    note.unlink()
    for each in (note.parent, phones / IMEI):
        os.utime(each, (cleared.timestamp(), cleared.timestamp()))
    again = night.run()[night.shown(IMEI)]
    assert (again["state"], again["read_out"]) == ("lendable", cleared.date())


def test_an_unchanged_device_is_not_looked_at_again(tmp_path: Path, phones: Path) -> None:
    put(phones / OTHER / "info.txt", f"IMEI: {OTHER}\n")
    night = Night(tmp_path, phones)
    first, second = night.run(), night.run()
    assert first == second
    with Reader(night.job.layout.store) as reader:
        reused = reader.arrow("SELECT reused FROM current_part WHERE asset_id LIKE '%端末'")["reused"]
    assert reused.to_pylist() == [True]


def test_a_device_is_found_by_its_key_under_the_name_of_the_column(tmp_path: Path, phones: Path) -> None:
    (phones / OTHER).mkdir()
    night = Night(tmp_path, phones)
    night.run()
    with Reader(night.job.layout.store) as reader:
        found = places_of(reader, night.shown(OTHER), night.job.estate, night.job.keys)
    fields = {(row["asset"].split("/")[0], row["field"]) for row in found}
    assert fields == {("phones", "IMEI"), ("books", "端末IMEI")}


def test_the_scope_of_a_device_counts_what_was_left_and_names_who_had_it(
    tmp_path: Path, phones: Path, command: Command
) -> None:
    put(phones / IMEI / "files/memo.txt", "山田太郎さん 090-1234-5678、佐藤花子さん 080-2345-6789\n")
    put(phones / OTHER / "memo.txt", "鈴木一郎さん\n")
    night = Night(tmp_path, phones)
    night.run()
    question = Question(devices=(IMEI,), known_on=MARCH.date())
    with Reader(night.job.layout.store) as reader:
        scope = scope_of(reader, question, load_policies().leak_report, night.job.keys)
    assert len(scope.assets) == 1
    assert scope.persons.lower <= 2 <= scope.persons.upper
    assert {item.entity_type for item in scope.items} == {"PERSON", "PHONE_NUMBER"}
    assert [(each.lent.day, each.returned and each.returned.day) for each in scope.loans] == [(1, 5), (6, 9)]
    assert [each.what for each in scope.timeline if each.what in ("lent", "returned", "wiped")] == [
        "lent", "returned", "lent", "returned"
    ]  # fmt: skip
    asked = ("incident", "--device", IMEI, "--known-on", "2026-03-12", "--out", night.job.layout.out)
    code, printed, err = command(*asked, key=KEY)
    assert code == 0, err
    assert "端末の貸出" in printed
    assert IMEI not in printed + err + command(*asked, "--format", "json", key=KEY)[1]
    code, printed, err = command(*asked[:2], "490154203237518", *asked[3:], key=KEY)
    assert (code, "incident-no-asset" in err, "490154203237518" in err) == (64, True, False)
    code, _, err = command(*asked, "--device", "490154203237518", key=KEY)
    assert (code, "--device 2 of 2" in err, "490154203237518" in err) == (64, True, False)
