"""Address books, calendars and property lists, as phones write them. Persons are invented."""

from __future__ import annotations

import base64
import datetime as dt
import plistlib
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.config import load_estate
from pipelines.errors import NotExamined
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.scan import scan
from pipelines.sources import Gap, Source
from pipelines.sources.recognise import recognise
from pipelines.sources.vcard import read_cards
from pipelines.store.reader import Reader
from tests.pipelines.scans import KEYS
from tests.pipelines.test_sources_files import PNG, put, read, reason, root, source

__all__ = ["root", "source"]

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(90)).decode()


def quoted(text: str, codec: str = "cp932") -> str:
    """Quoted-printable as Japanese phones write it: the second byte of a character may stay as it is."""
    return "".join(
        chr(byte) if 32 < byte < 127 and byte != 61 else f"={byte:02X}" for byte in text.encode(codec)
    )


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""))


def records(source: Source, ending: str = "") -> tuple[list[dict[str, Any]], list[Gap]]:
    """The rows of an asset without their empty cells."""
    table, gaps = read(source, ending)
    rows = [dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)]
    return [{name: cell for name, cell in row.items() if cell is not None} for row in rows], gaps


def test_a_card_of_a_japanese_phone_is_a_row_under_headers_people_use(root: Path, source: Source) -> None:
    japanese = "CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE"
    lines = (
        f"N;{japanese}:{quoted('表')};{quoted('太郎')};;;",
        f"SOUND;X-IRMC-N;{japanese}:{quoted('ｵﾓﾃ')};{quoted('ﾀﾛｳ')};;;",
        "TEL;CELL:09012345678",
        "TEL;HOME;VOICE:03-1234-5678",
        "EMAIL;INTERNET:taro@example.jp",
        f"ADR;HOME;{japanese}:;;{quoted('神南1-2-3')};{quoted('渋谷区')};{quoted('東京都')};150-0041;{quoted('日本')}",
        f"ORG;{japanese}:{quoted('架空商事')};{quoted('営業部')}",
        "BDAY:19800102",
        f"NOTE;{japanese}:{quoted('一行目')}=0D=0A{quoted('二行目の')}=",
        quoted("続き"),
    )
    put(root, "PIM00001.vcf", card(*lines, version="2.1"))
    (asset,) = source.assets()
    assert (asset.id, asset.kind) == ("share/PIM00001.vcf", "vcard")
    assert records(source) == (
        [
            {
                "姓": "表", "名": "太郎", "セイ": "ｵﾓﾃ", "メイ": "ﾀﾛｳ", "氏名": "表 太郎",
                "電話番号": "09012345678", "電話番号2": "03-1234-5678", "メールアドレス": "taro@example.jp",
                "郵便番号": "150-0041", "住所": "東京都渋谷区神南1-2-3", "国": "日本",
                "会社名": "架空商事", "部署名": "営業部", "生年月日": "19800102", "備考": "一行目\n二行目の続き",
            }
        ],
        [],
    )  # fmt: skip


def test_a_card_of_version_3_or_4_is_read_with_its_parameters(root: Path, source: Source) -> None:
    put(
        root,
        "contacts.vcf",
        card(
            "FN:山田 花子",
            "X-PHONETIC-LAST-NAME:やまだ",
            "item1.TEL;type=CELL;type=pref:080-1111-2222",
            "ORG:架空\\;商事;営業部;一課",
            "NOTE:長い",
            "  覚え書き\\, です\\n二行目",
            "IMPP;X-SERVICE-TYPE=LINE:line:hanako99",
        )
        + card(
            "FN:John Smith",
            'N;SORT-AS="Smith,John":Smith;John;;;',
            'TEL;VALUE=uri;TYPE="voice,home":tel:+81-90-1234-5678',
            'ADR;LABEL="渋谷区神南1-2-3":;;1 Main St;Springfield;IL;12345;USA',
            version="4.0",
        ),
    )
    assert records(source)[0] == [
        {
            "氏名": "山田 花子", "セイ": "やまだ", "電話番号": "080-1111-2222", "会社名": "架空;商事",
            "部署名": "営業部 一課", "備考": "長い 覚え書き, です\n二行目", "IMPP": "line:hanako99",
            "IMPP.X-SERVICE-TYPE": "LINE",
        },
        {
            "氏名": "John Smith", "姓": "Smith", "名": "John", "フリガナ": "Smith,John",
            "電話番号": "+81-90-1234-5678", "住所": "1 Main St, Springfield, IL", "郵便番号": "12345", "国": "USA",
            "ADR.LABEL": "渋谷区神南1-2-3",
        },
    ]  # fmt: skip


