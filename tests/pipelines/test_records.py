"""Rows of registers: what is kept of them, and that nothing else is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pipelines.examine.moments import moment_of
from pipelines.examine.records import flag_of, records
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
        "2026-04-01 01:05:00+00",
        "2026-04-01 10:05:00.000+09",
        "2026-04-01 10:05 JST",
        "2026-04-01 01:05:00 UTC",
        "2026年4月1日午前10時5分",
        "2026/4/1 10:05 AM",
        "2026年4月1日 10時5分",
        "令和8年4月1日 10:05",
        "２０２６－０４－０１　１０：０５",
        datetime(2026, 4, 1, 10, 5),
        datetime(2026, 4, 1, 1, 5, tzinfo=UTC),
    ],
)
def test_one_moment_is_read_from_every_way_to_write_it(cell: object) -> None:
    assert moment_of(cell, TOKYO) == datetime(2026, 4, 1, 1, 5, tzinfo=UTC)


def test_a_moment_of_the_afternoon_is_one_and_one_read_in_part_is_none() -> None:
    afternoon = datetime(2026, 4, 1, 6, 30, tzinfo=UTC)
    assert [moment_of(cell, TOKYO) for cell in ("2026年4月1日午後3時30分", "2026/4/1 3:30 PM")] == [
        afternoon
    ] * 2
    assert moment_of("2026/4/1 12:30 AM", TOKYO) == datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
    assert moment_of("2026年4月1日 15時", TOKYO) == datetime(2026, 4, 1, 6, tzinfo=UTC)
    assert moment_of("2026-03-31 24:00", TOKYO) == datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert moment_of("2026-04-01 10:05 CEST", TOKYO) is None


def test_six_digits_are_no_day_of_another_century() -> None:
    assert moment_of("260331", TOKYO) is None
    assert moment_of("20260401", TOKYO) == moment_of(date(2026, 4, 1), TOKYO)


def test_the_ends_of_the_calendar_can_be_told_in_every_zone() -> None:
    for zone in ("Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
        for cell in (
            "9999-12-31T23:59:59Z",
            "9999-12-31 23:59:59",
            "0001-01-01T00:00:00Z",
            date.min,
            date.max,
        ):
            moment = moment_of(cell, ZoneInfo(zone))
            assert moment is not None
            for shown in ("Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
                assert moment.astimezone(ZoneInfo(shown)).year in (1, 9999)


@pytest.mark.parametrize(
    "kind", [pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.timestamp("s"), pa.date32()]
)
def test_what_lies_beyond_the_calendar_is_never_and_loses_no_other_row(
    kind: pa.DataType, tmp_path: Path
) -> None:
    many = 2**31 - 1 if pa.types.is_date(kind) else 2**62
    numbers = pa.array([many, 1, -many, None], pa.int32() if pa.types.is_date(kind) else pa.int64())
    batch = pa.record_batch({"捨": numbers.cast(kind), "号": ["1", "2", "3", "4"]})
    register = Register(kind="slip", columns={"ref": "号", "due": "捨", "ended": "捨"})
    rows = records(job(tmp_path), register, batch, [None] * 4, 0).to_pylist()
    assert [row["due"] and row["due"].year for row in rows[1:]] in ([1970, None, None], [1969, None, None])
    assert rows[0]["due"].year == 9999
    assert [row["ended"] is None for row in rows] == [True, False, True, True]
    assert [row["unread"] for row in rows] == [[]] * 4


def test_an_end_that_has_not_come_is_no_end(tmp_path: Path) -> None:
    """9999-12-31 and 0001-01-01 stand for it where a column may not be empty."""
    batch = pa.RecordBatch.from_pylist(
        [
            {"退会日": "9999-12-31"},
            {"退会日": "0001-01-01"},
            {"退会日": "2026-04-01"},
            {"退会日": "0000-00-00"},
        ]
    )
    register = Register(kind="member", columns={"ended": "退会日", "moment": "退会日"})
    rows = records(job(tmp_path), register, batch, [None] * 4, 0).to_pylist()
    assert [row["ended"] is None for row in rows] == [True, True, False, True]
    assert [row["moment"] is None for row in rows] == [False, True, False, True]
    assert [row["unread"] for row in rows] == [[], [], [], ["moment", "ended"]]


def test_who_stops_the_mail_has_refused_it(tmp_path: Path) -> None:
    """What says no to mail says yes to a column that says who refused it, and the other way round."""
    refused = ["配信停止", "停止", "拒否", "希望しない", "同意しない", "1", "○", "あり"]
    wanted = ["配信", "許可", "希望する", "同意", "0", "×", "なし"]
    unclear = ["可", "不可", "OK", "NG", "完了"]
    batch = pa.RecordBatch.from_pylist([{"停止": cell} for cell in (*refused, *wanted, *unclear)])
    rows = records(
        job(tmp_path), Register(kind="member", columns={"optout": "停止"}), batch, [None] * batch.num_rows, 0
    ).to_pylist()
    assert [row["optout"] for row in rows] == [True] * 8 + [False] * 7 + [None] * 5
    assert [row["unread"] for row in rows] == [[]] * 15 + [["optout"]] * 5


def test_codes_that_are_none_are_not_kept_and_that_is_said(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pylist(
        [{"状態": f"退会（{number}回目）"} for number in range(201)] + [{"状態": ""}]
    )
    register = Register(kind="member", columns={"status": "状態"})
    rows = records(job(tmp_path), register, batch, [None] * 202, 0).to_pylist()
    assert {row["status"] for row in rows} == {None}
    assert [row["unread"] for row in rows] == [["status"]] * 201 + [[]]


def test_a_day_is_its_midnight_and_never_is_kept() -> None:
    assert moment_of(date(2026, 4, 1), TOKYO) == datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert moment_of("9999-12-31", TOKYO) is not None
    assert moment_of("来週", TOKYO) is None
    assert moment_of("2026-04-01 25:00", TOKYO) is None


def test_flags_are_read_as_japanese_systems_write_them() -> None:
    assert [flag_of(cell) for cell in ("1", "可", "○", "Ｙ", "済", "配信停止", "0", "未", "たぶん")] == [
        True, True, True, True, True, False, False, False, None,
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


def test_a_code_is_masked_before_it_is_cut_to_length(tmp_path: Path) -> None:
    register = Register(kind="order", columns={"ref": "注文番号", "status": "状態"})
    cells = ["確認待ち" * 14 + " 090-1234-5678", "確認済み" * 14 + " 山田太郎様"]
    batch = pa.RecordBatch.from_pydict({"注文番号": ["A-1", "A-2"], "状態": cells})
    statuses = [row["status"] for row in records(job(tmp_path), register, batch, [None, None], 0).to_pylist()]
    assert [len(status) > 10 for status in statuses] == [True, True]
    assert not any("090" in status or "山田" in status for status in statuses)
