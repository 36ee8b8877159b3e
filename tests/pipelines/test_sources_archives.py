"""Archives: every file in them is read like a file on the share, what cannot be is said. Persons are invented."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import NotExamined
from pipelines.sources import Gap, Source, packed
from pipelines.sources import spool as spools
from pipelines.sources.container import readable_name, shown
from pipelines.sources.inside import list_inside, parse, read_inside
from tests.pipelines.test_sources_documents import pdf
from tests.pipelines.test_sources_files import put, read, reason, root, source

__all__ = ["root", "source"]

TABLE = "番号,電話\n1,090-1234-5678\n2,080-1234-5678\n".encode("cp932")
NOTE = "山田 太郎様 090-1234-5678".encode()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def as_windows(name: str, content: bytes) -> bytes:
    """A zip archive whose one name is CP932 without the flag for UTF-8."""
    raw = name.encode("cp932")
    data = zipped({"x" * len(raw): content})
    return data.replace(b"x" * len(raw), raw)


def encrypted(data: bytes) -> bytes:
    """Set the flag of encryption of every entry."""
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            data = data[: place + at] + struct.pack("<H", 1) + data[place + at + 2 :]
            place = data.find(signature, place + 4)
    return data


def zstd(data: bytes) -> bytes:
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as file:
        file.write(data)
    return bytes(packed.getvalue().to_pybytes())


def listed(source: Source) -> dict[str, str]:
    return {asset.id.removeprefix("share/"): asset.kind for asset in source.assets()}


def reasons(source: Source) -> dict[str, str]:
    return {each: reason(source, each) for each, kind in listed(source).items() if kind == "unreadable"}


def workbook() -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.title = "会員"
    book.active.append(["氏名", "電話"])
    book.active.append(["山田 太郎", "090-1234-5678"])
    book.create_sheet("控")["A1"] = "空"
    book.save(data)
    return data.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd,
}


def test_every_file_of_a_zip_is_read_as_if_it_lay_on_the_share(
    root: Path, source: Source, tmp_path: Path
) -> None:
    table = io.BytesIO()
    pq.write_table(pa.table({"電話": ["090-1234-5678"]}), table)
    files = {
        "名簿/会員.csv": TABLE,
        "名簿/会員.xlsx": workbook(),
        "会員.parquet": table.getvalue(),
        "契約.pdf": pdf(tmp_path / "x.pdf", ["契約 090-1234-5678"]).read_bytes(),
        "空/": b"",
        "メモ.txt": NOTE,
    }
    put(root, "a.zip", zipped(files))
    assert listed(source) == {
        "a.zip!名簿/会員.csv": "csv",
        "a.zip!名簿/会員.xlsx#会員": "xlsx",
        "a.zip!名簿/会員.xlsx#控": "xlsx",
        "a.zip!会員.parquet": "parquet",
        "a.zip!契約.pdf": "text",
        "a.zip!メモ.txt": "text",
    }
    assert read(source, "会員.csv")[0]["電話"] == ["090-1234-5678", "080-1234-5678"]
    assert read(source, "#会員")[0]["氏名"] == ["山田 太郎"]
    assert read(source, "#控") == ({"空": []}, [])
    assert read(source, "会員.parquet")[0] == {"電話": ["090-1234-5678"]}
    assert "1234" in read(source, "契約.pdf")[0]["text"][0]
    assert read(source, "メモ.txt") == ({"text": [NOTE.decode()]}, [])


def test_names_as_windows_writes_them_are_read_and_persons_in_them_masked(root: Path, source: Source) -> None:
    put(root, "a.zip", as_windows("表示\\090-1234-5678.csv", TABLE))
    (asset,) = source.assets()
    assert asset.id.startswith("share/a.zip!表示/‹PHONE_NUMBER ") and asset.id.endswith("›.csv")
    assert asset.locator == "a.zip" and asset.member == "!1"
    assert read(source)[0]["番号"] == ["1", "2"]


@pytest.mark.parametrize("packer", PACKERS)
def test_packed_tars_are_read_file_by_file(root: Path, source: Source, packer: str) -> None:
    put(root, f"a.tar.{packer}", PACKERS[packer](tarred({"b/名簿.csv": TABLE, "c.txt": NOTE})))
    assert listed(source) == {f"a.tar.{packer}!b/名簿.csv": "csv", f"a.tar.{packer}!c.txt": "text"}
    assert read(source, "c.txt")[0] == {"text": [NOTE.decode()]}
    assert read(source, "名簿.csv")[0]["番号"] == ["1", "2"]


@pytest.mark.parametrize("packer", PACKERS)
def test_a_single_packed_file_is_read_under_its_own_name(root: Path, source: Source, packer: str) -> None:
    put(root, f"log.csv.{packer}", PACKERS[packer](TABLE))
    assert listed(source) == {f"log.csv.{packer}!log.csv": "csv"}
    assert read(source)[0]["番号"] == ["1", "2"]


@pytest.mark.parametrize("packer", PACKERS)
def test_a_packed_file_whose_name_does_not_say_so_keeps_it(root: Path, source: Source, packer: str) -> None:
    put(root, "log.csv", PACKERS[packer](TABLE))
    assert listed(source) == {"log.csv!log.csv": "csv"}
    assert read(source)[0]["番号"] == ["1", "2"]


@pytest.mark.parametrize("packer", ["gz", "bz2", "xz"])
def test_streams_put_one_behind_the_other_are_one_file(root: Path, source: Source, packer: str) -> None:
    pack = PACKERS[packer]
    padding = bytes(8) if packer == "xz" else b""
    put(root, f"a.txt.{packer}", pack(b"one\n") + padding + pack(b"two\n") + padding)
    assert read(source) == ({"text": ["one\ntwo\n"]}, [])


def test_archives_in_archives_are_opened_to_a_depth(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = zipped({"名簿.xlsx": workbook(), "a.csv": TABLE})
    put(root, "a.zip", zipped({"x/b.tar.gz": gzip.compress(tarred({"c.zip": inner, "n.txt": NOTE}))}))
    assert listed(source) == {
        "a.zip!x/b.tar.gz!c.zip!名簿.xlsx#会員": "xlsx",
        "a.zip!x/b.tar.gz!c.zip!名簿.xlsx#控": "xlsx",
        "a.zip!x/b.tar.gz!c.zip!a.csv": "csv",
        "a.zip!x/b.tar.gz!n.txt": "text",
    }
    assert read(source, "#会員")[0]["氏名"] == ["山田 太郎"]
    assert read(source, "c.zip!a.csv")[0]["番号"] == ["1", "2"]
    monkeypatch.setattr("pipelines.sources.inside.DEPTH", 2)
    assert reasons(source) == {"a.zip!x/b.tar.gz!c.zip": "too-deep"}
    assert read(source, "n.txt")[0] == {"text": [NOTE.decode()]}


def test_what_cannot_be_read_in_an_archive_is_an_asset_that_says_why(root: Path, source: Source) -> None:
    put(root, "locked.zip", encrypted(zipped({"a.csv": TABLE, "b.csv": TABLE})))
    put(root, "mixed.zip", zipped({"run.exe": b"MZ\x90" + bytes(99), "x.xlsx": b"none", "ok.csv": TABLE}))
    put(root, "old.zip", zipped({"a.txt": NOTE}).replace(b"\x14\x00\x00\x00\x08\x00", b"\x14\0\0\0\x09\0"))
    assert reasons(source) == {
        "locked.zip!a.csv": "member-encrypted",
        "locked.zip!b.csv": "member-encrypted",
        "mixed.zip!run.exe": "format-unsupported",
        "mixed.zip!x.xlsx": "file-damaged",
        "old.zip!a.txt": "format-unsupported",
    }
    assert read(source, "ok.csv")[0]["番号"] == ["1", "2"]


def test_absolute_paths_and_steps_upwards_are_only_names(root: Path, source: Source, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    put(root, "a.zip", zipped({"/etc/evil.csv": TABLE, "../../evil.txt": NOTE}))
    put(root, "b.tar", tarred({"/etc/evil.csv": TABLE, "../evil.txt": NOTE}))
    assert list(listed(source)) == [
        "a.zip!/etc/evil.csv",
        "a.zip!../../evil.txt",
        "b.tar!/etc/evil.csv",
        "b.tar!../evil.txt",
    ]
    assert read(source, "b.tar!../evil.txt")[0] == {"text": [NOTE.decode()]}
    left = {path.name for path in tmp_path.rglob("*") if path not in before}
    assert left == {"a.zip", "b.tar"} and not Path("/etc/evil.csv").exists()


def test_links_within_an_archive_are_read_where_they_lead_and_others_are_reported(
    root: Path, source: Source
) -> None:
    with tarfile.open(root / "a.tar", "w") as archive:
        for name, kind, target in (
            ("d/n.txt", tarfile.REGTYPE, ""),
            ("d/soft", tarfile.SYMTYPE, "n.txt"),
            ("hard", tarfile.LNKTYPE, "d/n.txt"),
            ("out", tarfile.SYMTYPE, "/etc/passwd"),
            ("pipe", tarfile.FIFOTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            info.size = len(NOTE) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(NOTE))
    link = zipfile.ZipInfo("out")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(root / "b.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    assert list(listed(source)) == ["a.tar!d/n.txt", "a.tar!out", "a.tar!pipe", "b.zip!out"]
    assert set(reasons(source).values()) == {"member-link"}


def test_an_archive_that_breaks_off_is_read_as_far_as_it_goes(root: Path, source: Source) -> None:
    noise = random.Random(1).randbytes(200_000)
    whole = tarred({"a.csv": TABLE, "b.txt": NOTE, "c.png": b"\x89PNG\r\n\x1a\n" + noise, "d.csv": TABLE})
    put(root, "a.tar.gz", gzip.compress(whole)[:100_000])
    put(root, "b.tar", whole[:100_000])
    lines = b"".join(b"%d,090-0000-%04d\n" % (n, n) for n in range(10_000))
    put(root, "c.csv.gz", gzip.compress(b"no,phone\n" + lines)[:20_000])
    put(root, "d.zip", zipped({"a.csv": TABLE})[:-30])
    assert listed(source) == {
        "a.tar.gz": "text",
        "a.tar.gz!a.csv": "csv",
        "a.tar.gz!b.txt": "text",
        "a.tar.gz!c.png": "unreadable",
        "b.tar": "text",
        "b.tar!a.csv": "csv",
        "b.tar!b.txt": "text",
        "b.tar!c.png": "unreadable",
        "c.csv.gz!c.csv": "csv",
        "d.zip": "unreadable",
    }
    assert set(reasons(source).values()) == {"file-damaged"}
    assert read(source, "a.tar.gz") == ({}, [Gap("file-damaged")])
    assert read(source, "b.tar!b.txt")[0] == {"text": [NOTE.decode()]}
    table, gaps = read(source, "c.csv")
    assert len(table["phone"]) > 1_000 and gaps[-1] == Gap("file-damaged")


def test_a_wrong_checksum_is_told_beside_what_was_read(root: Path, source: Source) -> None:
    content = b"phone 090-1234-5678\n" * 10_000
    data = zipped({"a.txt": content}, zipfile.ZIP_STORED)
    put(root, "a.zip", data.replace(content, content.replace(b"5678", b"5679", 1), 1))
    table, gaps = read(source)
    assert gaps == [Gap("file-damaged")] and table["text"][0].startswith("phone 090-1234-5679")
    put(root, "a.zip", zipped({"a.txt": NOTE}, zipfile.ZIP_STORED).replace(b"5678", b"5679"))
    assert reason(source) == "file-damaged"


def test_the_comment_of_an_archive_is_read_and_an_empty_archive_is_listed(root: Path, source: Source) -> None:
    put(root, "empty.zip", zipped({}))
    put(root, "a.zip", zipped({"a.csv": TABLE}))
    with zipfile.ZipFile(root / "a.zip", "a") as archive:
        archive.comment = "担当 山田 090-1234-5678".encode("cp932")
    assert listed(source) == {"a.zip": "text", "a.zip!a.csv": "csv", "empty.zip": "text"}
    assert read(source, "a.zip")[0] == {"text": ["担当 山田 090-1234-5678"]}
    assert read(source, "empty.zip") == ({}, [])


def test_comments_of_entries_are_read(root: Path, source: Source) -> None:
    entry = zipfile.ZipInfo("a.txt")
    entry.comment = "山田 太郎様の分".encode("cp932")
    with zipfile.ZipFile(root / "a.zip", "w") as archive:
        archive.writestr(entry, "x")
        archive.writestr("b.txt", "x")
    said = {"comment": "佐藤 花子様の分"}
    with tarfile.open(
        root / "b.tar", "w", pax_headers={"comment": "0123456789abcdef" * 2 + "01234567"}
    ) as tar:
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = said
        tar.addfile(info)
    assert read(source, "a.zip")[0] == {"text": ["山田 太郎様の分"]}
    assert read(source, "b.tar")[0] == {"text": ["佐藤 花子様の分"]}


def test_bombs_are_refused_before_they_are_unpacked(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.sources.container.HARMLESS", 1 << 20)
    zeros = bytes(8 << 20)
    put(root, "a.zip", zipped({"zeros.csv": zeros, "ok.csv": TABLE}))
    for packer, pack in PACKERS.items():
        put(root, f"b.csv.{packer}", pack(zeros))
        put(root, f"c.tar.{packer}", pack(tarred({"zeros.csv": zeros})))
    assert reasons(source) == {
        "a.zip!zeros.csv": "too-large",
        **{f"c.tar.{packer}": "too-large" for packer in sorted(PACKERS)},
    }
    for packer in PACKERS:
        assert reason(source, f"b.csv.{packer}!b.csv") == "too-large"
    assert read(source, "ok.csv")[0]["番号"] == ["1", "2"]


def test_a_stream_that_asks_for_more_memory_than_there_is_for_it_is_refused(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "a.csv.xz", lzma.compress(TABLE, preset=9))
    assert read(source)[0]["番号"] == ["1", "2"]
    monkeypatch.setattr("pipelines.sources.packed.MEMORY", 1 << 20)
    assert reason(source) == "too-large"


def test_budgets_count_over_all_that_a_file_holds(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = zipped({f"{number}.txt": NOTE * 20 for number in range(3)})
    put(root, "a.zip", zipped({"x.zip": inner, "y.zip": inner, "z.txt": NOTE}))
    monkeypatch.setattr("pipelines.sources.inside.MOST_ENTRIES", 6)
    assert reasons(source) == {"a.zip!y.zip!…": "too-many-members", "a.zip!…": "too-many-members"}
    monkeypatch.undo()
    monkeypatch.setattr("pipelines.sources.inside.LARGEST", len(inner) + 3 * len(NOTE) * 20 + len(NOTE))
    assert reasons(source) == {"a.zip!y.zip": "too-large"}
    assert read(source, "z.txt")[0] == {"text": [NOTE.decode()]}


def test_a_directory_without_end_is_refused(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.sources.container.LARGEST_READ", 70_000)
    put(root, "a.zip", zipped({f"{number:06}.txt": b"" for number in range(2_000)}))
    long = tarfile.TarInfo("x" * 100_000)
    put(root, "b.tar", long.tobuf(tarfile.GNU_FORMAT))
    assert reasons(source) == {"a.zip": "too-large", "b.tar": "too-large"}


def test_unpacked_data_has_no_name_in_any_directory(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.setattr(spools, "IN_MEMORY", 10_000)
    put(root, "a.tar.gz", gzip.compress(tarred({"a.csv": b"a,b\n" + b"1,2\n" * 50_000, "b.csv": TABLE})))
    path = root / "a.tar.gz"
    (first, second) = list_inside(path)
    stream = read_inside(path, first.member)
    batch = next(stream)
    assert isinstance(batch, pa.RecordBatch) and batch.num_rows == 50_000
    open_files = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert any(each.startswith(str(scratch)) and each.endswith("(deleted)") for each in open_files)
    assert list(scratch.iterdir()) == []
    assert next(read_inside(path, second.member)).num_rows == 2  # type: ignore[union-attr]


def test_a_disk_without_room_is_said_and_not_filled(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "IN_MEMORY", 10_000)
    monkeypatch.setattr(spools, "RESERVE", 1 << 60)
    put(root, "a.zip", zipped({"a.csv": b"a,b\n" + b"1,2\n" * 50_000, "b.csv": TABLE}))
    assert reason(source, "a.csv") == "disk-full"
    assert read(source, "b.csv")[0]["番号"] == ["1", "2"]


def test_a_file_that_was_replaced_meanwhile_is_told(root: Path, source: Source) -> None:
    put(root, "a.zip", zipped({"a.csv": TABLE, "b.csv": TABLE}))
    _, second = source.assets()
    put(root, "a.zip", zipped({"a.csv": TABLE}))
    with pytest.raises(NotExamined, match="file-missing"):
        list(source.batches(second))
    put(root, "a.zip", NOTE)
    with pytest.raises(NotExamined, match="file-missing"):
        list(source.batches(second))


def test_many_files_of_a_packed_tar_are_not_unpacked_anew_for_each(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "a.tar.gz", gzip.compress(tarred({f"{number}.txt": NOTE for number in range(50)})))
    assets = list(source.assets())
    opened: list[Path] = []
    opener = packed._blocks

    def counted(path: Path) -> Iterator[bytes]:
        opened.append(path)
        return opener(path)

    monkeypatch.setattr(packed, "_blocks", counted)
    for asset in assets:
        assert list(source.batches(asset))
    assert len(opened) <= 1


_FILES = {"名簿.csv": TABLE, "x.xlsx": workbook(), "y.zip": zipped({"a.txt": NOTE})}
WHOLE = [zipped(_FILES), tarred(_FILES), gzip.compress(tarred(_FILES), mtime=0)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_archive_never_ends_in_anything_but_assets_and_reasons(
    root: Path, source: Source, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(WHOLE)))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    put(root, "a.bin", bytes(content[: data.draw(st.integers(1, len(content)))]))
    assets = list(source.assets())
    assert assets
    for asset in assets:
        try:
            list(source.batches(asset))
        except NotExamined as fault:
            assert fault.code.replace("-", "").isalpha()


@given(st.lists(st.integers(1, 99), max_size=5), st.integers(0, 9), st.sampled_from(["", "too-large"]))
def test_what_a_member_is_called_is_taken_apart_as_it_was_put_together(
    steps: list[int], sheet: int, fault: str
) -> None:
    member = "".join(f"!{step}" for step in steps)
    number = str(sheet) if sheet else ""
    member += f"#{number}" if steps and number else number
    assert parse(member + (f"={fault}" if fault else "")) == (tuple(steps), number, fault)


@given(st.binary(max_size=40))
def test_every_name_can_be_shown(raw: bytes) -> None:
    name = shown(readable_name(raw))
    assert len(name.encode().decode().splitlines()) <= 1


def test_grants_of_what_is_packed_are_those_of_the_archive(root: Path, source: Source) -> None:
    put(root, "a.zip", zipped({"a.csv": TABLE})).chmod(0o640)
    (asset,) = source.assets()
    assert {grant.audience for grant in source.grants([asset])} == {"owner", "department"}


def test_an_entry_that_is_said_to_lie_before_the_archive_takes_no_other_with_it(
    root: Path, source: Source
) -> None:
    content = zipped({"a.txt": NOTE, "b.txt": NOTE})
    end = content.find(b"PK\x05\x06")
    # The directory claims to begin later than it does: all entries move ahead by as much.
    moved = (
        content[: end + 16]
        + struct.pack("<I", struct.unpack_from("<I", content, end + 16)[0] + 20)
        + content[end + 20 :]
    )
    put(root, "a.zip", moved)
    assert reason(source, "a.txt") == reason(source, "b.txt") == "file-damaged"
