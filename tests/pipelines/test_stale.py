"""Past retention: from which day a period runs, whose records, what a statute holds, who is to be told."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pipelines.config import load_estate
from pipelines.desk.notices import due_day, make_notice_list
from pipelines.errors import Refused
from pipelines.examine.activity import Count, Watched, count, last_activity, merge
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.policies import Period
from pipelines.refs import AssetRef
from pipelines.reports.runner import Row, run_report
from pipelines.results import AssetResult
from pipelines.scan import scan as run_scan
from pipelines.seal import Sealer
from pipelines.sources import Gap
from pipelines.sources.sqlite import Sqlite
from pipelines.store.reader import Reader
from tests.commands import Command
from tests.pipelines.scans import KEYS, asset, examined, job, scan, typed

POLICIES = """
retention:
  left: {label: {ja: 退会者, en: Left}, kind: limit, starts: withdrawal, period: {years: 1}, law: 社内,
         verified: company}
  dormant: {label: {ja: 休眠, en: Dormant}, kind: limit, period: {years: 2}, grace_days: 7, published: {years: 1},
            law: 社内, verified: company}
  contact: {label: {ja: 連絡先, en: Contact}, kind: limit, period: {years: 1}, published: {years: 1}, law: 社内,
            verified: company}
"""
TODAY = date(2026, 11, 20)


def estate(out: Path, **rule: Any) -> Job:
    out.mkdir(parents=True, exist_ok=True)
    policies = out / "own.yaml"
    policies.write_text(POLICIES, "utf-8")
    return job(out / "meibo", policies=policies, assets=[{"match": "crm/*", **rule}])


def people(
    work: Job, *events: Count, rows: int | None = None, fields: tuple[str, ...] = ("name",)
) -> AssetResult:
    where = asset("crm/people")
    number = sum(each.rows for each in events) if rows is None else rows
    return AssetResult(
        asset=where,
        fields=tuple(typed(name, "PERSON", number, position=place) for place, name in enumerate(fields)),
        parts=(examined(work.layout, where, "w", rows=number),),
        activity=last_activity(events),
        events=events,
    )


def met(
    event: str, day: date | None, rows: int = 1, *, who: str = "", status: str = "", read: bool = True
) -> Count:
    return Count(event, who, day, status, read, rows)


def report(work: Job, name: str = "stale", **parameters: Any) -> list[Row]:
    return run_report(work.layout.store, name, **parameters).rows


class TestStart:
    def test_a_period_that_starts_with_the_withdrawal_has_not_begun_for_a_member(
        self, tmp_path: Path
    ) -> None:
        work = estate(tmp_path, retention="left", columns={"withdrawn": "left_on"})
        result = people(
            work, met("withdrawal", date(2024, 1, 1), 3), met("withdrawal", None, 5),
            met("withdrawal", date(9999, 12, 31), 1), met("withdrawal", date(1, 1, 1), 1),
            met("withdrawal", None, 1, read=False),
        )  # fmt: skip
        load(work, scan("s", [result]))
        assert {(row["state"], row["reason"], row["records"]) for row in report(work)} == {
            ("overdue", None, 3), ("not-started", None, 7), ("unknown", "unreadable-date", 1)
        }  # fmt: skip

    def test_a_class_whose_start_has_no_column_is_unknown_not_guessed_from_another_day(
        self, tmp_path: Path
    ) -> None:
        work = estate(tmp_path, retention="mobile_identity", columns={"last_activity": "seen"})
        load(work, scan("s", [people(work, met("activity", date(2010, 1, 1), 4))]))
        assert [(row["state"], row["reason"], row["records"]) for row in report(work)] == [
            ("unknown", "no-start-column", 4)
        ]

    def test_last_activity_in_the_future_is_said_and_counts_neither_as_running_nor_as_past(
        self, tmp_path: Path
    ) -> None:
        work = estate(tmp_path, retention="contact", columns={"last_activity": "seen"})
        days = (date(2031, 1, 1), date(9999, 12, 31), date(2026, 11, 1))
        load(work, scan("s", [people(work, *(met("activity", day) for day in days))]))
        assert {(row["state"], row["reason"]) for row in report(work)} == {
            ("running", None), ("unknown", "future-date"), ("unknown", "no-date")
        }  # fmt: skip

    def test_guests_are_counted_apart_from_members(self, tmp_path: Path) -> None:
        work = estate(tmp_path, retention="contact", columns={"last_activity": "seen", "key": "id"})
        old = date(2020, 1, 1)
        load(
            work,
            scan(
                "s",
                [people(work, met("activity", old, 3, who="guest"), met("activity", old, 2, who="member"))],
            ),
        )
        assert {(row["whose"], row["past"]) for row in report(work)} == {("guest", 3), ("member", 2)}


class TestOneDayForMost:
    def test_a_day_more_than_half_of_the_records_have_is_noted(self, tmp_path: Path) -> None:
        work = estate(tmp_path, retention="contact", columns={"last_activity": "updated_at"})
        others = [met("activity", date(2026, 9, day), 2) for day in range(1, 25)]
        load(work, scan("s", [people(work, met("activity", date(2026, 10, 1), 60), *others)]))
        (row,) = (each for each in report(work) if each["state"] == "noted")
        assert (row["reason"], row["oldest"], row["records"], row["promise"]) == (
            "one-day-for-most",
            date(2026, 10, 1),
            60,
            None,
        )

    @pytest.mark.parametrize("rows", [48, 12])
    def test_a_day_of_half_of_them_or_of_few_is_not(self, tmp_path: Path, rows: int) -> None:
        work = estate(tmp_path, retention="contact", columns={"last_activity": "updated_at"})
        others = [met("activity", date(2026, 9, day), rows // 24 or 1) for day in range(1, 25)]
        load(work, scan("s", [people(work, met("activity", date(2026, 10, 1), rows), *others)]))
        assert "noted" not in {each["state"] for each in report(work)}


class TestHeldByLaw:
    def test_fields_a_statute_holds_are_kept_while_the_rest_goes(self, tmp_path: Path) -> None:
        work = estate(
            tmp_path, retention="contact", columns={"last_activity": "day"}, held={"name": "tax_books"}
        )
        result = people(
            work, met("activity", date(2024, 5, 1), 4), met("activity", date(2010, 5, 1), 1),
            fields=("name", "mail"),
        )  # fmt: skip
        load(work, scan("s", [result]))
        (row,) = report(work)
        assert (row["past"], row["erasable"], row["held"]) == (5, ["mail"], ["name"])
        by_field = {tuple(row["fields"]): row for row in report(work, "stale_fields")}
        assert (by_field["mail",]["free"], by_field["mail",]["kept"]) == (5, 0)
        name = by_field["name",]
        assert (name["free"], name["kept"], name["last_free"]) == (1, 4, date(2032, 5, 31))
        assert (name["law"], name["verified"]) == (["法人税法施行規則59条"], ["law-text"])

    def test_of_several_statutes_the_last_lets_go(self, tmp_path: Path) -> None:
        work = estate(
            tmp_path, retention="contact", columns={"last_activity": "day"},
            held={"name": ["tax_books", "accounting"]},
        )  # fmt: skip
        load(work, scan("s", [people(work, met("activity", date(2018, 5, 1)))]))
        (row,) = report(work, "stale_fields")
        assert (row["free"], row["last_free"]) == (0, date(2029, 5, 31))

    def test_a_day_to_come_or_never_frees_no_field_and_is_counted_apart(self, tmp_path: Path) -> None:
        work = estate(tmp_path, retention="contact", columns={"last_activity": "day"})
        events = [
            met("activity", day, rows)
            for rows, day in enumerate((date(2024, 5, 1), date(2099, 1, 1), date(9999, 12, 31), None), 1)
        ]
        load(work, scan("s", [people(work, *events)]))
        (row,) = report(work, "stale_fields")
        assert (row["records"], row["free"], row["kept"], row["undated"]) == (1, 1, 0, 9)
        assert row["last_free"] == date(2025, 5, 1)

    def test_statutes_that_start_from_different_days_are_said_not_guessed(self, tmp_path: Path) -> None:
        work = estate(
            tmp_path, retention="contact", columns={"last_activity": "day", "contract_end": "end"},
            held={"name": ["tax_books", "mobile_identity"]},
        )  # fmt: skip
        load(work, scan("s", [people(work, met("activity", date(2018, 5, 1)))]))
        (row,) = report(work, "stale_fields")
        assert (row["state"], row["reason"]) == ("unknown", "statutes-start-apart")

    def test_a_class_nobody_knows_is_said(self, tmp_path: Path) -> None:
        work = estate(tmp_path, retention="contact", columns={"last_activity": "day"}, held={"name": "typo"})
        load(work, scan("s", [people(work, met("activity", date(2018, 5, 1)))]))
        (row,) = report(work, "stale_fields")
        assert (row["state"], row["reason"]) == ("unknown", "retention-class-not-known")


class TestDormant:
    RULE = {"retention": "dormant", "columns": {"last_activity": "seen", "key": "id"}}

    def test_the_dormant_are_to_be_told_then_in_grace_then_overdue(self, tmp_path: Path) -> None:
        work = estate(tmp_path, **self.RULE)
        result = people(work, met("activity", date(2024, 1, 1), 3), met("activity", date(2026, 1, 1), 2))
        load(work, scan("s", [result]))
        (row,) = report(work)
        assert (row["state"], row["past"], row["to_notify"], row["in_grace"]) == ("to-notify", 3, 3, 0)
        told(work, date(2026, 11, 20))
        load(work, scan("s", [result]))
        (row,) = report(work)
        assert (row["state"], row["to_notify"], row["in_grace"]) == ("in-grace", 0, 3)
        assert (row["notice"], row["grace_until"]) == (date(2026, 11, 20), date(2026, 11, 27))
        (row,) = report(work, as_of="2026-11-28")
        assert (row["state"], row["past"], row["in_grace"]) == ("overdue", 3, 0)

    def test_a_login_in_grace_leaves_the_cohort_and_who_is_dormant_since_waits_for_the_next_list(
        self, tmp_path: Path
    ) -> None:
        work = estate(tmp_path, **self.RULE)
        load(work, scan("s", [people(work, met("activity", date(2024, 1, 1), 3))]))
        told(work, date(2026, 11, 20))
        # One of three came back; another one's two years are over since the list was made.
        later = people(
            work, met("activity", date(2024, 1, 1), 2), met("activity", date(2026, 11, 22), 1),
            met("activity", date(2024, 11, 21), 1),
        )  # fmt: skip
        load(work, scan("s2", [later], day=24))
        (row,) = report(work)
        assert (row["past"], row["in_grace"], row["to_notify"]) == (3, 2, 1)

    def test_a_period_longer_than_the_published_one_and_a_record_older_than_it_are_pointed_out(
        self, tmp_path: Path
    ) -> None:
        work = estate(tmp_path, **self.RULE)
        load(work, scan("s", [people(work, met("activity", date(2026, 11, 1), 2))]))
        assert report(work)[0]["promise"] == "policy-longer"
        load(work, scan("s", [people(work, met("activity", date(2025, 11, 19), 2))]))
        row = report(work)[0]
        assert (row["promise"], row["published_months"], row["policy_months"], row["oldest_months"]) == (
            "broken", 12, 24, 12
        )  # fmt: skip


def told(work: Job, day: date) -> None:
    from pipelines.store.database import open_writer, publish

    with open_writer(work.layout) as store:
        store.execute(
            "INSERT INTO notice VALUES ('crm/people', ?, ?, 3, ?, 'list.csv', 'digest')",
            [day, day, date(2026, 12, 20)],
        )
    publish(work.layout)


class TestOverTime:
    def test_what_became_overdue_since_the_last_scan_is_counted_and_the_trend_shown(
        self, tmp_path: Path
    ) -> None:
        work = estate(tmp_path, retention="contact", columns={"last_activity": "seen"})
        result = people(work, met("activity", date(2025, 11, 1), 3), met("activity", date(2025, 11, 21), 2))
        load(work, scan("s1", [result], day=20))
        assert report(work)[0]["newly_past"] is None  # there is no scan before
        load(work, scan("s2", [result], day=25))
        (row,) = report(work)
        assert (row["past"], row["newly_past"]) == (5, 2)
        assert [(row["past"], row["growth"]) for row in report(work, "stale_trend")] == [(5, 2), (3, None)]

    def test_a_store_of_an_older_schema_keeps_what_it_counted(self, tmp_path: Path) -> None:
        """Results without events (carried from before they were counted) count by last activity."""
        work = estate(tmp_path, retention="contact", columns={"last_activity": "seen"})
        where = asset("crm/people")
        old = AssetResult(
            asset=where, fields=(typed("name", "PERSON", 5),),
            parts=(examined(work.layout, where, "w", rows=5),), activity=((date(2020, 1, 1), "", 5),),
        )  # fmt: skip
        load(work, scan("s", [old]))
        assert [(row["state"], row["past"]) for row in report(work)] == [("overdue", 5)]


class TestCounting:
    WATCHED = Watched((("activity", "seen"), ("withdrawal", "left")), "status", "id")

    def test_counts_are_free_of_values_and_tell_members_from_guests(self) -> None:
        batch = pa.RecordBatch.from_pydict(
            {
                "seen": ["2024-01-02 10:00", "令和6年1月2日", None, "yesterday"],
                "left": [None, "", "2025-01-01", "9999-12-31"],
                "status": ["a", "a", None, "b"],
                "id": ["M1", "", None, "M2"],
            }
        )
        counts = count([batch], self.WATCHED, KEYS, "Asia/Tokyo")
        day = date(2024, 1, 2)
        assert [each for each in counts if each.event == "activity"] == [
            Count("activity", "guest", day, "a", True, 1),
            Count("activity", "guest", None, "", True, 1),
            Count("activity", "member", day, "a", True, 1),
            Count("activity", "member", None, "b", False, 1),
        ]
        assert last_activity(counts) == ((day, "a", 2), (None, "", 1), (None, "b", 1))
        assert merge([*counts, *counts]) == tuple(each._replace(rows=2) for each in counts)

    def test_a_status_is_masked_before_it_is_cut_to_length(self) -> None:
        status = "電話にて退会の申し出あり、要折り返し確認中です: 090-1234-5678"
        batch = pa.RecordBatch.from_pydict(
            {"seen": ["2024-01-02"], "left": [None], "status": [status], "id": ["M1"]}
        )
        assert not [each for each in count([batch], self.WATCHED, KEYS, "Asia/Tokyo") if "090" in each.status]

    def test_a_moment_counts_on_its_day_in_the_estates_zone(self) -> None:
        moment = datetime(2026, 3, 31, 20, tzinfo=UTC)
        column = pa.array([moment], pa.timestamp("us", "UTC"))
        (found,) = count(
            [pa.RecordBatch.from_arrays([column], ["seen"])],
            Watched((("activity", "seen"),)),
            KEYS,
            "Asia/Tokyo",
        )
        assert found.day == date(2026, 4, 1)
        assert moment.astimezone(ZoneInfo("Asia/Tokyo")).date() == found.day


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2024, 2, 29), Period(years=1)), (date(2026, 1, 31), Period(months=1)),
        (date(2025, 12, 31), Period(years=2, months=2, days=3)), (date(2020, 12, 1), Period(days=45)),
    ],
)  # fmt: skip
def test_the_list_and_the_report_agree_on_due_days(tmp_path: Path, day: date, period: Period) -> None:
    work = estate(tmp_path)
    load(work, scan("s", []))
    with Reader(work.layout.store) as reader:
        query = "SELECT due_day('activity', $day, $months, $days, 3) AS due"
        months = 12 * period.years + period.months
        (row,) = reader.arrow(query, {"day": day, "months": months, "days": period.days}).to_pylist()
    assert row["due"] == due_day(day, period)


class TestNoticeList:
    @pytest.fixture(scope="class")
    def first_night(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """A scanned SQLite file with two dormant members, one active, one whose row has no date."""
        home = tmp_path_factory.mktemp("shop")
        with sqlite3.connect(home / "shop.sqlite") as connection:
            connection.execute("CREATE TABLE members (id TEXT PRIMARY KEY, 氏名 TEXT, 最終利用日 TEXT)")
            connection.executemany(
                "INSERT INTO members VALUES (?, ?, ?)",
                [("M001", "山田 太郎", "2020-05-01"), ("M002", "鈴木 花子", "2021-06-01"),
                 ("M003", "佐藤 次郎", "2026-11-01"), ("M004", "高橋 三郎", None)],
            )  # fmt: skip
        connection.close()
        (home / "own.yaml").write_text(POLICIES, "utf-8")
        (home / "estate.yaml").write_text(
            """