def test_photos_of_cards_are_an_asset_and_names_in_base64_are_read(root: Path, source: Source) -> None:
    name = base64.b64encode("山田;太郎;;".encode("cp932")).decode()
    put(
        root,
        "a.vcf",
        card(
            f"N;ENCODING=BASE64;CHARSET=SHIFT_JIS:{name}",
            f"PHOTO;JPEG;BASE64:{JPEG[:60]}",
            JPEG[60:],
            "",
            f"LOGO;ENCODING=b;TYPE=JPEG:{JPEG[:60]}",
            f" {JPEG[60:]}",
            f"PHOTO:data:image/jpeg;base64,{JPEG}",
            "TEL:1",
        ),
    )
    assert records(source, "a.vcf") == (
        [{"姓": "山田", "名": "太郎", "氏名": "山田 太郎", "電話番号": "1"}],
        [],
    )
    assert {asset.id: asset.kind for asset in source.assets()} == {
        "share/a.vcf": "vcard",
        "share/a.vcf#画像": "image",
    }
    assert read(source, "#画像") == ({}, [Gap("part-damaged")] * 3)


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "utf-8-sig", "utf-16"])
def test_cards_in_any_encoding_of_the_whole_file_are_read(root: Path, source: Source, codec: str) -> None:
    put(root, "a.vcf", card("N;CHARSET=SHIFT_JIS:山田;太郎", "TEL:090-1234-5678").encode(codec))
    assert records(source) == (
        [{"姓": "山田", "名": "太郎", "氏名": "山田 太郎", "電話番号": "090-1234-5678"}],
        [],
    )


def test_a_broken_card_is_a_gap_and_never_the_end_of_the_file(root: Path, source: Source) -> None:
    put(
        root,
        "Friends",
        "BEGIN:VCARD\nFN:山田\nTEL:1\n"
        + card("FN:佐藤", "AGENT:", card("FN:鈴木").strip())
        + "FN:高橋\nEND:VCARD\nEND:VCARD\n"
        + card("NOTE:一行目", "二行目", "ADR;ENCODING=QUOTED-PRINTABLE:;;=65=", "=66;;;;")
        + "BEGIN:VCARD\nFN:渡辺\nno colon at all",
    )
    rows, gaps = records(source)
    names = ["山田", "鈴木", "佐藤", "高橋", None, "渡辺\nno colon at all"]
    assert [row.get("氏名") for row in rows] == names
    assert (rows[4]["備考"], rows[4]["住所"]) == ("一行目\n二行目", "ef")
    assert gaps == [Gap("row-broken", 3)]


def test_a_repeated_property_is_never_lost(root: Path, source: Source) -> None:
    put(root, "a.vcf", card("FN:名簿", *(f"TEL:03-1234-{number:04}" for number in range(30))))
    (row,), _ = records(source)
    assert row["電話番号20"].split("\n") == [f"03-1234-{number:04}" for number in range(19, 30)]
    assert sum(name.startswith("電話番号") for name in row) == 20


def test_a_name_of_a_line_that_is_data_is_no_header(root: Path, source: Source) -> None:
    put(root, "a.vcf", card("X-090-1234-5678:home", "TEL;X-080-2345-6789=work:1"))
    assert records(source)[0] == [
        {"(other)": "X-090-1234-5678: home", "電話番号": "1", "(other)2": "TEL.X-080-2345-6789: work"}
    ]


def test_a_value_too_long_is_cut_and_told(root: Path, source: Source) -> None:
    put(root, "a.vcf", card("NOTE:" + "あ\r\n " * 4_500_000, "TEL:1"))
    (row,), gaps = records(source)
    assert row["電話番号"] == "1" and gaps == [Gap("cell-too-long", 1)]


