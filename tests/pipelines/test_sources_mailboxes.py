"""Mailboxes of Outlook: a text for every folder, attachments as files. Persons are invented."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.sources import Gap, Source
from tests.outlook import BINARY, TEXT, Letter, attachment, forwarded, letter, msg, recipient, text
from tests.outlook_store import Folder, pst
from tests.pipelines.test_sources_archives import NOTE, TABLE, listed, reasons, zipped
from tests.pipelines.test_sources_files import ends_well, put, read, reason, root, source
from tests.pipelines.test_sources_mail import drawn, workbook

__all__ = ["root", "source"]


def rows(source: Source, ending: str = "") -> list[str]:
    return list(read(source, ending)[0]["text"])


def inbox(*letters: Letter) -> bytes:
    return pst(Folder("受信トレイ", letters))


@pytest.mark.parametrize("method", [0, 1, 2])
@pytest.mark.parametrize("wide", [True, False])
def test_a_folder_is_a_text_of_one_row_per_item_and_attachments_are_files(
    root: Path, source: Source, method: int, wide: bool
) -> None:
    inner = letter("解約の件", "解約は山田まで。", attachments=[attachment("名簿.csv", TABLE * 400)])
    kept = [attachment("名簿.xlsx", workbook()), attachment("控え.zip", zipped({"中/メモ.txt": NOTE}))]
    first = letter("一通目", "\n".join(["本文"] * 9_000), attachments=[*kept, forwarded(inner)])
    people = [letter(f"{n}通目") for n in range(80)]
    content = pst(
        Folder("受信トレイ", [first], [Folder("顧客/2024", people)]), Folder("空"), method=method, wide=wide
    )
    put(root, "a.pst", content)
    assert listed(source) == {
        "a.pst#受信トレイ": "text",
        "a.pst#受信トレイ∕顧客∕2024": "text",
        "a.pst!受信トレイ/1/名簿.xlsx#Sheet": "xlsx",
        "a.pst!受信トレイ/1/控え.zip!中/メモ.txt": "text",
        "a.pst!受信トレイ/1/解約の件.eml": "text",
        "a.pst!受信トレイ/1/解約の件.eml!名簿.csv": "csv",
    }
    (said,) = rows(source, "#受信トレイ")
    assert said.startswith(
        "From: 山田 太郎 <taro@example.jp>\nTo: 鈴木 花子 <hanako@example.jp>\nSubject: 一通目\n"
    )
    assert said.count("本文") == 9_000
    assert [each.split("Subject: ")[1].split("\n")[0] for each in rows(source, "2024")] == [
        f"{n}通目" for n in range(80)
    ]
    assert read(source, "#Sheet")[0]["氏名"] == ["鈴木 花子"]
    assert len(read(source, "名簿.csv")[0]["番号"]) == 1_199
    assert rows(source, "メモ.txt") == [NOTE.decode()]


def test_an_item_says_what_it_says_saved_by_itself(root: Path, source: Source) -> None:
    mail = letter("お詫び", attachments=[attachment("a", drawn(100, 40))])
    mail.recipients = [recipient(f"会員 {n}", f"m{n}@example.jp", 1 + n % 3) for n in range(40)]
    mail.properties[0x1013, BINARY] = "<p>本文".encode("cp932")
    put(root, "a.msg", msg(mail))
    put(root, "b.pst", inbox(mail))
    assert rows(source, "a.msg") == rows(source, "受信トレイ")
    assert read(source, "a.msg")[1] == read(source, "受信トレイ")[1] == [Gap("attachment")]


def test_a_subject_is_read_without_the_sign_before_it(root: Path, source: Source) -> None:
    mail = letter()
    mail.properties[0x37, TEXT] = text("\x01\x04RE: 名簿")
    put(root, "b.pst", inbox(mail))
    assert "\nSubject: RE: 名簿\n" in rows(source)[0]


def test_contacts_give_their_fields(root: Path, source: Source) -> None:
    card = Letter(
        {
            (0x1A, TEXT): text("IPM.Contact"),
            (0x3A1C, TEXT): text("090-1234-5678"),
            (0x8083, TEXT): text("x@y.jp"),
        }
    )
    put(root, "b.pst", pst(Folder("連絡先", [card])))
    assert rows(source) == ["携帯電話: 090-1234-5678\nプロパティ: x@y.jp"]


def test_a_mailbox_in_an_archive_is_read_and_an_empty_one_is_an_asset(root: Path, source: Source) -> None:
    put(root, "a.zip", zipped({"x.ost": inbox(letter(attachments=[attachment("名簿.csv", TABLE)]))}))
    put(root, "b.pst", pst(Folder("受信トレイ")))
    assert list(listed(source)) == ["a.zip!x.ost#受信トレイ", "a.zip!x.ost!受信トレイ/1/名簿.csv", "b.pst"]
    assert read(source, "名簿.csv")[0]["番号"] == ["1", "2"] and read(source, "b.pst") == ({}, [])


def test_persons_in_names_of_folders_are_masked(root: Path, source: Source) -> None:
    put(root, "b.pst", pst(Folder("090-1234-5678", [letter(attachments=[attachment("名簿.csv", TABLE)])])))
    assert all("1234" not in asset.id and "PHONE_NUMBER" in asset.id for asset in source.assets())


def resealed(content: bytearray, start: int, size: int, at: int) -> None:
    """Make the checksum of a block or page right again, which stands at `at`."""
    struct.pack_into("<I", content, at, zlib.crc32(content[start : start + size], 0xFFFFFFFF) ^ 0xFFFFFFFF)


def test_a_damaged_item_leaves_an_empty_row_and_the_others_are_read(root: Path, source: Source) -> None:
    content = bytearray(inbox(*(letter(f"{n}", f"body {n}" + "x" * 99) for n in range(5))))
    content[content.find(text("body 2"))] ^= 1
    put(root, "b.pst", bytes(content))
    said, gaps = read(source)
    assert [each[-105:-99] for each in said["text"]] == ["body 0", "body 1", "", "body 3", "body 4"]
    assert gaps == [Gap("file-damaged")]


def test_a_damaged_attachment_takes_neither_the_item_nor_the_others_with_it(
    root: Path, source: Source
) -> None:
    kept = [attachment(name, TABLE) for name in ("first.csv", "other.csv", "third.csv")]
    content = bytearray(inbox(letter("件名", attachments=kept)))
    content[content.find(text("other.csv"))] ^= 1
    put(root, "b.pst", bytes(content))
    assert "件名" in rows(source, "受信トレイ")[0]
    assert listed(source)["b.pst!受信トレイ/1/third.csv"] == "csv"
    assert set(reasons(source).values()) == {"file-damaged"}


@pytest.mark.parametrize(
    ("at", "value", "code"),
    [(10, 36, "format-unsupported"), (10, 99, "format-unsupported"), (513, 0x10, "file-encrypted"),
     (8, 0, "file-damaged"), (224, 7, "file-damaged")],
)  # fmt: skip
def test_what_of_a_mailbox_cannot_be_read_is_told(
    root: Path, source: Source, at: int, value: int, code: str
) -> None:
    content = bytearray(inbox(letter()))
    content[at] = value
    put(root, "b.pst", bytes(content))
    assert reason(source) == code


def test_pages_that_lead_in_circles_are_damage(root: Path, source: Source) -> None:
    content = bytearray(inbox(*(letter(f"{n}") for n in range(40))))
    (page,) = struct.unpack_from("<Q", content, 224)
    assert content[page + 491] == 1
    # The second page of the tree becomes the first once more.
    content[page + 24 + 8 : page + 48] = content[page + 8 : page + 24]
    resealed(content, page, 496, page + 500)
    put(root, "b.pst", bytes(content))
    assert reason(source) == "file-damaged"


def test_items_that_all_share_their_blocks_end_the_reading(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.sources.pst_nodes._MOST_READS", 20)
    monkeypatch.setattr("pipelines.sources.pst_nodes._READS", 0)
    put(root, "b.pst", inbox(*(letter(f"{n}") for n in range(40))))
    assert {each.reason for each in read(source)[1]} == {"too-large"}


def test_items_that_are_more_than_the_mailbox_end_the_reading(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = inbox(*(letter(f"{n}", "本文" * 900) for n in range(9)))
    monkeypatch.setattr("pipelines.sources.pst.HARMLESS", 0)
    put(root, "a.pst", content)
    assert read(source)[1] == []
    monkeypatch.setattr("pipelines.sources.pst._RATIO", 0)
    assert reason(source) == "too-large"


def test_data_that_claims_more_than_the_file_has_is_damage(root: Path, source: Source) -> None:
    content = bytearray(inbox(letter(attachments=[attachment("a.txt", b"line\n" * 4_000)])))
    place = content.find(struct.pack("<BBHI", 1, 1, 3, 20_000))
    struct.pack_into("<I", content, place + 4, 1 << 30)
    resealed(content, place, 32, place + 52)
    put(root, "b.pst", bytes(content))
    assert reasons(source) == {"b.pst!受信トレイ/1/1": "file-damaged"}
    assert "お送りします。" in rows(source, "受信トレイ")[0]


WHOLE = {
    wide: pst(Folder("受信トレイ", [letter(attachments=[attachment("控え.zip", zipped({"メモ.txt": NOTE}))]),
                                 letter(attachments=[forwarded(letter("中"))])]), wide=wide)
    for wide in (True, False)
}  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_mailbox_never_ends_in_anything_but_assets_and_reasons(
    root: Path, source: Source, data: st.DataObject
) -> None:
    content = bytearray(WHOLE[data.draw(st.booleans())])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=0, max_size=8)):
        content[place] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFE, 0xFF]))
    put(root, "a.pst", bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2, 600]))]))
    ends_well(source)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mailbox_that_lies_under_right_checksums_never_ends_otherwise(
    root: Path, source: Source, data: st.DataObject
) -> None:
    content = bytearray(WHOLE[True])
    blocks = list(_blocks(content))
    for _ in range(data.draw(st.integers(1, 4))):
        start, size, checksum = data.draw(st.sampled_from(blocks))
        if size:
            content[start + data.draw(st.integers(0, size - 1))] = data.draw(
                st.sampled_from([0, 1, 2, 0x7F, 0xFF])
            )
            resealed(content, start, size, checksum)
    put(root, "a.pst", bytes(content))
    ends_well(source)


def _blocks(content: bytes) -> list[tuple[int, int, int]]:
    """Where blocks and pages stand, their size, and where their checksum is."""
    found = []
    for at in range(0x4400, len(content), 64):
        size, _, _, number = struct.unpack_from("<HHIQ", content, at + 48)
        start = at + 64 - -(-(size + 16) // 64) * 64
        if number and number < 10_000 and number % 2 == 0 and size <= 8_176 and start >= 0x4400:
            found.append((start, size, at + 52))
        if at % 512 == 0 and content[at + 496 : at + 498] in (b"\x80\x80", b"\x81\x81"):
            found.append((at, 496, at + 500))
    return found
