"""Rows of registers: what is kept of them, and that nothing else is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pipelines.examine.records import flag_of, moment_of, records
from pipelines.registers import Register
from tests.pipelines.scans import job

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    "cell",
    [
        "2026-04-01 10:05",
        "2026/4/1 10:05:00",
        "2026-04-01T10:05:00+09:00",
        "2026-04-01T01:05:00Z",
        "2026年4月1日 10時5分",
        "令和8年4月1日 10:05",
        "２０２６－０４－０１　１０：０５",
        datetime(2026, 4, 1, 10, 5),
        datetime(2026, 4, 1, 1, 5, tzinfo=UTC),
    ],
)
def test_one_moment_is_read_from_every_way_to_write_it(cell: object) -> None:
    assert moment_of(cell, TOKYO) == datetime(2026, 4, 1, 1, 5, tzinfo=UTC)


def test_a_day_is_its_midnight_and_never_is_kept() -> None:
    assert moment_of(date(2026, 4, 1), TOKYO) == datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert moment_of("9999-12-31", TOKYO) is not None
    assert moment_of("来週", TOKYO) is None
    assert moment_of("2026-04-01 25:00", TOKYO) is None


def test_flags_are_read_as_japanese_systems_write_them() -> None:
    assert [flag_of(cell) for cell in ("1", "可", "○", "Ｙ", "配信停止", "0", "たぶん")] == [
        True, True, True, True, False, False, None,
    ]  # fmt: skip


def test_a_record_holds_keys_times_codes_and_flags_but_no_value(tmp_path: Path) -> None:
    register = Register(
        kind="order",
        columns={
            "ref": "注文番号", "person": "会員", "name": "氏名", "address": "住所", "phone": "電話",
            "moment": "日時", "status": "状態", "consent": "同意", "sender": "発信元", "age": "年齢",
        },
    )  # fmt: skip
    batch = pa.RecordBatch.from_pylist(
        [
            {
                "注文番号": "A-1", "会員": "SM100", "氏名": "相葉 汐里",
                "住所": "東京都千代田区丸の内1-1-1 丸の内ハイツ301",
                "電話": "090-1234-5678", "日時": "2026-04-01 10:05",
                "状態": "出荷", "同意": "可", "発信元": "a.b@example.jp",
                "年齢": "41歳",
            },
            {
                "注文番号": "A-2", "会員": None, "氏名": "", "住所": "東京都千代田区丸の内1-1-1",
                "電話": "０９０１２３４５６７８",
                "日時": "いつか", "状態": "出荷", "同意": "?", "発信元": "03-1234-5678", "年齢": None,
            },
        ]
    )  # fmt: skip
    first, second = records(job(tmp_path), register, batch, [None, None], 10).to_pylist()
    assert (first["row"], second["row"]) == (10, 11)
    assert first["phone_key"] == second["phone_key"] is not None
    assert first["address_alt"] == second["address_alt"] is not None
    assert first["address_key"] != second["address_key"]
    assert (first["has_room"], second["has_room"]) == (True, False)
    assert first["name_key"] is not None and second["name_key"] is None
    assert (first["sender_type"], second["sender_type"]) == ("EMAIL_ADDRESS", "PHONE_NUMBER")
    assert (first["status"], first["consent"], first["age"]) == ("出荷", True, 41)
    assert first["unread"] == [] and second["unread"] == ["moment", "consent"]
    assert "相葉" not in repr(first) and "5678" not in repr(first)
