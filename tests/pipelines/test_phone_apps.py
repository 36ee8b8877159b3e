"""What apps of phones write, scanned: personal data is found where it is, what cannot be read is told."""

from __future__ import annotations

import gzip
import plistlib
import random
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.config import Estate
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.scan import scan
from pipelines.sources import Gap, Source, wrapped
from pipelines.sources.protobuf import message_in
from pipelines.sources.wrapped import CellReader, Told
from pipelines.store.reader import Reader
from tests.commands import KEY
from tests.pipelines.phones import apple_note, attributed_body, field, keyed, write_apps
from tests.pipelines.test_sources_files import PNG, put, read, reason, root, source

__all__ = ["root", "source"]

PERSON, PHONE = "PERSON", "PHONE_NUMBER"
FOUND = {
    ("CallHistory.storedata#ZCALLRECORD", "ZADDRESS", PHONE),
    ("CallHistory.storedata#ZCALLRECORD", "ZNAME", PERSON),
    ("calllog.db#calls", "number", PHONE),
    ("calllog.db#calls", "name", PERSON),
    ("sms.db#message", "attributedBody", PERSON),
    ("sms.db#message", "attributedBody", PHONE),
    ("sms.db#handle", "id", PHONE),
    ("mmssms.db#sms", "address", PHONE),
    ("mmssms.db#sms", "body", PERSON),
    ("mmssms.db#part", "text", PERSON),
    ("History.db#history_items", "url", "EMAIL_ADDRESS"),
    ("History.db#history_visits", "title", PERSON),
    ("Web Data#autofill", "value(tel)", PHONE),
    ("Web Data#address_type_tokens", "氏名", PERSON),
    ("Web Data#address_type_tokens", "住所", "JP_ADDRESS"),
    ("Web Data#address_type_tokens", "電話番号", PHONE),
    ("Web Data#credit_cards", "name_on_card", PERSON),
    ("NoteStore.sqlite#ZICNOTEDATA", "ZDATA", PERSON),
    ("NoteStore.sqlite#ZICNOTEDATA", "ZDATA", PHONE),
    ("naver_line#contacts", "name", PERSON),
    ("naver_line#chat_history", "content", PHONE),
    ("Line.sqlite#ZUSER", "ZNAME", PERSON),
    ("Line.sqlite#ZMESSAGE", "ZTEXT", PHONE),
    ("passes23.sqlite#pass", "encoded_pass", PERSON),
    ("passes23.sqlite#pass", "encoded_pass", PHONE),
    ("ticket.pkpass!pass.json", "boardingPass.primaryFields.value", PERSON),
    ("ticket.pkpass!pass.json", "boardingPass.primaryFields.value", PHONE),
    ("pass.strings", "text", PERSON),
    ("user.xml", "text", PERSON),
    ("user.xml", "text", PHONE),
    ("user.preferences_pb", "text", PHONE),
}


def test_what_apps_keep_is_found_where_it_is(tmp_path: Path) -> None:
    write_apps(tmp_path / "in/P-1")
    files = {"name": "p", "kind": "files", "path": tmp_path / "in", "devices": "*"}
    estate = Estate.model_validate({"name": "phones", "sources": [files]})
    job = Job(estate, Layout(tmp_path / "out"), KeyRing.from_environment({"MEIBO_KEY": KEY}))
    scan(job)
    with Reader(job.layout.store) as reader:
        held = reader.arrow("SELECT asset_id, field, entity_type FROM current_holding").to_pylist()
        unread = reader.arrow(
            "SELECT asset_id, reason FROM current_part WHERE status <> 'examined'"
        ).to_pylist()
    found = {(each["asset_id"].rpartition("/")[2], each["field"], each["entity_type"]) for each in held}
    assert found >= FOUND, FOUND - found
    assert {(each["asset_id"].rpartition("/")[2], each["reason"]) for each in unread} == {
        ("ticket.pkpass!signature", "format-unsupported"),
        ("Web Data#credit_cards", "binary-cell"),
    }


