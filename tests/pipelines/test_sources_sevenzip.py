"""7z archives: their files are read like files on the share, what cannot be is said. Persons are invented."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.sources import Source
from pipelines.sources.sevenzip import SevenZipFiles
from tests.pipelines.test_sources_archives import NOTE, TABLE, listed, reasons, zipped
from tests.pipelines.test_sources_files import ends_well, put, read, reason, root, source
from tests.sevenzip import WRITTEN, sevenzip

__all__ = ["root", "source"]


@pytest.mark.parametrize("method", ["bzip2", "copy", "deflate", "lzma", "lzma2", "plain"])
def test_archives_as_seven_zip_writes_them_are_read(root: Path, source: Source, method: str) -> None:
    put(root, "a.7z", WRITTEN[method])
    assert listed(source) == {"a.7z!名簿/a.csv": "csv", "a.7z!b.txt": "text", "a.7z!c.txt": "text"}
    assert read(source, "a.csv") == ({"a": ["1", "2"], "b": ["2", "3"]}, [])
    assert read(source, "b.txt") == ({"text": ["memo\n"]}, []) and read(source, "c.txt") == ({}, [])


def test_filters_are_undone(root: Path, source: Source) -> None:
    put(root, "a.7z", WRITTEN["delta"])
    assert read(source, "b.txt") == ({"text": ["memo\n"]}, [])


def test_what_is_encrypted_or_packed_otherwise_is_told(root: Path, source: Source) -> None:
    for name in ("enc", "hidden", "ppmd", "bcj", "link"):
        put(root, f"{name}.7z", WRITTEN[name])
    assert reasons(source) == {
        "bcj.7z!b.txt": "format-unsupported",
        "enc.7z!b.txt": "member-encrypted",
        "hidden.7z": "file-encrypted",
        "link.7z!l": "member-link",
        "ppmd.7z!b.txt": "format-unsupported",
        "ppmd.7z!名簿/a.csv": "format-unsupported",
    }


def test_archives_in_archives_and_mails_are_opened(root: Path, source: Source) -> None:
    put(
        root,
        "a.zip",
        zipped({"x.7z": sevenzip({"中/y.7z": sevenzip({"名簿.csv": TABLE, "メモ.txt": NOTE})})}),
    )
    assert list(listed(source)) == ["a.zip!x.7z!中/y.7z!名簿.csv", "a.zip!x.7z!中/y.7z!メモ.txt"]
    assert read(source, "名簿.csv")[0]["番号"] == ["1", "2"]


def test_files_packed_together_are_unpacked_in_whatever_order_they_are_asked_for(tmp_path: Path) -> None:
    files = {f"{n}.txt": str(n).encode() * 70_000 for n in range(9)}
    path = tmp_path / "a.7z"
    path.write_bytes(sevenzip(files))
    archive = SevenZipFiles(path)
    one, other = archive.blocks(7), archive.blocks(2)
    begun = [next(one), next(other)]
    assert begun[0] + b"".join(one) == files["7.txt"]
    assert begun[1] + b"".join(other) == files["2.txt"]
    assert [b"".join(archive.blocks(n)) for n in range(9)] == list(files.values())


def test_a_bomb_is_not_unpacked(root: Path, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.container.HARMLESS", 1 << 20)
    put(root, "a.7z", sevenzip({"zeros.txt": bytes(4 << 20)}))
    assert reasons(source) == {"a.7z!zeros.txt": "too-large"}


def test_a_file_that_is_shorter_than_it_is_said_to_be_is_damaged(root: Path, source: Source) -> None:
    put(root, "a.7z", sevenzip({"a.txt": NOTE, "b.txt": NOTE}, claimed=90))
    assert read(source, "a.txt") == ({"text": [NOTE.decode()]}, [])
    assert reason(source, "b.txt") == "file-damaged"


def test_a_dictionary_beyond_all_memory_is_refused(root: Path, source: Source) -> None:
    content = bytearray(sevenzip({"a.txt": NOTE}, claimed=3 << 30))
    at = content.find(b"\x21\x21\1\x16")
    content[at + 3] = 40
    start = struct.unpack_from("<QQ", content, 12)
    header = content[32 + start[0] :]
    struct.pack_into("<I", content, 28, zlib.crc32(header))
    struct.pack_into("<I", content, 8, zlib.crc32(content[12:32]))
    put(root, "a.7z", bytes(content))
    assert reasons(source) == {"a.7z!a.txt": "too-large"}


def test_an_archive_of_more_files_than_are_held_in_memory_is_told(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.sources.sevenzip_header._MOST", 8)
    put(root, "a.7z", sevenzip({f"{n}.txt": NOTE for n in range(8)}))
    put(root, "b.7z", sevenzip({f"{n}.txt": NOTE for n in range(9)}))
    assert reasons(source) == {"b.7z": "too-large"} and len(listed(source)) == 9


def test_an_archive_that_breaks_off_is_damaged(root: Path, source: Source) -> None:
    put(root, "a.7z", WRITTEN["lzma2"][:-1])
    put(root, "b.7z", WRITTEN["lzma2"][:20])
    assert reasons(source) == {"a.7z": "file-damaged", "b.7z": "file-damaged"}


WHOLE = sevenzip({"名簿.csv": TABLE, "控え.zip": zipped({"メモ.txt": NOTE}), "メモ.txt": NOTE})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_archive_never_ends_in_anything_but_assets_and_reasons(
    root: Path, source: Source, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from([WHOLE, *WRITTEN.values()])))
    for place in data.draw(st.lists(st.integers(32, len(content) - 1), min_size=0, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        # Right checksums let the damage in.
        place, size = struct.unpack_from("<QQ", content, 12)
        struct.pack_into("<I", content, 28, zlib.crc32(content[32 + place : 32 + place + size]))
        struct.pack_into("<I", content, 8, zlib.crc32(content[12:32]))
    put(root, "a.7z", bytes(content))
    ends_well(source)
