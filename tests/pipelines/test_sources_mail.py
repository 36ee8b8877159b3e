"""Mails and mailboxes: what they say, what is attached to them. Persons are invented."""

from __future__ import annotations

import io
import mailbox
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.sources import Gap, Source
from tests.pipelines.test_sources_archives import NOTE, TABLE, listed, reasons, zipped
from tests.pipelines.test_sources_files import ends_well, put, read, root, source

__all__ = ["root", "source"]


def drawn(width: int, height: int) -> bytes:
    data = io.BytesIO()
    PIL.Image.new("RGB", (width, height), "white").save(data, "PNG")
    return data.getvalue()


def message(subject: str = "名簿の件", body: str = "お送りします。") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "山田 太郎 <taro@example.jp>"
    mail["Subject"] = subject
    mail.set_content(body)
    return mail


def attach(
    mail: EmailMessage, name: str | None, content: bytes, kind: str = "application/octet-stream"
) -> None:
    main, _, sub = kind.partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=name)


def workbook() -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["氏名", "電話"])
    book.active.append(["鈴木 花子", "080-1234-5678"])
    book.save(data)
    return data.getvalue()


def test_people_in_any_header_are_read_and_what_servers_say_is_not(root: Path, source: Source) -> None:
    mail = message()
    for name, value in {
        "Return-Path": "<taro@example.jp>", "X-Member": "佐藤 花子", "Disposition-Notification-To": "a@example.jp",
        "Received": "from mx", "Message-ID": "<1@mx>", "X-MS-Exchange-Organization": "mx",
    }.items():  # fmt: skip
        mail[name] = value
    put(root, "a.eml", mail.as_bytes())
    (text,) = read(source)[0]["text"]
    for line in (
        "Return-Path: <taro@example.jp>",
        "X-Member: 佐藤 花子",
        "Disposition-Notification-To: a@example.jp",
    ):
        assert line in text.splitlines()
    assert "mx" not in text


def test_an_address_that_bounced_is_read(root: Path, source: Source) -> None:
    report = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; hanako@example.jp\nAction: failed\n\n"
    head = "From: a@example.jp\nContent-Type: multipart/report; boundary=B\n\n"
    parts = (
        f"--B\nContent-Type: message/delivery-status\n\n{each}"
        for each in (report, report.split("\n\n", 1)[1])
    )
    put(root, "a.eml", f"{head}{''.join(parts)}--B--\n")
    assert ["hanako@example.jp" in "".join(read(source, f"{n}.eml")[0]["text"]) for n in (1, 2)] == [
        True,
        True,
    ]


def test_what_stands_outside_of_the_parts_of_a_mail_and_describes_them_is_read(
    root: Path, source: Source
) -> None:
    mail = (
        "From: a@example.jp\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n"
        "This is a multi-part message in MIME format.\n控え 山田 太郎\n"
        "--B\nContent-Type: text/plain; charset=utf-8\n\nbody\n"
        "--B\nContent-Type: application/octet-stream; name=a.txt\n"
        "Content-Description: =?utf-8?B?5L2Q6Jek6Iqx5a2Q?=\n\nx\n--B--\n末尾 090-1234-5678\n"
    )
    put(root, "a.eml", mail.encode())
    (text,) = read(source, "a.eml")[0]["text"]
    assert text.split("\n") == [
        "From: a@example.jp", "控え 山田 太郎", "末尾 090-1234-5678", "Content-Description: 佐藤花子", "", "body"
    ]  # fmt: skip


def test_a_page_a_browser_saved_as_a_mail_is_read_as_one(root: Path, source: Source) -> None:
    page = (
        "From: <Saved by a browser>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=B\n\n--B\n"
    )
    page += "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    put(root, "a.mhtml", f"{page}=E5=B1=B1=E7=94=B0 =\n090-1234-5678\n--B--\n")
    (text,) = read(source)[0]["text"]
    assert "山田 090-1234-5678" in text


def test_attachments_are_read_like_files_on_the_share(root: Path, source: Source) -> None:
    mail = message()
    attach(mail, "名簿.csv", TABLE, "text/csv")
    attach(mail, "名簿.xlsx", workbook())
    attach(mail, "控え.zip", zipped({"中/メモ.txt": NOTE}), "application/zip")
    attach(mail, None, b"%PDF-1.7 torn", "application/pdf")
    put(root, "a.eml", mail.as_bytes())
    assert listed(source) == {
        "a.eml": "text",
        "a.eml!名簿.csv": "csv",
        "a.eml!名簿.xlsx#Sheet": "xlsx",
        "a.eml!控え.zip!中/メモ.txt": "text",
        "a.eml!4.pdf": "unreadable",
    }
    assert read(source, "名簿.csv")[0]["電話"] == ["090-1234-5678", "080-1234-5678"]
    assert read(source, "#Sheet")[0]["氏名"] == ["鈴木 花子"]
    assert read(source, "メモ.txt")[0] == {"text": [NOTE.decode()]}
    assert reasons(source) == {"a.eml!4.pdf": "file-damaged"}
    table, gaps = read(source, "a.eml")
    assert "お送りします。" in table["text"][0] and gaps == []


def test_a_forwarded_mail_is_a_mail_of_its_own(root: Path, source: Source) -> None:
    inner = message("解約の件", "解約は山田まで。")
    attach(inner, "名簿.csv", TABLE, "text/csv")
    outer = message("転送します", "下記のとおりです。")
    outer.add_attachment(inner, filename="解約の件")
    put(root, "a.eml", outer.as_bytes())
    assert list(listed(source)) == ["a.eml", "a.eml!解約の件.eml", "a.eml!解約の件.eml!名簿.csv"]
    said = read(source, "解約の件.eml")[0]["text"][0]
    assert "From: 山田 太郎 <taro@example.jp>" in said and "解約は山田まで。" in said
    assert "解約は山田まで。" not in read(source, "a.eml")[0]["text"][0]
    assert read(source, "名簿.csv")[0]["番号"] == ["1", "2"]


