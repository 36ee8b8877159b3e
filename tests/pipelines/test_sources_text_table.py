"""CSV and TSV: encodings, broken rows, headers; both readers give the same rows. Persons are invented."""

from __future__ import annotations

import codecs
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import NotExamined
from pipelines.sources import Gap
from pipelines.sources.encoding import _wide, decode, detect_encoding
from pipelines.sources.text_table import Dialect, _read_slowly, _Records, _rows_and_gaps, read_table, sniff

TABLE = "会員番号,氏名,電話\n00120,髙橋 さくら,090-0000-0001\n00121,﨑山 一郎①,03-0000-0002\n"
PLAIN = "会員番号,氏名,電話\n00120,高橋さくら,090-0000-0001\n00121,山崎一郎です,03-0000-0002\n"


def read(path: Path, content: bytes) -> tuple[dict[str, list[str]], list[Gap]]:
    path.write_bytes(content)
    items = list(read_table(path))
    batches = [item for item in items if isinstance(item, pa.RecordBatch)]
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    table = pa.concat_tables(tables, promote_options="permissive").to_pydict() if tables else {}
    return table, [item for item in items if isinstance(item, Gap)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "members.csv"


@pytest.mark.parametrize(
    ("content", "codec"),
    [
        (TABLE.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TABLE.encode(), "utf-8"),
        (TABLE.encode("cp932"), "cp932"),
        (TABLE.encode("utf-16"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("utf-16-le"), "utf-16-le"),
        (PLAIN.encode("euc_jp"), "euc_jp"),
        (PLAIN.encode("iso2022_jp"), "iso2022_jp"),
        (PLAIN.replace("\n", "\r\n").encode("cp932"), "cp932"),
        (PLAIN.replace("\n", "\r").encode("utf-8"), "utf-8"),
    ],
)
def test_every_japanese_encoding_is_read(file: Path, content: bytes, codec: str) -> None:
    table, gaps = read(file, content)
    assert detect_encoding(file) == codec
    assert list(table) == ["会員番号", "氏名", "電話"]
    assert table["会員番号"] == ["00120", "00121"]
    assert table["氏名"][0].startswith(("髙橋", "高橋"))
    assert gaps == []


ROWS = "mail,tel,memo\n" + "".join(f"u{n}@example.co.jp,090-2346-{n:04},メモ{n}\n" for n in range(50))


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp"])
@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("at", ["メモ7\n", "tel", "090-2346-0049"])
def test_a_zero_byte_makes_no_utf16_of_other_text_and_is_read_as_a_space(
    file: Path, codec: str, odd: bool, at: str
) -> None:
    content = ROWS.replace(at, f"\0{at}").encode(codec) + b"\n" * odd
    table, gaps = read(file, content)
    assert detect_encoding(file) == codec
    assert [cell.strip() for cell in table["mail"]] == [f"u{n}@example.co.jp" for n in range(50)]
    assert table["tel"][49].strip() == "090-2346-0049"
    assert gaps == []


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["連絡先は山田さん 090-1234-5678", "suzuki@example.jp 03-1234-5678"])
def test_one_line_with_zero_bytes_is_read_in_its_own_encoding(file: Path, text: str, codec: str) -> None:
    wide = codec.startswith("utf-16")
    file.write_bytes((text if wide else text.replace(" ", "\0")).encode(codec))
    assert detect_encoding(file) == ("utf-8" if text.isascii() and not wide else codec)


@given(st.text(st.characters(codec="utf-16", exclude_categories=("Cc", "Cs")), min_size=1), st.booleans())
def test_japanese_lines_in_utf16_without_a_mark_stay_utf16(text: str, little: bool) -> None:
    codec = "utf-16-le" if little else "utf-16-be"
    assert _wide(f"氏名,電話\n山田,{text}\n".encode(codec)) == codec


def test_an_encoding_that_shows_only_after_megabytes_is_found(file: Path) -> None:
    rows = "1,plain ascii\n" * 100_000
    table, gaps = read(file, f"id,name\n{rows}2,山田太郎\n".encode("cp932"))
    assert table["name"][-1] == "山田太郎" and gaps == []


def test_mail_programs_iso_2022_jp_is_decoded() -> None:
    assert decode(b"\x1b$B-!\x1b(B a \x1b(I12\x1b(B", "iso2022_jp") == "① a ｱｲ"


@given(st.text(alphabet=st.sampled_from("亜一山田太郎アァーぁんヶ々、。ＡＺａｚ０９龠abc 123\n")))
def test_iso_2022_jp_agrees_with_the_standard_library(text: str) -> None:
    assert decode(text.encode("iso2022_jp"), "iso2022_jp") == text


def test_a_line_that_does_not_decode_is_a_gap_and_the_others_are_read(file: Path) -> None:
    table, gaps = read(file, "a,b\nあ,1\n".encode() + b"\x82\xa0\xff,2\n" + "い,3\n".encode())
    assert table == {"a": ["あ", "い"], "b": ["1", "3"]}
    assert gaps == [Gap("encoding-broken", 1)]


def test_damaged_lines_do_not_turn_utf8_into_another_encoding(file: Path) -> None:
    lines = [f"{number},山田花子様宛て\n".encode() for number in range(50)]
    table, gaps = read(file, b"id,memo\n" + b"".join(lines) + b"50,\xe3\x81\n")
    assert set(table["memo"]) == {"山田花子様宛て"} and gaps == [Gap("encoding-broken", 1)]


@pytest.mark.parametrize("codec", ["utf-8", "cp932"])
def test_a_line_pasted_from_iso_2022_jp_hides_no_other(file: Path, codec: str) -> None:
    lines = [f"{number},山田花子様宛て\n".encode(codec) for number in range(50)]
    table, _ = read(file, b"id,memo\n" + b"".join(lines) + "50,会議\n".encode("iso2022_jp"))
    assert table["memo"][:50] == ["山田花子様宛て"] * 50


def test_a_damaged_line_makes_no_other_encoding_of_iso_2022_jp(file: Path) -> None:
    lines = [f"{number},山田花子様宛て\n".encode("iso2022_jp") for number in range(50)]
    table, gaps = read(file, b"id,memo\n" + b"".join(lines) + b"50,\xe3\x81\n")
    assert table["memo"] == ["山田花子様宛て"] * 50 and gaps == [Gap("encoding-broken", 1)]


def test_bytes_no_encoding_reads_are_not_examined(file: Path) -> None:
    with pytest.raises(NotExamined, match="encoding-unknown"):
        read(file, b"\x81 \n" * 10)


def test_rows_of_another_width_are_texts_in_a_column_of_their_own(file: Path) -> None:
    table, gaps = read(file, b'a,b\n1\n1,2\n1,2,3\n5,"6\n7",8\n3,4\n')
    assert table == {
        "a": ["1", "3", None, None, None],
        "b": ["2", "4", None, None, None],
        "(other)": [None, None, "1", "1\t2\t3", "5\t6\n7\t8"],
    }
    assert gaps == []


QUOTED = "".join('"' + line.replace(",", '","') + '"\n' for line in TABLE.splitlines())


@pytest.mark.parametrize(
    "above", ["会員名簿 2026年4月\n\n", "作成日,2026-04-01\n", "# 顧客\n# 一覧\n", "sep=,\n"]
)
@pytest.mark.parametrize("text", [TABLE, TABLE.replace(",", ";"), QUOTED])
def test_lines_above_the_header_hide_neither_it_nor_the_rows(file: Path, above: str, text: str) -> None:
    table, gaps = read(file, f"{above}{text}".encode())
    assert set(table) == {"会員番号", "氏名", "電話", "(other)"}
    assert [each for each in table["会員番号"] if each] == ["00120", "00121"]
    assert gaps == []


@pytest.mark.parametrize(
    "rows", [["1,山田,x,", "2,鈴木,y,"], ["1,山田,03-1234-5678,メモ", "2,鈴木,03-1234-5679,"]]
)
def test_rows_that_end_in_a_delimiter_stand_under_a_header_that_does_not(file: Path, rows: list[str]) -> None:
    table, gaps = read(file, "\n".join(["番号,氏名,値", *rows, ""]).encode())
    assert [*table][:4] == ["番号", "氏名", "値", "column_4"]
    assert table["氏名"][:2] == ["山田", "鈴木"]
    assert gaps == []


def test_a_row_that_only_ends_in_blank_cells_is_as_the_others(file: Path) -> None:
    table, gaps = read(file, b"a,b\n1,2\n3,4,\n5,6\n")
    assert table == {"a": ["1", "5", "3"], "b": ["2", "6", "4"]} and gaps == []


def test_a_quote_that_never_closes_costs_its_line_only(file: Path) -> None:
    lines = "".join(f"{number},x\n" for number in range(20_000))
    table, gaps = read(file, f'a,b\n"open,x\n{lines}'.encode())
    assert len(table["a"]) == 20_000 and gaps == [Gap("row-broken", 1)]


def test_a_thousand_unclosed_quotes_are_a_thousand_gaps(file: Path) -> None:
    table, gaps = read(file, b"a,b\n" + b'"open,x\n1,y\n' * 999)
    assert sum(gap.rows for gap in gaps) + len(table["a"]) >= 999


def test_stray_quotes_and_newlines_in_cells_are_content(file: Path) -> None:
    table, gaps = read(file, '品名,備考\n5" disk,"一行目\n二行目, ""引用"""\n'.encode())
    assert table == {"品名": ['5" disk'], "備考": ['一行目\n二行目, "引用"']}
    assert gaps == []


def test_a_ten_megabyte_cell_is_read(file: Path) -> None:
    table, gaps = read(file, b"a,b\n1," + b"x" * 10_000_000 + b"\n2,y\n")
    assert [len(cell) for cell in table["b"]] == [10_000_000, 1] and gaps == []


def test_an_endless_line_is_a_gap_and_the_file_goes_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.encoding.BLOCK", 1 << 10)
    monkeypatch.setattr("pipelines.sources.encoding.LONGEST_LINE", 1 << 12)
    table, gaps = read(file, b"a,b\n1,y\n2," + b"x" * 20_000 + b"\n3,z\n")
    assert table["a"] == ["1", "3"] and gaps == [Gap("cell-too-long", 1)]


def test_quoted_cells_may_stand_across_blocks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.sources.encoding.BLOCK", 64)
    cell = "行\n" * 30
    table, gaps = read(file, f'a,b\n1,"{cell}"\n2,"{cell}"\n'.encode() * 1)
    assert table["b"] == [cell, cell] and gaps == []


def test_delimiters_are_told_apart() -> None:
    assert sniff("氏名\t住所\n山田\t東京都,千代田区\n").delimiter == "\t"
    assert sniff("a;b;c\n1,5;2;3\n").delimiter == ";"
    assert sniff("一列だけ\n値\n").names == ["一列だけ"]


def test_column_names_are_made_unique_and_blank_ones_numbered(file: Path) -> None:
    table, _ = read(file, "氏名,,氏名,😀\n山田,1,鈴木,x\n".encode())
    assert list(table) == ["氏名", "column_2", "氏名#2", "😀"]


@pytest.mark.parametrize(
    "content",
    [
        "山田太郎,090-0000-0001\n鈴木花子,090-0000-0002\n",
        "山田太郎,taro@example.jp\n鈴木花子,hanako@example.jp\n",
        "山田太郎,東京都千代田区丸の内1-1\n鈴木花子,大阪府大阪市北区2-2\n",
        "山田太郎,男\n鈴木花子,女\n佐藤次郎,男\n",
    ],
)
def test_a_first_row_of_data_is_no_header(file: Path, content: str) -> None:
    table, _ = read(file, content.encode())
    assert list(table) == ["column_1", "column_2"]
    assert table["column_1"][0] == "山田太郎"


@pytest.mark.parametrize(
    "content",
    [
        "佐藤,営業部,母が入院したため解約\n鈴木,総務部,転居のため\n高橋,開発部,\n",
        "山田 太郎,男\n佐藤 花子,女\n",
        "ヤマダ タロウ,1\nサトウ ハナコ,2\n",
        "A,1985/4/3\nB,1990/12/1\n",
        "45歳,a\n61歳,b\n",
        "K-12345,甲\nK-12346,乙\n",
        "山田 太郎,解約希望\n",
        "A1,S60.4.3\nB1,H2.1.4",
        "佐藤様より入電、母が入院,1\n鈴木一郎様より入電,2\n",
    ],
)
def test_a_first_row_like_the_rows_beneath_is_no_header(file: Path, content: str) -> None:
    table, _ = read(file, content.encode())
    assert list(table)[:2] == ["column_1", "column_2"]


@pytest.mark.parametrize(
    "content",
    [
        "日付,佐藤,鈴木,田中\n4/1,早,遅,休\n4/2,休,早,遅\n",
        "氏名,部署\n佐藤,営業部\n鈴木,総務部\n",
        "メイ,配偶者\n花,佐藤\n愛,鈴木\n",
        "会員番号,Q1-2026\nK-12345,1\n",
        "氏名,配偶者,担当:佐藤様\n",
    ],
)
def test_a_first_row_unlike_the_rows_beneath_is_a_header(file: Path, content: str) -> None:
    table, _ = read(file, content.encode())
    assert list(table) == content.splitlines()[0].split(",")


def test_years_and_months_may_be_headers(file: Path) -> None:
    table, _ = read(file, "店舗,2025,2026\n東店,1,2\n".encode())
    assert list(table) == ["店舗", "2025", "2026"]


@pytest.mark.parametrize("content", [b"", b"\n\n", codecs.BOM_UTF8])
def test_an_empty_file_has_no_columns(file: Path, content: bytes) -> None:
    assert read(file, content) == ({}, [])


def test_a_header_without_rows_keeps_its_columns(file: Path) -> None:
    assert read(file, "氏名,電話\n".encode()) == ({"氏名": [], "電話": []}, [])


def test_two_thousand_columns_are_read(file: Path) -> None:
    names = ",".join(f"c{number}" for number in range(2_000))
    table, gaps = read(file, f"{names}\n{names.replace('c', 'v')}\n".encode())
    assert len(table) == 2_000 and gaps == []


CELLS = st.text(alphabet=st.sampled_from('ab山 "\n\r,;\t\0é'), max_size=6)


@settings(max_examples=300)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1), st.sampled_from([1, 3]))
def test_written_tables_are_read_back(rows: list[list[str]], _seed: int) -> None:
    content = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows)
    assert _rows(content.encode()) == rows


