"""Incident C, the phone shop: slips, look-ups, private channels. Every person is invented."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.examine.senders import sender_class
from pipelines.reports.runner import Row
from tests.pipelines.incidents import report, said, short_keys, store

NOON = datetime(2026, 11, 10, 3, tzinfo=UTC)
TODAY = date(2026, 11, 20)
BUSINESS = "0312345678"


class TestOverdueSlips:
    def slips(self, tmp_path: Path, *rows: dict[str, Any]) -> list[Row]:
        return report(store(tmp_path, slip=list(rows)), "overdue_slips", as_of=TODAY)

    def test_a_slip_past_its_due_date_and_not_shredded_is_overdue(self, tmp_path: Path) -> None:
        (row,) = self.slips(
            tmp_path,
            {
                "ref": "F1",
                "staff": "E1",
                "person": "M1",
                "due": NOON,
                "purpose": "問い合わせ",
                "kind": "S101",
            },
            {"ref": "F2", "due": NOON, "ended": NOON + timedelta(days=5)},
            {"ref": "F3", "due": NOON + timedelta(days=30)},
        )
        assert (row["state"], row["days_overdue"], row["due_basis"], row["store"]) == (
            "overdue",
            10,
            "register",
            "S101",
        )
        assert (
            row["slip"].startswith("k:") and row["staff"].startswith("k:") and row["person"].startswith("k:")
        )
        assert "F1" not in repr(row) and "E1" not in repr(row)

    def test_slips_of_nobody_are_not_one_clerks(self, tmp_path: Path) -> None:
        late = [
            {"ref": f"F{n}", "due": NOON, "staff": staff} for n, staff in enumerate([None, None, "E1", "E1"])
        ]
        rows = self.slips(tmp_path, *late)
        assert sorted(said(rows, "staff_overdue"), key=repr) == [(2,), (2,), (None,), (None,)]

    def test_the_last_day_is_not_past_and_days_are_those_of_the_estate(self, tmp_path: Path) -> None:
        # 19 November, 20:00 UTC, is the 20th in Tokyo.
        assert self.slips(tmp_path, {"ref": "F1", "due": datetime(2026, 11, 19, 20, tzinfo=UTC)}) == []

    def test_a_due_date_follows_from_the_purpose(self, tmp_path: Path) -> None:
        old = NOON - timedelta(days=100)
        (row,) = self.slips(
            tmp_path,
            {"ref": "F1", "moment": old, "purpose": "料金の問い合わせ"},
            {"ref": "F2", "moment": NOON, "purpose": "料金の問い合わせ"},
        )
        assert (row["due"], row["due_basis"]) == (date(2026, 10, 31), "purpose")

    def test_what_cannot_be_judged_is_said(self, tmp_path: Path) -> None:
        old = NOON - timedelta(days=900)
        rows = self.slips(
            tmp_path,
            {"ref": "F1", "moment": old, "purpose": "本人確認"},
            {"ref": "F2", "moment": old, "purpose": None},
            {"ref": "F3", "purpose": "相談"},
            {"ref": "F4", "moment": NOON + timedelta(days=90), "purpose": "相談"},
            {"ref": "F5", "moment": old, "due": datetime(9999, 12, 30, tzinfo=UTC)},
            {"ref": "F6", "moment": old, "unread": ["due"], "purpose": "相談"},
            {"ref": "F7", "moment": old, "due": old, "unread": ["ended"], "purpose": "予約"},
        )
        assert {(row["state"], row["reason"], row["slips"]) for row in rows} == {
            ("unknown", "no-due-date", 1), ("unknown", "no-received-date", 1), ("unknown", "future-date", 1),
            ("unknown", "due-never", 1), ("unknown", "due-unread", 1), ("unknown", "ended-unread", 1),
        }  # fmt: skip
        assert len(rows) == 7

    def test_a_register_that_is_missing_or_unread_is_said(self, tmp_path: Path) -> None:
        assert said(report(store(tmp_path / "a"), "overdue_slips"), "state", "register") == [
            ("not-declared", "slip")
        ]
        rows = report(store(tmp_path / "b", unread="slip", slip=[]), "overdue_slips")
        assert said(rows, "state", "reason", "slips") == [("unknown", "register-not-examined", 1)]

    def test_an_empty_register_is_looked_at_and_nothing_is_found(self, tmp_path: Path) -> None:
        assert self.slips(tmp_path) == []


class TestUnexplainedAccess:
    visits = (
        {"person": "M0", "moment": NOON - timedelta(days=30)},
        {"person": "M0", "moment": NOON + timedelta(days=5)},
    )

    def found(
        self, tmp_path: Path, lookup: list[dict[str, Any]], *visits: dict[str, Any], **more: Any
    ) -> list[Row]:
        path = store(tmp_path, lookup=lookup, visit=[*self.visits, *visits], **more)
        return report(path, "unexplained_access")

    @pytest.mark.parametrize("hours", [-24, 0, 24])
    def test_a_visit_within_the_hours_explains_and_a_minute_more_does_not(
        self, tmp_path: Path, hours: int
    ) -> None:
        lookup = [{"staff": "E1", "person": "M1", "moment": NOON}]
        visit = {"person": "M1", "moment": NOON + timedelta(hours=hours)}
        assert self.found(tmp_path / "in", lookup, visit) == []
        if hours:
            visit["moment"] += timedelta(minutes=hours // 24)
            total, pair = self.found(tmp_path / "out", lookup, visit)
            assert (total["state"], total["percent"], total["limit_percent"]) == ("over-limit", 100, 5)
            assert (pair["state"], pair["unexplained"], pair["reason"]) == (
                "to-check",
                1,
                "no-visit-or-ticket",
            )
            assert "E1" not in repr(pair) and "M1" not in repr(pair)

    def test_a_phone_number_explains_as_well_and_so_does_the_one_of_a_member(self, tmp_path: Path) -> None:
        visit = {"phone": "09012345678", "moment": NOON}
        assert (
            self.found(tmp_path / "a", [{"staff": "E1", "phone": "09012345678", "moment": NOON}], visit) == []
        )
        lookup = [{"staff": "E1", "person": "M1", "moment": NOON}]
        alone = [{"person": "M1", "phone": "09012345678"}]
        assert self.found(tmp_path / "b", lookup, visit, member=alone) == []
        # A number of two members tells neither.
        family = [*alone, {"person": "M2", "phone": "09012345678"}]
        assert len(self.found(tmp_path / "c", lookup, visit, member=family)) == 2

    def test_an_open_complaint_explains(self, tmp_path: Path) -> None:
        lookup = [{"staff": "E1", "person": "M1", "moment": NOON}]
        open_case = {"person": "M1", "moment": NOON - timedelta(days=9), "ended": NOON - timedelta(hours=5)}
        assert self.found(tmp_path / "a", lookup, complaint=[open_case]) == []
        settled = {**open_case, "ended": NOON - timedelta(days=3)}
        assert len(self.found(tmp_path / "b", lookup, complaint=[settled])) == 2

    def test_what_the_log_of_visits_does_not_cover_is_unknown(self, tmp_path: Path) -> None:
        rows = self.found(
            tmp_path,
            [
                {"staff": "E1", "person": "M1", "moment": NOON - timedelta(days=60)},
                {"staff": "E1", "person": "M1", "moment": None},
                {"staff": "E1", "moment": NOON},
                {"staff": "E1", "person": "M1", "moment": NOON + timedelta(days=400)},
            ],
        )
        assert said(rows, "state", "reason", "lookups") == [
            ("unknown", "future-date", 1), ("unknown", "log-does-not-reach", 1), ("unknown", "no-moment", 1),
            ("unknown", "no-person", 1),
        ]  # fmt: skip

    def test_without_a_log_of_visits_nothing_is_called_unexplained(self, tmp_path: Path) -> None:
        rows = report(
            store(tmp_path, lookup=[{"staff": "E1", "person": "M1", "moment": NOON}]), "unexplained_access"
        )
        assert said(rows, "state", "register") == [("not-declared", "visit")]

    def test_a_few_among_many_stay_within_the_limit(self, tmp_path: Path) -> None:
        lookup = [{"staff": "E1", "person": "M0", "moment": NOON - timedelta(days=30)}] * 30
        rows = self.found(tmp_path, [*lookup, {"staff": "E1", "person": "M1", "moment": NOON}])
        assert said(rows, "state", "unexplained") == [("within-limit", 1), ("to-check", 1)]

    def test_many_more_look_ups_than_colleagues_are_to_be_checked(self, tmp_path: Path) -> None:
        def lookups(staff: str, times: int) -> list[dict[str, Any]]:
            return [{"staff": staff, "person": "M0", "moment": NOON - timedelta(days=30)}] * times

        usual = [*lookups("E1", 8), *lookups("E2", 9), *lookups("E3", 10)]
        rows = self.found(tmp_path / "a", [*usual, *lookups("E4", 60)])
        assert said(rows, "state", "reason", "lookups") == [("to-check", "many-lookups", 60)]
        assert self.found(tmp_path / "b", [*usual, *lookups("E4", 29)]) == []


class TestPrivateChannel:
    base = {
        "business_sender": [{"sender": BUSINESS}],
        "staff": [{"staff": "E1", "phone": "08011112222", "email": "e1@shop.example.jp"}],
        "visit": [{"person": "M1", "phone": "09012345678", "moment": NOON}],
    }

    def found(self, tmp_path: Path, *messages: dict[str, Any], **more: Any) -> list[Row]:
        rows = report(store(tmp_path, message=list(messages), **{**self.base, **more}), "private_channel")
        assert (rows[0]["state"], rows[0]["reason"]) == ("notice", "private-phone-leaves-no-log")
        return rows[1:]

    def to(self, sender: str | None, **facts: Any) -> dict[str, Any]:
        return {"staff": "E1", "sender": sender, "phone": "09012345678", "moment": NOON, **facts}

    def test_business_numbers_and_business_mobiles_are_fine(self, tmp_path: Path) -> None:
        assert self.found(tmp_path, self.to(BUSINESS), self.to("08011112222")) == []

    def test_another_number_is_to_be_checked_once_per_clerk_and_sender(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path, self.to("08099998888", sender_class="mobile"), self.to("08099998888"))
        assert (row["state"], row["messages"], row["persons"]) == ("to-check", 2, 1)
        assert (row["sender_class"], row["reason"]) == ("mobile", "sender-not-registered")
        assert "0809999" not in repr(row)

    def test_a_registration_counts_only_while_it_lasts(self, tmp_path: Path) -> None:
        lines = [{"sender": BUSINESS, "moment": NOON - timedelta(days=9), "ended": NOON + timedelta(days=9)}]
        messages = [self.to(BUSINESS), self.to(BUSINESS, moment=NOON + timedelta(days=30))]
        (row,) = self.found(tmp_path, *messages, business_sender=lines)
        assert (row["messages"], row["reason"]) == (1, "registration-not-valid-then")

    def test_an_agreement_of_the_customer_explains_what_came_after_it(self, tmp_path: Path) -> None:
        agreed = {"sender": "08099998888", "phone": "09012345678", "consent": True, "moment": NOON}
        later, earlier = NOON + timedelta(days=1), NOON - timedelta(days=1)
        assert self.found(tmp_path / "a", self.to("08099998888", moment=later), complaint=[agreed]) == []
        (row,) = self.found(tmp_path / "b", self.to("08099998888", moment=earlier), complaint=[agreed])
        assert row["reason"] == "sender-not-registered"

    def test_a_complaint_that_names_a_private_number_is_to_be_checked(self, tmp_path: Path) -> None:
        complaint = {"sender": "08099998888", "person": "M1", "staff": "E1", "consent": False, "moment": NOON}
        (row,) = self.found(tmp_path / "a", complaint=[complaint])
        assert (row["state"], row["reason"]) == ("to-check", "private-number-complained")
        (row,) = self.found(tmp_path / "b", complaint=[{**complaint, "consent": None, "unread": ["consent"]}])
        assert (row["state"], row["reason"]) == ("unknown", "flag-unread")

    def test_recipients_nobody_knows_are_noted_and_gaps_are_unknown(self, tmp_path: Path) -> None:
        rows = self.found(
            tmp_path,
            self.to("08099998888", phone="07000000000"),
            self.to(None),
            self.to("08099998888", phone=None),
        )
        assert {(row["state"], row["reason"]) for row in rows} == {
            ("noted", "not-a-customer"), ("unknown", "no-sender"), ("unknown", "no-recipient"),
        }  # fmt: skip

    def test_without_the_staff_directory_nobody_is_named(self, tmp_path: Path) -> None:
        path = store(tmp_path, message=[self.to("08099998888")], business_sender=[{"sender": BUSINESS}])
        rows = report(path, "private_channel")
        assert said(rows, "state", "register") == [("notice", None), ("not-declared", "staff")]


def test_senders_are_told_apart() -> None:
    assert [sender_class(text) for text in ("060-1234-5678", "050-1234-5678", "9012345678", "x@au.com")] == [
        "mobile", "landline", "mobile", "free_mail",
    ]  # fmt: skip


def test_the_sample_estate_gives_the_truth(scanned: Path, estate: Path) -> None:
    truth = json.loads((estate / "truth.json").read_text("utf-8"))["incidents"]
    found = {name: report(scanned / "store.duckdb", name) for name in
             ("overdue_slips", "unexplained_access", "private_channel")}  # fmt: skip
    assert {name: len(rows) for name, rows in found.items()} == {name: truth[name]["rows"] for name in found}
    assert sorted(row["slip"] for row in found["overdue_slips"] if row["slip"]) == short_keys(
        truth["overdue_slips"]["keys"]
    )
    pairs = [f"{row['staff']} {row['person']}" for row in found["unexplained_access"] if row["person"]]
    assert sorted(pairs) == sorted(
        " ".join(short_keys(pair.split(), sort=False)) for pair in truth["unexplained_access"]["keys"]
    )
    clerks = sorted(row["staff"] for row in found["private_channel"] if row["state"] == "to-check")
    assert clerks == short_keys(truth["private_channel"]["keys"])
