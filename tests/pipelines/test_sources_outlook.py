"""Mails as Outlook saves them: read like the same mail as .eml. Persons are invented."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.sources import Gap, Source
from tests.outlook import (
    BINARY,
    LONG,
    TEXT,
    TEXT8,
    TIME,
    Letter,
    attachment,
    compound,
    forwarded,
    letter,
    msg,
    number,
    recipient,
    text,
)
from tests.outlook_store import Folder, pst
from tests.pipelines.test_sources_archives import NOTE, TABLE, listed, reasons, zipped
from tests.pipelines.test_sources_files import ends_well, put, read, reason, root, source
from tests.pipelines.test_sources_mail import attach, drawn, message, workbook

__all__ = ["root", "source"]


def said(source: Source, ending: str = "") -> str:
    (row,) = read(source, ending)[0]["text"]
    return str(row)


def with_body(tags: dict[tuple[int, int], bytes]) -> bytes:
    mail = letter()
    del mail.properties[0x1000, TEXT]
    mail.properties |= tags
    return msg(mail)


def packed_rtf(content: bytes) -> bytes:
    """Pack rich text as Outlook does, without a reference but the one that ends it."""
    stream = bytearray()
    for at in range(0, len(content), 8):
        stream += b"\0" + content[at : at + 8]
    place = (207 + len(content)) % 4_096
    if len(content) % 8:
        stream[-len(content) % 8 - 9] = 1 << len(content) % 8
        stream += struct.pack(">H", place << 4)
    else:
        stream += b"\1" + struct.pack(">H", place << 4)
    return struct.pack("<II4sI", len(stream) + 12, len(content), b"LZFu", 0) + bytes(stream)


def test_a_mail_of_outlook_is_read_as_the_same_mail_is_as_eml(root: Path, source: Source) -> None:
    inner = letter("解約の件", "解約は山田まで。", attachments=[attachment("名簿.csv", TABLE)])
    kept = [
        attachment("名簿.csv", TABLE, "text/csv"),
        attachment("名簿.xlsx", workbook()),
        attachment("控え.zip", zipped({"中/メモ.txt": NOTE})),
        attachment("", b"%PDF-1.7 torn", "application/pdf"),
        forwarded(inner),
    ]
    put(root, "outlook.msg", msg(letter(attachments=kept)))
    sent = message()
    sent["To"], sent["Date"] = "鈴木 花子 <hanako@example.jp>", "Mon, 30 Dec 2024 02:40:00 +0000"
    attach(sent, "名簿.csv", TABLE, "text/csv")
    attach(sent, "名簿.xlsx", workbook())
    attach(sent, "控え.zip", zipped({"中/メモ.txt": NOTE}), "application/zip")
    attach(sent, None, b"%PDF-1.7 torn", "application/pdf")
    within = message("解約の件", "解約は山田まで。")
    attach(within, "名簿.csv", TABLE, "text/csv")
    sent.add_attachment(within, filename="解約の件")
    put(root, "sent.eml", sent.as_bytes())
    found = listed(source)
    as_msg = {name.removeprefix("outlook.msg"): kind for name, kind in found.items() if "outlook" in name}
    assert as_msg == {name.removeprefix("sent.eml"): kind for name, kind in found.items() if "sent" in name}
    assert "!解約の件.eml!名簿.csv" in as_msg
    assert said(source, "outlook.msg") == said(source, "sent.eml").removesuffix("\n").replace(
        "Subject: 名簿の件\n", ""
    ).replace("\nDate:", "\nSubject: 名簿の件\nDate:")
    for name in ("!名簿.csv", "#Sheet", "メモ.txt", "!解約の件.eml!名簿.csv"):
        assert read(source, f"outlook.msg{name}" if name[0] == "!" else name) == read(
            source, f"sent.eml{name}" if name[0] == "!" else name
        )
    assert "解約は山田まで。" in said(source, "outlook.msg!解約の件.eml")
    assert reason(source, "outlook.msg!4.pdf") == "file-damaged"


def test_everybody_a_mail_went_to_stands_in_its_text(root: Path, source: Source) -> None:
    people = [recipient(f"会員 {n:04}", f"m{n}@example.jp", 1 + n % 3) for n in range(3_000)]
    mail = letter("お詫び")
    mail.recipients = people
    put(root, "お詫び.msg", msg(mail))
    lines = said(source).split("\n")
    to, cc, bcc = (
        next(line for line in lines if line.startswith(f"{name}: ")) for name in ("To", "Cc", "Bcc")
    )
    assert [line.count("@") for line in (to, cc, bcc)] == [1_000, 1_000, 1_000]
    assert "会員 0002 <m2@example.jp>" in bcc


def test_headers_that_only_came_over_the_wire_are_read_too(root: Path, source: Source) -> None:
    mail = letter()
    wired = "Received: by mx\nTo: other@example.jp\nReply-To: =?utf-8?B?5bGx55Sw?= <back@example.jp>\n"
    wired += "Return-Path: <bounce@example.jp>\n\n"
    mail.properties[0x7D, TEXT] = text(wired)
    mail.properties[0xC1A, TEXT], mail.properties[0xC1F, TEXT] = text("秘書"), text("/O=X/CN=HISHO")
    put(root, "a.msg", msg(mail))
    lines = said(source).split("\n")
    assert "Return-Path: <bounce@example.jp>" in lines and "mx" not in said(source)
    assert "Reply-To: 山田 <back@example.jp>" in lines and "Sender: 秘書 </O=X/CN=HISHO>" in lines
    assert "To: 鈴木 花子 <hanako@example.jp>" in lines and "other@example.jp" not in said(source)


@pytest.mark.parametrize(
    "tags",
    [
        {(0x1000, TEXT8): "山田 髙橋".encode("cp932"), (0x3FFD, LONG): number(932)},
        {(0x1000, TEXT8): "山田 髙橋".encode("cp932")},
        {(0x1000, TEXT8): "山田 髙橋".encode("cp932"), (0x3FDE, LONG): number(65001)},
        {(0x1000, TEXT8): b"\x1b$B;3ED\x1b(B \x1b$B|b66\x1b(B", (0x3FFD, LONG): number(932)},
        {(0x1013, BINARY): b"\x1b$B;3ED\x1b(B \x1b$B|b66\x1b(B", (0x3FDE, LONG): number(50220)},
        {(0x1013, BINARY): "山田 髙橋".encode(), (0x3FDE, LONG): number(65001)},
        {(0x1009, BINARY): packed_rtf(rb"{\rtf1\ansi\ansicpg932 \'8eR\'93\'63 \'fb\'fc\'8b\'b4}")},
        {(0x1009, BINARY): packed_rtf(rb"{\rtf1 \uc1\u23665?{\uc0\u30000} \u-25895 ?\u27211?{\*\x y}}")},
        {(0x1009, BINARY): packed_rtf(rb"{\rtf1{\fonttbl{\f3\fcharset128 MS;}}\f3 \'8eR\'93c \u-25895?\'8b\'b4}")},
    ],
)  # fmt: skip
def test_a_body_is_read_in_whatever_code_page_it_is_kept(
    root: Path, source: Source, tags: dict[tuple[int, int], bytes]
) -> None:
    put(root, "a.msg", with_body(tags))
    assert said(source).endswith("\n山田 髙橋") and read(source)[1] == []


def test_html_within_rich_text_comes_out_as_it_was(root: Path, source: Source) -> None:
    page = (
        rb'{\rtf1\ansi\fromhtml1 \deff0{\fonttbl{\f0 A;}}{\*\htmltag64 <a href="mailto:taro@example.jp">}'
        rb"\htmlrtf {\b\htmlrtf0 Taro\htmlrtf }\htmlrtf0 {\*\htmltag72 </a>}{\*\mhtmltag72 x}{\pict 00ff}}"
    )
    put(root, "a.msg", with_body({(0x1009, BINARY): packed_rtf(page)}))
    assert said(source).endswith('\n<a href="mailto:taro@example.jp">Taro</a>')


def test_rich_text_is_unpacked_by_its_references(root: Path, source: Source) -> None:
    # The example of MS-OXRTFCP 3.1.2.
    example = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    put(root, "a.msg", with_body({(0x1009, BINARY): example}))
    assert said(source).endswith("\nWXYZWXYZWXYZWXYZWXYZ")


@pytest.mark.parametrize("cut", [4, 17, 40])
def test_rich_text_that_does_not_unpack_is_a_gap_beside_the_headers(
    root: Path, source: Source, cut: int
) -> None:
    put(root, "a.msg", with_body({(0x1009, BINARY): packed_rtf(rb"{\rtf1 " + b"x" * 99 + b"}")[:cut]}))
    assert "Subject: 名簿の件" in said(source) and read(source)[1] == [Gap("part-damaged")]


def test_rich_text_without_end_is_a_gap_beside_the_headers(root: Path, source: Source) -> None:
    packed = bytearray(packed_rtf(rb"{\rtf1 x}"))
    packed[4:8] = struct.pack("<I", 1 << 30)
    put(root, "a.msg", with_body({(0x1009, BINARY): bytes(packed)}))
    assert "Subject: 名簿の件" in said(source) and read(source)[1] == [Gap("too-large")]


def test_plain_text_and_html_are_both_read_and_rich_text_not_again(root: Path, source: Source) -> None:
    mail = letter(body="本文")
    mail.properties |= {(0x1013, BINARY): "<p>本文".encode(), (0x1009, BINARY): packed_rtf(rb"{\rtf1 again}")}
    put(root, "a.msg", msg(mail))
    assert said(source).endswith("\n\n本文\n\n<p>本文")


def test_a_contact_gives_its_fields_under_their_names(root: Path, source: Source) -> None:
    tags = {
        (0x1A, TEXT): text("IPM.Contact"),
        (0x3001, TEXT): text("山田 太郎"),
        (0x3A1C, TEXT): text("090-1234-5678"),
        (0x3A15, TEXT): text("東京都千代田区千代田1-1"),
        (0x3A42, TIME): number((121_000 * 86_400) * 10_000_000),
        (0x8083, TEXT): text("taro@example.jp"),
        (0x8084, TEXT): text("taro@example.jp"),
        (0x8085, TEXT): text("090-1234-5678"),
    }
    put(root, "a.msg", msg(Letter(tags)))
    assert said(source).split("\n") == [
        "氏名: 山田 太郎", "携帯電話: 090-1234-5678", "住所: 東京都千代田区千代田1-1", "生年月日: 1932-04-16",
        "プロパティ: taro@example.jp",
    ]  # fmt: skip


def test_small_pictures_are_gaps_unless_nothing_fits_on_them(root: Path, source: Source) -> None:
    kept = [
        attachment(name, drawn(*size)) for name, size in (("a", (400, 250)), ("b", (100, 40)), ("c", (1, 1)))
    ]
    put(root, "a.msg", msg(letter(attachments=kept)))
    assert listed(source) == {"a.msg": "text", "a.msg!a": "image"}
    assert read(source, "a.msg")[1] == [Gap("attachment")]


def test_what_is_no_file_in_the_mail_is_told(root: Path, source: Source) -> None:
    link: dict[tuple[int, int], bytes] = {
        (0x3705, LONG): number(2),
        (0x3708, TEXT): text("\\\\server\\名簿.csv"),
    }
    drawing: dict[tuple[int, int], bytes] = {(0x3705, LONG): number(6), (0x3707, TEXT): text("図")}
    kept: list[Any] = [(link, None), (drawing, {"CONTENTS": b"x"})]
    put(root, "a.msg", msg(letter(attachments=kept)))
    put(root, "b.msg", msg(letter(attachments=[forwarded(letter("中", attachments=kept))])))
    assert reasons(source) == {
        "a.msg!名簿.csv": "member-link",
        "a.msg!図": "format-unsupported",
        "b.msg!中.eml!図": "format-unsupported",
    }
    for name in ("a.msg", "中.eml"):
        assert "添付: \\\\server\\名簿.csv" in said(source, name)


def test_a_mail_signed_in_clear_is_read_and_an_encrypted_one_is_told(root: Path, source: Source) -> None:
    inner = message("署名つき", "署名つきの本文")
    attach(inner, "名簿.csv", TABLE)
    wire = inner.as_bytes()
    wire = wire[wire.find(b"Content-Type:") :]
    sealed = bytes.fromhex("3082010006092a864886f70d010703a08200f1") + bytes(99)
    rights = bytes.fromhex("76e80460c411e386") + bytes(99)
    kept = [
        attachment("smime.p7m", wire),
        attachment("smime.p7m", sealed),
        attachment("message.rpmsg", rights),
    ]
    put(root, "a.msg", msg(letter(attachments=kept)))
    put(root, "b.pst", pst(Folder("箱", [letter(attachments=kept)])))
    told = {"smime.p7m": "file-encrypted", "message.rpmsg": "file-encrypted"}
    assert reasons(source) == {
        f"{place}{name}": code for place in ("a.msg!", "b.pst!箱/1/") for name, code in told.items()
    }
    assert "署名つきの本文" in said(source, "1/smime.p7m.eml") == said(source, "a.msg!smime.p7m.eml")
    assert read(source, "!smime.p7m.eml!名簿.csv")[0]["番号"] == ["1", "2"]


def test_a_mail_is_known_by_its_content_wherever_it_lies(root: Path, source: Source) -> None:
    mail = msg(letter(attachments=[attachment("名簿.csv", TABLE * 300)]))
    put(root, "no suffix", mail)
    put(root, "a.zip", zipped({"x": mail}))
    assert list(listed(source)) == ["a.zip!x", "a.zip!x!名簿.csv", "no suffix", "no suffix!名簿.csv"]
    assert read(source, "a.zip!x!名簿.csv")[0]["番号"][:2] == ["1", "2"]


def test_other_compound_files_are_not_taken_for_mails(root: Path, source: Source) -> None:
    put(root, "a.doc", compound({"WordDocument": bytes(5_000)}))
    put(root, "b.msg", b"From: taro@example.jp\n\nplain\n")
    assert listed(source) == {"a.doc": "unreadable", "b.msg": "text"}
    assert reason(source, "a.doc") == "format-unsupported"


def test_mails_forwarded_deeper_than_is_read_are_told(root: Path, source: Source) -> None:
    mail = letter("0")
    for n in range(1, 30):
        mail = letter(f"{n}", attachments=[forwarded(mail)])
    put(root, "a.msg", msg(mail))
    assert set(reasons(source).values()) <= {"too-deep", "file-damaged"} and reasons(source)


def test_an_attachment_that_breaks_off_is_told_and_the_others_are_read(root: Path, source: Source) -> None:
    kept = [attachment("a.csv", TABLE), attachment("b.txt", b"line\n" * 3_000), attachment("c.csv", TABLE)]
    content = msg(letter(attachments=kept))
    size, start = struct.pack("<Q", 15_000), content.find("__substg1.0_37010102".encode("utf-16-le"))
    while content[start + 120 : start + 128] != size:
        start = content.find("__substg1.0_37010102".encode("utf-16-le"), start + 1)
    put(root, "a.msg", content[: start + 120] + struct.pack("<Q", 16_900) + content[start + 128 :])
    table, gaps = read(source, "b.txt")
    assert table["text"][0].startswith("line\n" * 3_000) and gaps == [Gap("file-damaged")]
    assert read(source, "c.csv")[0]["番号"] == ["1", "2"]


def test_more_streams_than_are_held_in_memory_are_refused(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "a.msg", msg(letter()))
    assert read(source)[1] == []
    monkeypatch.setattr("pipelines.sources.msg._MOST_ENTRIES", 5)
    assert reason(source) == "too-large"


@pytest.mark.parametrize("at", [44, 64, 72])
def test_tables_that_claim_to_be_longer_than_the_file_are_refused(
    root: Path, source: Source, at: int
) -> None:
    content = bytearray(msg(letter()))
    content[at : at + 4] = struct.pack("<I", 0x00FFFFFF)
    put(root, "a.msg", bytes(content))
    assert reason(source) == "file-damaged"


def test_streams_that_go_in_circles_are_refused(root: Path, source: Source) -> None:
    content = bytearray(msg(letter(attachments=[attachment("b.txt", b"line\n" * 3_000)])))
    start = content.find("__substg1.0_37010102".encode("utf-16-le"))
    content[start + 120 : start + 128] = struct.pack("<Q", 1 << 31)
    table = 512 * (1 + struct.unpack_from("<I", content, 76)[0])
    # The stream's first sector, which is the file's, comes after itself.
    struct.pack_into("<I", content, table, 0)
    put(root, "a.msg", bytes(content))
    assert reason(source, "b.txt") == "file-damaged"


def _whole() -> bytes:
    inner = letter("中", attachments=[attachment("名簿.csv", TABLE)])
    mail = letter(attachments=[attachment("控え.zip", zipped({"メモ.txt": NOTE})), forwarded(inner)])
    mail.properties[0x1009, BINARY] = packed_rtf(rb"{\rtf1\ansicpg932 \'8e\'52\'93\'63}")
    del mail.properties[0x1000, TEXT]
    return msg(mail)


WHOLE = _whole()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_mail_never_ends_in_anything_but_assets_and_reasons(
    root: Path, source: Source, data: st.DataObject
) -> None:
    content = bytearray(WHOLE)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=0, max_size=12)):
        content[place] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFE, 0xFF]))
    put(root, "a.msg", bytes(content[: data.draw(st.integers(600, len(content)))]))
    ends_well(source)