def told(value: bytes) -> Told:
    return CellReader().read(value)


def test_wrapped_texts_are_read() -> None:
    assert told(attributed_body("山田" * 200)) == Told("山田" * 200)
    assert told(attributed_body("Hello", "+819012345678")) == Told("Hello\n+819012345678")
    assert told(apple_note("山田\n二行目")) == Told("山田\n二行目")
    assert told(zlib.compress("山田".encode())) == Told("山田")
    assert told(keyed({"tel": "090-1", "size": 3}, "X")) == Told("size: 3\ntel: 090-1")
    assert told(plistlib.dumps({"a": [1, {"b": "x"}]}, fmt=plistlib.FMT_BINARY)) == Told("a: 1\nb: x")
    assert told(field(1, field(2, "山田太郎".encode()) + b"\x18\x01")) == Told("山田太郎")


def test_what_of_a_cell_is_not_read_is_told() -> None:
    noise = random.Random(1).randbytes(200)
    assert told(PNG) == Told(None, "attachment")
    assert told(noise) == Told(None, "binary-cell")
    assert told(keyed({"tel": "090-1", "photo": PNG}, "X")) == Told("tel: 090-1", "attachment")
    assert told(field(1, "山田太郎".encode()) + field(2, b"\xff" + noise)) == Told("山田太郎", "binary-cell")
    assert told(gzip.compress("山田".encode() * 99)[:-12]).unread == "binary-cell"
    assert told(attributed_body("Hello")[:-30]) == Told("Hello", "binary-cell")


def test_a_bomb_in_a_cell_is_told_and_unpacks_to_little() -> None:
    bomb = gzip.compress(b"a" * (50 << 20))
    said = told(bomb)
    assert said.unread == "binary-cell" and len(said.text or "") <= wrapped.RATIO * len(bomb)
    for _ in range(3):
        bomb = gzip.compress(bomb)
    assert told(bomb).unread == "binary-cell"
    many: Any = "x" * 5_000
    for _ in range(12):
        many = [many] * 12
    assert told(plistlib.dumps(many, fmt=plistlib.FMT_BINARY)).unread == "binary-cell"


def test_cells_of_a_batch_share_what_they_may_unpack_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapped, "LARGEST", 20_000)
    cells, cell = CellReader(), zlib.compress(b"a" * 4_000)
    assert [cells.read(cell).unread for _ in range(4)] == ["", "", "binary-cell", "binary-cell"]


HEADS = [b"", b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@", b"bplist00", b"\x1f\x8b\x08"]


@given(st.binary(max_size=300), st.sampled_from(HEADS))
def test_any_bytes_are_a_text_or_told(content: bytes, head: bytes) -> None:
    said = told(head + content)
    assert said.text is not None or said.unread
    message_in(content)


@given(st.integers(0, 10_000), st.integers(0, 255), st.sampled_from(["typedstream", "note", "plist"]))
def test_a_changed_byte_ends_in_a_text_or_is_told(place: int, byte: int, kind: str) -> None:
    whole = {
        "typedstream": attributed_body("山田太郎", "+819012345678"),
        "note": zlib.decompress(apple_note("山田太郎"), 31),
        "plist": keyed({"tel": "090-1"}, "X"),
    }[kind]
    torn = bytearray(whole)
    torn[place % len(torn)] = byte
    said = told(bytes(torn))
    assert said.text is not None or said.unread


def test_a_message_in_a_file_is_read_and_one_that_is_none_is_told(root: Path, source: Source) -> None:
    put(root, "a.preferences_pb", field(1, field(1, b"tel") + field(2, "山田".encode())))
    put(root, "b.pb", b"\xff\x00\xfe" * 20)
    put(root, "c", attributed_body("山田")[:-30])
    assert read(source, "a.preferences_pb") == ({"text": ["tel\n山田"]}, [])
    assert reason(source, "b.pb") == "format-unsupported"
    assert read(source, "/c") == ({"text": ["山田"]}, [Gap("binary-cell")])
