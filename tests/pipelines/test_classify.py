import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.adhoc.classify import classify
from pipelines.errors import NotExamined
from tests.commands import Command

NAMES = ["山田 太郎", "佐藤 花子", "鈴木 健一", "高橋 美咲", "渡辺 直樹"]
PHONES = ["090-1234-5678", "03-1234-5678", "045-123-4567", "080-2345-6789", "06-6123-4567"]
MEMO = "特になし"
EXPECTED = {"c_01": "PERSON", "c_02": "PHONE_NUMBER", "c_03": None}
ROWS = list(zip(NAMES, PHONES, [MEMO] * 5, strict=True))


def types(path: Path) -> dict[str, str | None]:
    return {name: column.entity_type for name, column in classify(path).columns.items()}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
@pytest.mark.parametrize(("suffix", "delimiter"), [(".csv", ","), (".tsv", "\t")])
def test_a_delimited_file_is_classified_whatever_its_encoding(tmp_path, encoding, suffix, delimiter):
    path = tmp_path / f"list{suffix}"
    lines = [delimiter.join(row) for row in (tuple(EXPECTED), *ROWS)]
    path.write_text("\n".join(lines) + "\n", encoding)
    assert types(path) == EXPECTED


def test_a_parquet_file_is_classified(tmp_path):
    pq.write_table(
        pa.table(dict(zip(EXPECTED, zip(*ROWS, strict=True), strict=True))), tmp_path / "list.parquet"
    )
    assert types(tmp_path / "list.parquet") == EXPECTED


def test_the_second_sheet_of_a_workbook_is_named_in_its_columns(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.title = "一覧"
    other = workbook.create_sheet("控え")
    for row in (tuple(EXPECTED), *ROWS):
        workbook.active.append(row)
        other.append(row[1:])
    workbook.save(tmp_path / "list.xlsx")
    assert types(tmp_path / "list.xlsx") == {**EXPECTED, "控え!c_02": "PHONE_NUMBER", "控え!c_03": None}


def test_an_address_book_and_a_database_are_classified(tmp_path):
    cards = (f"BEGIN:VCARD\nFN:{name}\nTEL:{phone}\nEND:VCARD" for name, phone, _ in ROWS)
    (tmp_path / "a.vcf").write_text("\n".join(cards), "utf-8")
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        for table in ("people", "people_before"):
            connection.execute(f"CREATE TABLE {table} (c_01, c_02)")
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", (row[:2] for row in ROWS))
        connection.commit()
    assert types(tmp_path / "a.vcf") == {"氏名": "PERSON", "電話番号": "PHONE_NUMBER"}
    names = ("c_01", "c_02", "people_before!c_01", "people_before!c_02")
    assert types(tmp_path / "a.db") == dict(zip(names, ["PERSON", "PHONE_NUMBER"] * 2, strict=True))


def test_a_column_says_why_without_values(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("\n".join(",".join(row) for row in (tuple(EXPECTED), *ROWS)), "utf-8")
    column = classify(path).columns["c_02"]
    assert (column.rows, column.values, column.distinct, column.kind) == (5, 5, 5, "typed")
    assert column.reasons
    assert not any(phone in reason for reason in column.reasons for phone in PHONES)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("missing.csv", None, "file-missing"),
        ("letter.txt", "拝啓\n", "not-a-table"),
        ("list.parquet", "not parquet", "file-damaged"),
    ],
)
def test_what_is_no_table_is_refused_without_its_path(tmp_path, name, content, code):
    if content is not None:
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(NotExamined) as caught:
        classify(tmp_path / name)
    assert caught.value.code == code
    assert name not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        ("氏名,電話番号\n".encode() + b"\xff\xfe\xfd,\x81\xff\n", "encoding-broken (1)"),
        (
            '氏名,電話番号\n"佐藤健太,090-1234-5678\n鈴木一郎,090-1234-5679\n'.encode(),
            "row-broken (1)",
        ),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_rows_that_cannot_be_read_are_told_and_end_with_3(
    command: Command, tmp_path: Path, content: bytes, reasons: str, form: tuple[str, ...]
) -> None:
    (tmp_path / "list.csv").write_bytes(content)
    code, out, err = command("classify", *form, tmp_path / "list.csv", key=None)
    assert (code, err) == (3, f"not examined: FILE: {reasons}\n")
    assert out.strip()


def test_a_text_that_is_not_utf_8_is_told_and_ends_with_3(command: Command) -> None:
    code, out, err = command("detect", given="佐藤様 090-1234-5678".encode("cp932"), key=None)
    assert (code, out) == (3, "")
    assert err == "meibo: not-utf-8: standard input (convert it to UTF-8)\n"