def test_what_is_no_card_is_text(root: Path, source: Source) -> None:
    put(root, "a.vcf", "電話 090-1234-5678 まで")
    assert read(source) == ({"text": ["電話 090-1234-5678 まで"]}, [])


def test_notes_and_messages_of_phones_are_read(root: Path, source: Source) -> None:
    put(
        root,
        "a.vnt",
        f"BEGIN:VNOTE\r\nBODY;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:{quoted('暗証番号')}\r\nEND:VNOTE",
    )
    put(
        root,
        "b.vmg",
        "BEGIN:VMSG\r\nBEGIN:VCARD\r\nTEL:09012345678\r\nEND:VCARD\r\nBEGIN:VENV\r\nBEGIN:VBODY\r\n"
        "Subject: 件名\r\n\r\nTEL:は後で\r\nEND:VBODY\r\nEND:VENV\r\nEND:VMSG\r\n",
    )
    assert records(source, ".vnt") == ([{"本文": "暗証番号"}], [])
    assert records(source, ".vmg") == (
        [{"電話番号": "09012345678"}, {"本文": "Subject: 件名\n\nTEL:は後で"}],
        [],
    )


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
X-WR-CALNAME:山田太郎の予定
BEGIN:VTIMEZONE
TZID:Asia/Tokyo
BEGIN:STANDARD
TZNAME:JST
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=Asia/Tokyo:20260401T100000
SUMMARY:のぞみ 東京→新大阪
DESCRIPTION:7号車 12A\\n折り返し 090-1234-5678
LOCATION:東京駅
ORGANIZER;CN="山田, 太郎":mailto:taro@example.jp
ATTENDEE;CN=佐藤花子;ROLE=CHAIR:MAILTO:hanako@example.jp
ATTENDEE:tel:+819099990001
ATTACH;ENCODING=BASE64;VALUE=BINARY:/9j/4AAQ
X-APPLE-STRUCTURED-LOCATION;X-ADDRESS="東京都千代田区丸の内1-1":geo:35.6,139.7
BEGIN:VALARM
TRIGGER:-PT15M
DESCRIPTION:出発
END:VALARM
END:VEVENT
END:VCALENDAR
"""


def test_an_entry_of_a_calendar_is_a_row(root: Path, source: Source) -> None:
    put(root, "exported", CALENDAR)
    assert [asset.kind for asset in source.assets()] == ["icalendar", "image"]
    assert records(source, "exported") == (
        [
            {
                "開始": "20260401T100000", "件名": "のぞみ 東京→新大阪",
                "内容": "7号車 12A\n折り返し 090-1234-5678", "場所": "東京駅", "主催者": "山田, 太郎",
                "主催者メールアドレス": "taro@example.jp",
                "参加者": "佐藤花子", "参加者メールアドレス": "hanako@example.jp", "参加者2": "tel:+819099990001",
                "X-APPLE-STRUCTURED-LOCATION": "geo:35.6,139.7",
                "X-APPLE-STRUCTURED-LOCATION.X-ADDRESS": "東京都千代田区丸の内1-1", "内容2": "出発",
            },
            {"カレンダー名": "山田太郎の予定"},
        ],
        [],
    )  # fmt: skip


def test_a_booking_in_a_calendar_of_an_old_phone_is_read(root: Path, source: Source) -> None:
    summary = f"SUMMARY;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:{quoted('表参道 歯医者')}"
    put(
        root,
        "a.vcs",
        f"BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\n{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    assert records(source) == ([{"件名": "表参道 歯医者"}], [])


@settings(max_examples=60, deadline=None)
@given(
    people=st.lists(
        st.tuples(
            st.text(st.sampled_from("山田太郎表能ソ十予暴\\;, =ﾔあaZ~"), min_size=1, max_size=30).filter(
                lambda name: name.strip(" ;")
            ),
            st.sampled_from(["cp932", "utf-8", "iso2022_jp_ext", "euc_jp"]),
            st.integers(10, 70),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_name_comes_out_as_it_was_written(
    people: list[tuple[str, str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    charsets = {"cp932": "Shift_JIS", "iso2022_jp_ext": "ISO-2022-JP", "euc_jp": "EUC-JP", "utf-8": "UTF-8"}
    path = tmp_path_factory.mktemp("cards") / "a.vcf"
    cards = []
    for name, codec, width in people:
        escaped = name.replace("\\", "\\\\").replace(";", "\\;")
        tokens = [f"={byte:02X}" for byte in escaped.encode(codec)]
        lines, line = [], ""
        for token in tokens:
            if len(line) + len(token) > width:
                lines.append(f"{line}=")
                line = ""
            line += token
        cards.append(
            card(f"FN;CHARSET={charsets[codec]};ENCODING=QUOTED-PRINTABLE:" + "\r\n".join([*lines, line]))
        )
    path.write_text("".join(cards), "utf-8", newline="")
    (batch,) = read_cards(path)
    assert batch.to_pydict() == {"氏名": [name.strip() for name, _, _ in people]}  # type: ignore[union-attr]


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(
        st.one_of(
            st.sampled_from(
                ["BEGIN:VCARD", "END:VCARD", "BEGIN:VBODY", "END:VBODY", "AGENT:", "N;ENCODING=B:44GC", "\t",
                 "TEL;ENCODING=Q;CHARSET=ISO-2022-JP:=1B$B=", "FN;CHARSET=nonsense;ENCODING=Q:=E3=8", " x",
                 "A;B=\"C:D", "a.b.c:;;;", ";:", "=", "BEGIN", "X:\\"]
            ),
            st.text(max_size=20),
        )
    )
)  # fmt: skip
def test_no_lines_end_the_reading_of_cards(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cards") / "a.vcf"
    path.write_bytes("\n".join(["BEGIN:VCARD", *lines]).encode("utf-8", "surrogatepass"))
    try:
        list(recognise(path).read(path, ""))
    except NotExamined as fault:
        assert fault.code == "encoding-unknown"


@pytest.mark.parametrize("fmt", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_the_leaves_of_a_property_list_are_cells(root: Path, source: Source, fmt: Any) -> None:
    content = {
        "AppleID": "taro@example.jp",
        "count": 3,
        "on": True,
        "last": dt.datetime(2026, 1, 2, 3),
        "ratio": 2.0,
        "numbers": ["090-1234-5678", "03-1234-5678"],
        "known": {"tel:+819012345678": {"status": "ok"}, "(key)": 1},
        "inner": plistlib.dumps({"name": "山田 太郎"}),
        "photo": PNG,
        "token": b"\x00\x01",
    }
    put(root, "com.example.plist", plistlib.dumps(content, fmt=fmt))
    (asset,) = source.assets()
    assert asset.kind == "plist"
    rows, gaps = records(source)
    assert rows == [
        {
            "AppleID": "taro@example.jp", "count": "3", "on": "true", "last": "2026-01-02 03:00:00", "ratio": "2",
            "numbers": "090-1234-5678\n03-1234-5678", "known.(key)": "(key)\ntel:+819012345678",
            "known.(value)": "1", "known.(value).status": "ok", "inner.name": "山田 太郎",
        }
    ]  # fmt: skip
    assert gaps == [Gap("attachment", 1), Gap("binary-cell", 1)]


def test_a_list_of_dictionaries_is_a_table_and_an_empty_one_holds_nothing(root: Path, source: Source) -> None:
    put(root, "ab/ab12", plistlib.dumps([{"name": "a"}, {"name": "b", "tel": "1"}], fmt=plistlib.FMT_BINARY))
    put(root, "empty.plist", plistlib.dumps([]))
    assert records(source, "ab12")[0] == [{"name": "a"}, {"name": "b", "tel": "1"}]
    assert read(source, "empty.plist") == ({}, [])


def bomb(levels: int, *, loop: bool = False) -> bytes:
    """A binary list that names a list, several times, that names a list …; with `loop` the first one again."""
    objects = b"".join(
        bytes([0xA8]) + bytes([0 if loop and level == levels - 1 else level + 1]) * 8
        for level in range(levels)
    )
    offsets = bytes(8 + 9 * level for level in range(levels)) + bytes([8 + 9 * levels])
    trailer = (
        bytes(6)
        + bytes([1, 1])
        + b"".join(number.to_bytes(8, "big") for number in (levels + 1, 0, 8 + 9 * levels + 2))
    )
    return b"bplist00" + objects + b"\x51a" + offsets + trailer


def test_a_property_list_that_unfolds_without_end_is_refused(root: Path, source: Source) -> None:
    put(root, "wide.plist", bomb(20))
    put(root, "loop.plist", bomb(3, loop=True))
    put(root, "deep.plist", f"<plist>{'<array>' * 5000}{'</array>' * 5000}</plist>")
    assert reason(source, "wide.plist") == reason(source, "loop.plist") == "too-large"
    assert reason(source, "deep.plist") in ("too-large", "file-damaged")


def test_what_only_looks_like_a_property_list_is_reported(root: Path, source: Source) -> None:
    entity = '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaa">]><plist><string>&a;</string></plist>'
    put(root, "entity.plist", entity)
    put(root, "cut.plist", plistlib.dumps({"a": "b" * 99}, fmt=plistlib.FMT_BINARY)[:60])
    assert reason(source, "entity.plist") == reason(source, "cut.plist") == "file-damaged"


def test_hidden_files_thumbnails_and_trash_of_a_phone_are_read(root: Path, source: Source) -> None:
    put(root, "DCIM/.thumbnails/.nomedia", "")
    put(root, "DCIM/.thumbnails/1700000000000", b"\xff\xd8\xff\xe0")
    put(root, "DCIM/.trashed-1700000000-IMG_0001.jpg", b"\xff\xd8\xff\xe0")
    put(root, ".hidden/.contacts", card("FN:山田"))
    put(root, "ab/ab1c9a7d3e2f00112233445566778899aabbccdd", card("FN:佐藤"))
    found = {asset.id.removeprefix("share/"): asset.kind for asset in source.assets()}
    assert len(found) == 5 and sorted(found.values()) == ["image", "image", "text", "vcard", "vcard"]
    assert found[".hidden/.contacts"] == "vcard"


PEOPLE = [
    ("山田 太郎", "090-1234-5678"),
    ("佐藤 花子", "080-2345-6789"),
    ("鈴木 健一", "090-8765-4321"),
    ("高橋 美咲", "070-1111-2222"),
    ("渡辺 直樹", "090-9999-0001"),
]


def test_people_of_an_address_book_are_the_same_whatever_file_it_is(tmp_path: Path) -> None:
    phone = tmp_path / "share/353270082147589"
    phone.mkdir(parents=True)
    (phone / "contacts.vcf").write_text(
        "".join(card(f"FN:{name}", f"TEL:{number}") for name, number in PEOPLE)
    )
    events = (
        f"BEGIN:VEVENT\nATTENDEE;CN={name}:mailto:a{at}@example.jp\nEND:VEVENT\n"
        for at, (name, _) in enumerate(PEOPLE)
    )
    (phone / "calendar.ics").write_text(f"BEGIN:VCALENDAR\n{''.join(events)}END:VCALENDAR\n")
    with closing(sqlite3.connect(phone / "contacts2.db")) as connection:
        connection.execute("CREATE TABLE data (mimetype TEXT, data1 TEXT)")
        for name, number in PEOPLE:
            connection.execute("INSERT INTO data VALUES ('vnd.android.cursor.item/name', ?)", (name,))
            connection.execute("INSERT INTO data VALUES ('vnd.android.cursor.item/phone_v2', ?)", (number,))
        connection.commit()
    (tmp_path / "estate.yaml").write_text("sources: [{name: share, kind: files, path: ./share}]\n", "utf-8")
    work = Job(load_estate(tmp_path / "estate.yaml"), Layout(tmp_path / "out"), KEYS)
    scan(work, workers=1)
    held = """
        SELECT entity_type, count(DISTINCT asset_id) AS assets FROM value_key JOIN part USING (part_id)
        GROUP BY value_key, entity_type
    """
    with Reader(work.layout.store) as reader:
        found = Counter((row["entity_type"], row["assets"]) for row in reader.arrow(held).to_pylist())
        unread = reader.arrow("SELECT reason FROM part WHERE status = 'not_examined'").num_rows
    assert found == {("PERSON", 3): 5, ("PHONE_NUMBER", 2): 5, ("EMAIL_ADDRESS", 1): 5}
    assert unread == 0