sources: [{name: shop, kind: sqlite, path: shop.sqlite}, {name: share, kind: files, path: share}]
policies: own.yaml
assets:
  - match: shop/*
    retention: dormant
    columns: {key: id, last_activity: 最終利用日}
""",
            "utf-8",
        )
        (home / "share").mkdir()
        run_scan(Job(load_estate(home / "estate.yaml"), Layout(home / "out"), KEYS), workers=1)
        return home

    @pytest.fixture
    def shop(self, first_night: Path, tmp_path: Path) -> Job:
        shutil.copytree(first_night, tmp_path, dirs_exist_ok=True)
        return Job(load_estate(tmp_path / "estate.yaml"), Layout(tmp_path / "out"), KEYS)

    def test_it_holds_keyed_numbers_and_is_registered_as_a_copy_with_a_time_limit(
        self, shop: Job, tmp_path: Path
    ) -> None:
        path = tmp_path / "share" / "notice.csv"
        notice = make_notice_list(shop, "shop/main.members", path, today=TODAY)
        assert (notice.rows, notice.grace_until, notice.expires_on) == (
            2,
            date(2026, 11, 27),
            date(2026, 12, 20),
        )
        text = path.read_text("utf-8-sig")
        assert "M001" not in text and "山田" not in text
        assert path.stat().st_mode & 0o777 == 0o600
        sealer = Sealer(KEYS)
        assert [row[0] for row in csv.reader(text.splitlines())][1:] == sorted(
            sealer.row_key(number, personal=True) for number in ("M001", "M002")
        )
        run_scan(shop, workers=1)
        with Reader(shop.layout.store) as reader:
            copies = reader.arrow("SELECT asset_id, copy, ttl_days FROM current_copy").to_pylist()
        assert copies == [{"asset_id": "shop/main.members", "copy": "share/notice.csv", "ttl_days": 30}]

    def test_numbers_are_shown_only_with_a_reason_that_is_noted(self, shop: Job, tmp_path: Path) -> None:
        make_notice_list(shop, "shop/main.members", tmp_path / "list.csv", reason="休眠通知", today=TODAY)
        assert "M001" in (tmp_path / "list.csv").read_text("utf-8-sig")
        trail = (shop.layout.state / "audit.jsonl").read_text("utf-8")
        assert "休眠通知" in trail and "M001" not in trail

    @pytest.mark.parametrize(("gap", "nameless"), [(True, False), (False, True)])
    def test_a_list_that_is_not_whole_is_written_and_not_registered(
        self,
        shop: Job,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        command: Command,
        gap: bool,
        nameless: bool,
    ) -> None:
        if nameless:
            with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
                members = [("", "渡辺 四郎", "2020-05-01"), (" ", "中村 五郎", "2020-05-01")]
                connection.executemany("INSERT INTO members VALUES (?, ?, ?)", members)
                connection.execute("INSERT INTO members VALUES (NULL, '小林 六郎', '2026-11-01')")
            connection.close()
        if gap:

            def torn(source: Sqlite, where: AssetRef) -> Iterator[pa.RecordBatch | Gap]:
                yield from read(source, where)
                yield Gap("row-broken", 4)

            read = Sqlite.batches
            monkeypatch.setattr(Sqlite, "batches", torn)
        path = tmp_path / "list.csv"
        notice = make_notice_list(shop, "shop/main.members", path, today=TODAY)
        assert (notice.rows, notice.gaps, notice.unnumbered) == (2, 4 * gap, 2 * nameless)
        assert [bool(row[0]) for row in csv.reader(path.read_text("utf-8-sig").splitlines())] == [True] * 3
        asked = ("notice-list", "shop/main.members", "--out-file", path, "--out", shop.layout.out)
        code, printed, err = command(*asked, "--estate", tmp_path / "estate.yaml", key=KEYS.secret.decode())
        assert code == 3 and "not registered" in printed and "to be told" not in printed
        assert ("4 rows could not be read" in err) == gap
        assert ("2 rows have no number" in err) == nameless
        with Reader(shop.layout.store) as reader:
            assert not reader.arrow("SELECT * FROM notice").num_rows

    @pytest.mark.parametrize(
        ("asset_id", "code"), [("shop/main.nobody", "asset-unknown"), ("share/x.csv", "notice-not-declared")]
    )
    def test_an_asset_nobody_knows_or_declared_is_refused(
        self, shop: Job, tmp_path: Path, asset_id: str, code: str
    ) -> None:
        with pytest.raises(Refused, match=code):
            make_notice_list(shop, asset_id, tmp_path / "list.csv", today=TODAY)
        assert not (tmp_path / "list.csv").exists()

    def test_with_another_key_nobody_is_listed(self, shop: Job, tmp_path: Path) -> None:
        other = replace(shop, keys=KeyRing(b"another secret of the tests"))
        with pytest.raises(Refused, match="key-changed"):
            make_notice_list(other, "shop/main.members", tmp_path / "list.csv", today=TODAY)
        assert not (tmp_path / "list.csv").exists()


class TestDemo:
    AS_OF = "2026-04-01"

    def test_the_counts_are_those_of_the_truth(self, estate: Path, scanned: Path) -> None:
        truth = json.loads((estate / "truth.json").read_text("utf-8"))["incidents"]
        rows = [row for row in run_report(scanned / "store.duckdb", "stale", as_of=self.AS_OF).rows
                if row["source"] == "keeping"]  # fmt: skip
        assert sum(row["past"] or 0 for row in rows) == truth["stale_past"]["rows"]
        accounts = [row for row in rows if row["asset"] == "keeping/main.app_accounts" and row["past"]]
        assert sum(row["to_notify"] for row in accounts) == truth["notice_list"]["rows"]
        assert {row["whose"] for row in rows if row["asset"] == "keeping/main.shop_orders"} == {
            "member",
            "guest",
        }
        assert not [row for row in rows if row["state"] == "unknown"]

    def test_the_notice_list_names_exactly_the_dormant(
        self, estate: Path, scanned: Path, tmp_path: Path
    ) -> None:
        from tests.commands import KEY

        expected = json.loads((estate / "truth.json").read_text("utf-8"))["incidents"]["notice_list"]["keys"]
        keys = KeyRing(KEY.encode())
        layout = Layout(tmp_path / "out").create()
        layout.store.write_bytes((scanned / "store.duckdb").read_bytes())
        work = Job(load_estate(estate / "estate.yaml"), layout, keys)
        path = tmp_path / "list.csv"
        make_notice_list(work, "keeping/main.app_accounts", path, today=date(2026, 4, 1))
        sealer = Sealer(keys)
        listed = {row[0] for row in csv.reader(path.read_text("utf-8-sig").splitlines())} - {"会員の鍵 key"}
        assert listed == {sealer.row_key(number, personal=True) for number in expected}

    def test_the_tax_law_holds_name_and_address_of_orders(self, scanned: Path) -> None:
        rows = run_report(scanned / "store.duckdb", "stale_fields", as_of=self.AS_OF).rows
        orders = {tuple(row["fields"]): row for row in rows if row["asset"] == "keeping/main.shop_orders"}
        held = orders["届け先住所", "届け先氏名"]
        free = next(row for fields, row in orders.items() if "メール" in fields)
        assert held["kind"] == "hold" and held["free"] < free["free"]
