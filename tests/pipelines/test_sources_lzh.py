"""LZH archives: their files are read like files on the share, what cannot be is said. Persons are invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import NotExamined
from pipelines.sources import Gap, Source
from pipelines.sources.lzh_files import LzhFiles
from tests.lzh import PACKED, WRITTEN, bomb, entry, lzh
from tests.pipelines.test_sources_archives import NOTE, TABLE, listed, reasons, zipped
from tests.pipelines.test_sources_files import ends_well, put, read, reason, root, source

__all__ = ["root", "source"]


@pytest.mark.parametrize("name", WRITTEN)
def test_archives_as_another_program_writes_them_are_read(root: Path, source: Source, name: str) -> None:
    path = put(root, "a.lzh", WRITTEN[name])
    assert listed(source) == {"a.lzh!meibo/a.csv": "csv", "a.lzh!b.txt": "text", "a.lzh!c.txt": "text"}
    assert b"".join(LzhFiles(path).blocks(0)) == PACKED
    assert read(source, "a.csv")[0]["番号"][:2] == ["1", "2"] and read(source, "a.csv")[1] == []
    assert read(source, "b.txt") == ({"text": ["memo\n"]}, []) and read(source, "c.txt") == ({}, [])


@pytest.mark.parametrize("level", [0, 2])
def test_names_are_cp932_or_stand_in_unicode_beside(root: Path, source: Source, level: int) -> None:
    put(root, "a.lzh", lzh({"表示/ソ連/能力.csv": TABLE, "メモ.txt": NOTE}, level))
    assert list(listed(source)) == ["a.lzh!表示/ソ連/能力.csv", "a.lzh!メモ.txt"]
    assert read(source, "能力.csv")[0]["番号"] == ["1", "2"]


def test_persons_in_names_are_masked_and_names_lead_nowhere(root: Path, source: Source) -> None:
    put(root, "a.lzh", lzh({"../../090-1234-5678.csv": TABLE}))
    (asset,) = source.assets()
    assert "1234" not in asset.id and asset.member == "!1" and read(source)[0]["番号"] == ["1", "2"]


def test_archives_in_archives_are_opened(root: Path, source: Source) -> None:
    put(root, "a.zip", zipped({"x.lzh": lzh({"y.lzh": lzh({"名簿.csv": TABLE}), "メモ.txt": NOTE})}))
    assert list(listed(source)) == ["a.zip!x.lzh!y.lzh!名簿.csv", "a.zip!x.lzh!メモ.txt"]
    assert read(source, "名簿.csv")[0]["番号"] == ["1", "2"]


def test_methods_nobody_reads_any_more_are_told(root: Path, source: Source) -> None:
    put(root, "a.lzh", entry("a.txt", NOTE, method=b"-lh1-") + entry("b.txt", NOTE))
    assert reasons(source) == {"a.lzh!a.txt": "format-unsupported"}
    assert read(source, "b.txt") == ({"text": [NOTE.decode()]}, [])


def test_a_bomb_is_unpacked_to_a_limit(root: Path, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, size = bomb(1)
    path = put(root, "a.lzh", entry("a.txt", b"", method=b"-lh5-", packed=packed, size=size))
    with pytest.raises(NotExamined, match="file-damaged"):
        assert sum(map(len, LzhFiles(path).blocks(0))) == size
    monkeypatch.setattr("pipelines.sources.lzh_files._LARGEST_ENTRY", size - 1)
    put(root, "b.lzh", path.read_bytes())
    monkeypatch.setattr("pipelines.sources.lzh_files._LARGEST", 2 * size)
    put(root, "c.lzh", path.read_bytes() * 3)
    assert reasons(source)["b.lzh!a.txt"] == reasons(source)["c.lzh!a.txt~3"] == "too-large"


def test_blocks_that_say_next_to_nothing_are_damage(root: Path, source: Source) -> None:
    # One letter a block, with codes of its own.
    bits = "".join(f"{1:016b}{0:05b}{0:05b}{0:09b}{65:09b}{0:04b}{0:04b}" for _ in range(4_000))
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
    put(root, "a.lzh", entry("a.txt", b"A" * 4_000, method=b"-lh5-", packed=packed))
    assert reason(source, "a.txt") == "file-damaged"


def test_what_comes_before_the_damage_is_read_and_the_rest_told(root: Path, source: Source) -> None:
    put(root, "a.lzh", lzh({"a.txt": NOTE, "b.txt": NOTE})[:-20])
    assert read(source, "a.txt") == ({"text": [NOTE.decode()]}, [])
    assert Gap("file-damaged") in read(source, "b.txt")[1]
    whole = lzh({"a.txt": NOTE, "b.txt": NOTE})
    put(root, "b.lzh", whole[: len(whole) // 2 + 9])
    assert read(source, "b.lzh") == ({}, [Gap("file-damaged")])


def test_a_wrong_checksum_is_damage(root: Path, source: Source) -> None:
    put(root, "a.lzh", lzh({"a.txt": NOTE}).replace(b"1234", b"1235"))
    assert read(source, "a.txt")[1] == [Gap("file-damaged")]


WHOLE = lzh({"名簿.csv": TABLE, "控え.zip": zipped({"メモ.txt": NOTE})}, 2)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_archive_never_ends_in_anything_but_assets_and_reasons(
    root: Path, source: Source, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from([WHOLE, *WRITTEN.values()])))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=0, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    put(root, "a.lzh", bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2, 23]))]))
    ends_well(source)