def test_pictures_within_the_text_are_read_and_small_ones_are_gaps_unless_nothing_fits_on_them(
    root: Path, source: Source
) -> None:
    mail = message()
    mail.add_alternative("<img src=cid:card><img src=cid:logo><img src=cid:dot>", subtype="html")
    (_, page) = mail.iter_parts()
    for name, size in (("card", (400, 250)), ("logo", (100, 40)), ("dot", (1, 1))):
        page.add_related(drawn(*size), "image", "png", cid=f"<{name}>")
    put(root, "a.eml", mail.as_bytes())
    assert listed(source) == {"a.eml": "text", "a.eml!1.png": "image"}
    assert read(source, "1.png") == ({"image": [drawn(400, 250)]}, [])
    assert read(source, "a.eml")[1] == [Gap("attachment")]


def test_a_text_with_a_name_within_the_mail_is_a_file_unless_it_is_its_body(
    root: Path, source: Source
) -> None:
    mail = message()
    mail.add_attachment(TABLE, maintype="text", subtype="csv", disposition="inline", filename="名簿.csv")
    mail.add_attachment("署名 山田", subtype="plain", disposition="inline", filename="sign.txt")
    put(root, "a.eml", mail.as_bytes())
    assert list(listed(source)) == ["a.eml", "a.eml!名簿.csv"]
    assert "署名 山田" in read(source, "a.eml")[0]["text"][0]


def test_personal_data_in_the_name_of_an_attachment_is_masked(root: Path, source: Source) -> None:
    mail = message()
    attach(mail, "090-1234-5678/../x.csv", TABLE)
    put(root, "a.eml", mail.as_bytes())
    _, second = source.assets()
    assert "1234" not in second.id and second.id.startswith("share/a.eml!‹PHONE_NUMBER ")
    assert second.member == "!1"


def box(path: Path, mails: list[EmailMessage]) -> Path:
    written = mailbox.mbox(path)
    for mail in mails:
        written.add(mail)
    written.close()
    return path


def test_a_mailbox_is_a_row_per_message_and_its_attachments_are_files(root: Path, source: Source) -> None:
    first = message("一通目", "こんにちは\n\nFrom here on 090-1234-5678\n\nFrom 山田")
    second = message("二通目")
    attach(second, "名簿.csv", TABLE, "text/csv")
    third = message("三通目")
    attach(third, "名簿.csv", TABLE, "text/csv")
    attach(third, "控え.zip", zipped({"メモ.txt": NOTE}), "application/zip")
    box(root / "受信箱", [first, second, third])
    assert listed(source) == {
        "受信箱": "text",
        "受信箱!2/名簿.csv": "csv",
        "受信箱!3/名簿.csv": "csv",
        "受信箱!3/控え.zip!メモ.txt": "text",
    }
    rows = read(source, "受信箱")[0]["text"]
    assert [row.split("Subject: ")[1].split("\n")[0] for row in rows] == ["一通目", "二通目", "三通目"]
    assert "From here on 090-1234-5678\n\nFrom 山田" in rows[0]
    assert read(source, "3/名簿.csv")[0]["番号"] == ["1", "2"]
    assert read(source, "メモ.txt")[0] == {"text": [NOTE.decode()]}


def test_every_message_keeps_its_row_whatever_is_wrong_with_it(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.sources.mbox.LARGEST_MAIL", 5_000)
    box(root / "in.mbox", [message("一通目"), message("二通目", "x" * 9_000), message("三通目")])
    table, gaps = read(source)
    assert gaps == [Gap("too-large")]
    assert ["一通目" in table["text"][0], table["text"][1], "三通目" in table["text"][2]] == [True, "", True]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"From a@example.jp Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n", 1),
        (b"From a Mon\r\nSubject: a\r\n\r\nbody\r\n\r\nFrom b Mon\r\nSubject: b\r\n\r\n", 2),
        (b"From a Mon\nSubject: a\n\nbody\nFrom b Mon\nSubject: b\n", 1),
        (b"From a Mon\nSubject: a\n\nbody\n\nFrom b Mon\nno header\n", 1),
    ],
)
def test_a_message_begins_behind_an_empty_line_with_a_header(
    root: Path, source: Source, content: bytes, rows: int
) -> None:
    put(root, "box", content)
    assert len(read(source)[0]["text"]) == rows


def test_a_letter_that_begins_with_from_is_text(root: Path, source: Source) -> None:
    put(root, "a.txt", "From the desk of 山田\nお世話になります\n")
    assert read(source)[0] == {"text": ["From the desk of 山田\nお世話になります\n"]}


def _whole() -> bytes:
    mail = message()
    attach(mail, "名簿.csv", TABLE, "text/csv")
    mail.add_attachment(message("中"))
    mail.set_boundary("=====")
    return mail.as_bytes()


WHOLE = _whole()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_mail_never_ends_in_anything_but_assets_and_reasons(
    root: Path, source: Source, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from([b"", b"From a Mon\n"])) + WHOLE)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    put(root, "a.eml", bytes(content[: data.draw(st.integers(1, len(content)))]))
    ends_well(source)


def test_mails_forwarded_without_end_are_refused(root: Path, source: Source) -> None:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3_000))
    put(root, "deep.eml", b"Subject: a\n" + head)
    put(root, "forwarded.eml", b"Content-Type: message/rfc822\n\n" * 3_000)
    assert reasons(source) == {"deep.eml": "file-damaged", "forwarded.eml": "file-damaged"}