PIECES = st.lists(st.sampled_from(["a", "山", '"', '""', ",", "\n", "\r\n", " ", "1", "a,b\n"]), max_size=30)


@settings(max_examples=500)
@given(PIECES, st.integers(1, 3))
def test_arrow_and_python_read_the_same_rows(pieces: list[str], patience: int) -> None:
    content = "".join(pieces).encode()
    dialect = Dialect(",", ["a", "b"], header=False)
    slow = list(_read_slowly(_Records(iter([content]), ","), dialect))
    lines = [line + b"\n" for line in content.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.sources.text_table.PATIENCE", patience)
        fast = list(_rows_and_gaps(iter([content]), dialect))
        cut = list(_rows_and_gaps(iter(lines), dialect))
    # Rows of another width follow those they stand among, block by block.
    assert sorted(_values(cut)) == sorted(_values(slow))
    assert _lost(cut) == _lost(slow)
    assert sorted(_values(fast)) == sorted(_values(slow))
    assert _lost(fast) == _lost(slow)


def _rows(content: bytes) -> list[list[str]]:
    return _values(list(_rows_and_gaps(iter([content]), Dialect(",", ["a", "b"], header=False))))


def _values(items: list[pa.RecordBatch | Gap]) -> list[list[str]]:
    return [list(row.values()) for item in items if not isinstance(item, Gap) for row in item.to_pylist()]


def _lost(items: list[pa.RecordBatch | Gap]) -> int:
    return sum(item.rows for item in items if isinstance(item, Gap))
