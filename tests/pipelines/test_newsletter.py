"""Incident E, the newsletter: who was mailed, what a migration lost, what was left over. Persons are invented."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.examine.activity import Count
from pipelines.load import load
from pipelines.reports.runner import Row
from pipelines.results import AssetResult
from tests.pipelines.incidents import registers, report, said, short_keys, store
from tests.pipelines.scans import KEYS, asset, examined, job, record, scan

SENT = datetime(2026, 11, 10, 3, tzinfo=UTC)
BEFORE, AFTER = SENT - timedelta(days=30), SENT + timedelta(days=3)
LONG_AGO = datetime(2015, 4, 1, tzinfo=UTC)
TODAY = date(2026, 11, 20)

Registers = dict[str, list[dict[str, Any]]]


def mail(person: int) -> str:
    return f"m{person}@club.example.jp"


def member(number: int, **facts: Any) -> dict[str, Any]:
    return {"person": f"M{number}", "email": mail(number), **facts}


def consent(number: int, **facts: Any) -> dict[str, Any]:
    return {"person": f"M{number}", "moment": LONG_AGO, **facts}


#: What the registers hold of person `n`, who was sent a mail, beside what everybody has; why that was wrong.
REFUSED: list[tuple[Callable[[int], Registers], str]] = [
    (lambda n: {"member": [member(n, ended=BEFORE)]}, "withdrawn"),
    (lambda n: {"member": [member(n, status="退会済", ended=BEFORE)]}, "withdrawn"),
    (lambda n: {"consent": [consent(n, ended=BEFORE)]}, "opted-out"),
    (lambda n: {"consent": [consent(n), consent(n, moment=BEFORE, consent=False)]}, "opted-out"),
    (lambda n: {"consent": [consent(n), consent(n, consent=False)]}, "opted-out"),
    (lambda n: {"member": [member(n, due=BEFORE)]}, "retention-expired"),
    (lambda n: {"consent": []}, "no-consent-record"),
    (lambda n: {"consent": [consent(n, moment=AFTER)]}, "no-consent-record"),
    (lambda n: {"member": [], "consent": []}, "no-consent-record"),
    (lambda n: {"deletion": [{"person": f"M{n}", "moment": BEFORE}]}, "deleted"),
    (
        lambda n: {"member": [], "consent": [], "deletion": [{"email": mail(n), "moment": BEFORE}]},
        "deleted",
    ),
]
#: The same of people to whom it was right to send one.
RIGHT: list[Callable[[int], Registers]] = [
    lambda n: {"member": [member(n, status="退会", ended=AFTER)]},
    lambda n: {"consent": [consent(n, ended=AFTER)]},
    lambda n: {"consent": [consent(n, ended=BEFORE), consent(n, moment=BEFORE + timedelta(days=1))]},
    lambda n: {"member": [member(n, due=AFTER)]},
    lambda n: {"member": [member(n, ended=datetime(9999, 12, 30, tzinfo=UTC))]},
    lambda n: {"deletion": [{"email": mail(n), "moment": BEFORE}]},
    # A couple with one address, one of whom has left.
    lambda n: {"member": [member(n), {**member(100 + n, ended=BEFORE), "email": mail(n)}]},
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """The report over one store in which case `n` is person `n`, mailed by list ``NL<n>``."""
    rows: Registers = {"mail_list": [], "deletion": [], "send": []}
    for n, case in enumerate([*(case for case, _ in REFUSED), *RIGHT]):
        for kind, given in ({"member": [member(n)], "consent": [consent(n)]} | case(n)).items():
            rows.setdefault(kind, []).extend(given)
        rows["send"].append({"email": mail(n), "moment": SENT, "list": f"NL{n}"})
    return report(store(tmp_path_factory.mktemp("judged"), **rows), "suppression_violations")


class TestSuppressionViolations:
    def found(self, tmp_path: Path, *, sends: list[dict[str, Any]] | None = None, **rows: Any) -> list[Row]:
        given = {"member": [member(1)], "consent": [consent(1)], "mail_list": [], "deletion": []}
        sends = [{"email": mail(1), "moment": SENT, "list": "NL"}] if sends is None else sends
        return report(store(tmp_path, send=sends, **{**given, **rows}), "suppression_violations")

    def test_who_agreed_may_be_mailed(self, tmp_path: Path) -> None:
        assert self.found(tmp_path) == []

    @pytest.mark.parametrize("case", range(len(REFUSED)))
    def test_every_cause_is_found(self, judged: list[Row], case: int) -> None:
        (row,) = (row for row in judged if row["list"] == f"NL{case}")
        assert (row["state"], row["cause"], row["persons"], row["messages"]) == (
            "violation",
            REFUSED[case][1],
            1,
            1,
        )
        assert (row["first"], row["last"], row["origin"]) == (date(2026, 11, 10), date(2026, 11, 10), "send")
        assert row["people"][0].startswith("k:") and "@" not in repr(row)

    @pytest.mark.parametrize("case", range(len(REFUSED), len(REFUSED) + len(RIGHT)))
    def test_what_was_right_at_the_time_is_no_violation(self, judged: list[Row], case: int) -> None:
        assert [row for row in judged if row["list"] == f"NL{case}"] == []

    def test_nothing_else_is_said_of_them(self, judged: list[Row]) -> None:
        assert len(judged) == len(REFUSED)

    def test_whom_the_migration_forgot_had_left_all_the_same(self, tmp_path: Path) -> None:
        old = [{"person": "O1", "email": mail(1), "status": "退会", "ended": LONG_AGO}]
        (row,) = self.found(tmp_path / "a", member=[member(1, old="O1")], member_before=old)
        assert row["cause"] == "withdrawn"
        again = [member(1, old="O1", moment=LONG_AGO + timedelta(days=900))]
        assert self.found(tmp_path / "b", member=again, member_before=old) == []

    def test_a_day_a_migration_wrote_into_everybody_says_of_nobody_that_he_joined_again(
        self, tmp_path: Path
    ) -> None:
        migrated = LONG_AGO + timedelta(days=900)
        old = [{"person": f"O{n}", "email": mail(n), "moment": LONG_AGO} for n in (1, 2, 3)]
        old[0] |= {"status": "退会", "ended": LONG_AGO + timedelta(days=30)}
        now = [member(n, old=f"O{n}", moment=migrated) for n in (1, 2, 3)]
        (row,) = self.found(tmp_path, member=now, member_before=old)
        assert (row["cause"], row["persons"]) == ("withdrawn", 1)

    def test_who_joined_again_under_the_same_number_may_be_mailed(self, tmp_path: Path) -> None:
        old = [{"person": "M1", "email": mail(1), "status": "退会", "ended": LONG_AGO}]
        again = [member(1, moment=LONG_AGO + timedelta(days=900))]
        assert self.found(tmp_path / "again", member=again, member_before=old) == []
        (row,) = self.found(tmp_path / "never", member=[member(1, moment=LONG_AGO)], member_before=old)
        assert row["cause"] == "withdrawn"

    def test_consent_counts_for_what_it_was_given_for(self, tmp_path: Path) -> None:
        cases = [
            # Agreed to, refused later, sent for, refused therefore.
            ("第三者提供", "メルマガ", None, True),
            ("メルマガ", "第三者提供", None, False),
            ("メルマガ", "郵送DM", "メルマガ", False),
            ("アンケート", "キャンペーン", "アンケート", False),
            ("アンケート", "キャンペーン", "キャンペーン", True),
            ("アンケート", "キャンペーン", "会報", True),
            (None, "キャンペーン", "キャンペーン", True),
            ("キャンペーン", None, "キャンペーン", True),
            ("郵送", None, "会報", True),
        ]
        told, sent = [], []
        for n, (agreed, refused, purpose, _) in enumerate(cases):
            told += [consent(n, purpose=agreed), consent(n, purpose=refused, moment=BEFORE, consent=False)]
            sent.append({"email": mail(n), "moment": SENT, "list": f"NL{n}", "purpose": purpose})
        members = [member(n) for n in range(len(cases))]
        rows = self.found(tmp_path, member=members, consent=told, sends=sent)
        assert {row["list"]: row["cause"] for row in rows} == {
            f"NL{n}": "opted-out" for n, (*_, is_refused) in enumerate(cases) if is_refused
        }

    def test_consent_to_letters_is_none_to_mail(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path, consent=[consent(1, purpose="郵送によるご案内")])
        assert row["cause"] == "no-consent-record"

    def test_what_stands_under_an_old_number_is_said_of_the_same_member(self, tmp_path: Path) -> None:
        """A list, a register of consent or a deletion log from before a migration knows the number of then."""
        now = [member(1, old="O1")]
        stayed = [{"person": "O1", "email": mail(1)}]
        left = [{**stayed[0], "status": "退会", "ended": LONG_AGO}]
        agreed = [{"person": "O1", "moment": LONG_AGO}]
        listed = [{"person": "O1", "list": "お詫び"}]
        (row,) = self.found(
            tmp_path / "list", sends=[], member=now, member_before=left, consent=agreed, mail_list=listed
        )
        assert (row["origin"], row["cause"]) == ("mail_list", "withdrawn")
        assert self.found(tmp_path / "agreed", member=now, member_before=stayed, consent=agreed) == []
        refused = [*agreed, {"person": "O1", "moment": BEFORE, "consent": False}, {"person": "M1"}]
        (row,) = self.found(tmp_path / "refused", member=now, member_before=stayed, consent=refused)
        assert row["cause"] == "opted-out"
        gone = [{"person": "O1", "moment": BEFORE}]
        (row,) = self.found(tmp_path / "gone", member=now, member_before=stayed, deletion=gone)
        assert row["cause"] == "deleted"

    def test_a_number_given_again_after_a_migration_is_somebody_else(self, tmp_path: Path) -> None:
        before = [
            {"person": "M1", "email": mail(5), "status": "退会", "ended": LONG_AGO},
            {"person": "O2", "email": mail(2)},
        ]
        now = [member(1), member(2, old="O2")]
        assert self.found(tmp_path / "now", member=now, member_before=before) == []
        (row,) = self.found(
            tmp_path / "then", sends=[{"email": mail(5), "moment": SENT}], member=now, member_before=before
        )
        assert row["cause"] == "withdrawn"

    def test_a_list_is_judged_as_of_the_scan(self, tmp_path: Path) -> None:
        rows = self.found(
            tmp_path,
            member=[member(1, status="退会")],
            mail_list=[{"email": mail(1), "moment": LONG_AGO}, {"email": mail(7), "moment": LONG_AGO}],
        )
        assert said(rows, "state", "origin", "cause", "reason") == [
            ("unknown", "send", "withdrawn", "no-withdrawal-date"),
            ("violation", "mail_list", "no-consent-record", None),
            ("violation", "mail_list", "withdrawn", None),
        ]
        assert rows[1]["list"] == "crm/mail_list" and rows[1]["first"] is None

    def test_an_opt_out_without_a_day_is_unknown_for_what_was_sent(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path, member=[member(1, optout=True)])
        assert (row["state"], row["cause"], row["reason"]) == ("unknown", "opted-out", "no-refusal-date")

    def test_e_mail_addresses_that_differ_in_case_alone_are_one(self, tmp_path: Path) -> None:
        sends = [{"email_key": KEYS.value_key("EMAIL_ADDRESS", mail(1)), "moment": SENT, "list": "NL"}]
        assert self.found(tmp_path, sends=sends) == []

    def test_without_a_register_of_consent_the_flag_counts(self, tmp_path: Path) -> None:
        for name, flag, expected in (("yes", True, []), ("no", False, ["no-consent-record"])):
            path = store(tmp_path / name, member=[member(1, consent=flag)],
                         send=[{"email": mail(1), "moment": SENT, "list": "NL"}])  # fmt: skip
            rows = report(path, "suppression_violations")
            assert [row["cause"] for row in rows if row["state"] == "violation"] == expected
            assert {row["register"] for row in rows if row["state"] == "noted"} == {
                "consent",
                "deletion",
                "mail_list",
            }

    def test_what_cannot_be_judged_is_said(self, tmp_path: Path) -> None:
        rows = self.found(
            tmp_path,
            sends=[{"email": mail(1), "list": "NL"}, {"moment": SENT, "list": "NL"}],
            member=[member(1), member(1), member(3, unread=["optout"])],
        )
        assert {(row["state"], row["reason"], row["persons"]) for row in rows} == {
            ("unknown", "no-moment", 1), ("unknown", "no-person", 0), ("unknown", "flag-unread", 1),
            ("noted", "person-not-unique", 1),
        }  # fmt: skip

    def test_the_longest_word_in_a_status_says_who_has_left(self, tmp_path: Path) -> None:
        """A word with 0 is an exception of a shorter one, as policies.yaml says."""
        own = tmp_path / "own.yaml"
        own.write_text(
            "settings:\n  withdrawn_status:\n    values: {退会: 1, 退会予定: 0}\n"
            "    source: 会員規約\n    verified: company\n",
            "utf-8",
        )
        statuses = ("退会済", "退会予定（月末）", "利用中")
        members = [member(number, status=status) for number, status in enumerate(statuses)]
        agreed = [consent(number) for number in range(3)]
        sent = [{"email": mail(number), "list": "NL"} for number in range(3)]
        work, assets = registers(
            tmp_path, member=members, consent=agreed, mail_list=sent, send=[], deletion=[]
        )
        rules = [each.model_dump(exclude_defaults=True) for each in work.estate.assets]
        work = job(tmp_path, assets=rules, policies=own)
        load(work, scan("s", assets))
        (row,) = report(work.layout.store, "suppression_violations")
        assert (row["cause"], row["persons"]) == ("withdrawn", 1)

    def test_a_status_nobody_could_keep_is_no_sign_of_a_member(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path, member=[member(1, unread=["status"])])
        assert (row["state"], row["reason"], row["register"]) == ("unknown", "flag-unread", "member")

    def test_where_no_code_says_that_anybody_left_that_is_said(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path / "codes", member=[member(1, status="1"), member(2, status="9")])
        assert (row["state"], row["reason"], row["persons"]) == ("noted", "no-leaving-status", 2)
        roles = {"member": ("person", "email", "status", "ended")}
        assert self.found(tmp_path / "dates", member=[member(1, status="1")], roles=roles) == []

    def test_without_members_nobody_is_judged(self, tmp_path: Path) -> None:
        rows = report(store(tmp_path, send=[{"email": mail(1), "moment": SENT}]), "suppression_violations")
        assert ("not-declared", "member") in said(rows, "state", "register")
        assert not [row for row in rows if row["state"] == "violation"]


class TestMigrationDiff:
    roles = {
        "member_before": ("person", "status", "ended", "optout", "consent", "moment"),
        "member": ("person", "old", "status", "ended", "optout", "consent", "moment"),
    }

    def found(
        self, tmp_path: Path, *pairs: tuple[dict[str, Any] | None, dict[str, Any] | None], **more: Any
    ) -> list[Row]:
        before = [
            {"person": f"O{n}", "moment": LONG_AGO, **was}
            for n, (was, _) in enumerate(pairs)
            if was is not None
        ]
        after = [
            {"person": f"M{n}", "old": f"O{n}" if was is not None else None, "moment": LONG_AGO, **now}
            for n, (was, now) in enumerate(pairs)
            if now is not None
        ]
        path = store(tmp_path, roles=self.roles, member_before=before, member=after, **more)
        return report(path, "migration_diff")

    ok = {"status": "利用中", "optout": False, "consent": True}

    def test_flags_that_agree_are_no_difference(self, tmp_path: Path) -> None:
        left = {"status": "退会", "ended": LONG_AGO, "optout": True, "consent": False}
        assert self.found(tmp_path, (self.ok, self.ok), (left, left), (left, None)) == []

    def test_a_status_nobody_could_keep_is_no_flag_that_agrees(self, tmp_path: Path) -> None:
        """Nor is such a member missing, or of an old number nobody knows."""
        mute = {**self.ok, "status": None, "unread": ["status"]}
        rows = self.found(tmp_path, (self.ok, self.ok), (mute, self.ok), (self.ok, mute))
        assert said(rows, "state", "reason", "register", "persons") == [
            ("unknown", "flag-unread", "member", 1), ("unknown", "flag-unread", "member_before", 1),
        ]  # fmt: skip

    def test_every_difference_is_found(self, tmp_path: Path) -> None:
        cases: list[tuple[dict[str, Any], dict[str, Any], tuple[str, str, str]]] = [
            ({"status": "退会"}, {}, ("withdrawn", "lost", "differs")),
            ({"ended": LONG_AGO}, {}, ("withdrawn", "lost", "differs")),
            ({}, {"status": "退会"}, ("withdrawn", "gained", "noted")),
            ({"optout": True}, {}, ("optout", "lost", "differs")),
            ({"optout": True}, {"optout": None}, ("optout", "became-empty", "differs")),
            ({"optout": None}, {}, ("optout", "default-filled", "differs")),
            ({"consent": False}, {}, ("consent", "gained", "differs")),
            ({"consent": None}, {}, ("consent", "default-filled", "differs")),
            ({}, {"consent": False}, ("consent", "lost", "noted")),
        ]
        pairs = [({**self.ok, **was}, {**self.ok, **now}) for was, now, _ in cases]
        rows = self.found(tmp_path, *pairs, (self.ok, self.ok))
        told = {(row["flag"], row["difference"], row["state"]): row for row in rows}
        assert {kind: row["persons"] for kind, row in told.items()} == Counter(kind for *_, kind in cases)
        assert len(rows) == len(told)
        for row in rows:
            assert len(row["people"]) == row["persons"] and row["people"][0].startswith("k:")

    def test_joining_or_agreeing_again_explains(self, tmp_path: Path) -> None:
        again = datetime(2024, 6, 1, tzinfo=UTC)
        rows = self.found(
            tmp_path,
            ({**self.ok, "status": "退会"}, {**self.ok, "moment": again}),
            ({**self.ok, "optout": True}, self.ok),
            consent=[{"person": "M1", "moment": again}],
        )
        assert sorted(said(rows, "state", "flag", "persons", "explained")) == [
            ("noted", "optout", 0, 1), ("noted", "withdrawn", 0, 1),
        ]  # fmt: skip

    def test_a_day_the_migration_wrote_into_everybody_explains_nothing(self, tmp_path: Path) -> None:
        """Nor does a consent that is none to mail."""
        migrated = {**self.ok, "moment": datetime(2024, 6, 1, tzinfo=UTC)}
        rows = self.found(
            tmp_path,
            ({**self.ok, "status": "退会"}, migrated),
            ({**self.ok, "optout": True}, migrated),
            (self.ok, migrated),
            consent=[{"person": "M1", "moment": datetime(2024, 6, 2, tzinfo=UTC), "purpose": "第三者提供"}],
        )
        assert sorted(said(rows, "state", "flag", "persons", "explained")) == [
            ("differs", "optout", 1, 0), ("differs", "withdrawn", 1, 0),
        ]  # fmt: skip

    def test_missing_new_and_unknown_old_numbers_are_listed(self, tmp_path: Path) -> None:
        rows = self.found(
            tmp_path, (self.ok, self.ok), (self.ok, None), (None, self.ok), (None, {**self.ok, "old": "O99"})
        )
        assert sorted(said(rows, "state", "difference", "persons")) == [
            ("noted", "missing", 1), ("noted", "new", 1), ("to-check", "old-number-unknown", 1),
        ]  # fmt: skip

    def test_what_cannot_be_matched_is_said(self, tmp_path: Path) -> None:
        rows = self.found(
            tmp_path,
            (self.ok, self.ok),
            ({**self.ok, "person": "O0"}, None),
            ({**self.ok, "consent": None, "unread": ["consent"]}, self.ok),
            ({**self.ok, "person": None}, None),
        )
        unknown = {
            (row["reason"], row["register"], row["persons"]) for row in rows if row["state"] == "unknown"
        }
        assert unknown == {("person-not-unique", "member_before", 1), ("flag-unread", "member_before", 1),
                           ("no-person", "member_before", 0)}  # fmt: skip
        assert not [row for row in rows if row["state"] == "differs"]

    def test_without_the_old_register_it_says_so(self, tmp_path: Path) -> None:
        rows = report(store(tmp_path, member=[member(1)]), "migration_diff")
        assert said(rows, "state", "register") == [("not-declared", "member_before")]


class TestOrphanLists:
    def found(self, tmp_path: Path, entries: list[dict[str, Any]], **rule: Any) -> list[Row]:
        people = [member(number) for number in range(10)]
        agreed = [consent(number) for number in range(8)]
        work, assets = registers(tmp_path, member=people, consent=agreed, mail_list=entries)
        if rule:
            rules = [{"match": "crm/member", **rule, "records": {"kind": "member", "columns": {"person": "p"}}},
                     *[each.model_dump(exclude_defaults=True) for each in work.estate.assets]]  # fmt: skip
            work = job(tmp_path, assets=rules)
        load(work, scan("s", assets))
        return report(work.layout.store, "orphan_lists", as_of=TODAY)

    def entries(self, *people: int, days: int = 100, **facts: Any) -> list[dict[str, Any]]:
        moment = datetime(2026, 11, 20, tzinfo=UTC) - timedelta(days=days)
        return [{"email": mail(person), "moment": moment, **facts} for person in people]

    def test_a_current_list_is_not_listed(self, tmp_path: Path) -> None:
        assert self.found(tmp_path, self.entries(*range(8), 9, days=900)) == []

    def test_a_list_consent_does_not_give_is_overdue_after_its_days(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path / "old", self.entries(1, 8, 9, 20))
        assert (row["state"], row["addresses"], row["not_mailable"], row["percent"]) == ("overdue", 4, 3, 75)
        assert (row["unknown_addresses"], row["age_days"], row["ttl_days"], row["ttl_basis"]) == (
            1,
            100,
            30,
            "orphan",
        )
        (row,) = self.found(tmp_path / "young", self.entries(1, 8, 9, 20, days=30))
        assert row["state"] == "to-check"

    def test_an_apology_list_has_its_time_however_good_its_addresses(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path / "old", self.entries(1, 2, days=31, purpose="誤配信のお詫び"))
        assert (row["state"], row["ttl_basis"], row["ttl_days"]) == ("overdue", "one-off", 30)
        (row,) = self.found(tmp_path / "young", self.entries(1, 2, days=30, purpose="誤配信のお詫び"))
        assert row["state"] == "running"

    def test_a_copy_has_the_time_the_estate_gives_it(self, tmp_path: Path) -> None:
        copies = [{"asset": "crm/mail_list", "ttl_days": 7}]
        (row,) = self.found(tmp_path, self.entries(1, 2, days=8), copies=copies)
        assert (row["state"], row["ttl_basis"], row["ttl_days"], row["made_of"]) == (
            "overdue",
            "copy",
            7,
            "crm/member",
        )

    def test_a_list_without_a_day_counts_from_the_scan_that_saw_it(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path / "none", [{"email": mail(8)}])
        assert (row["state"], row["age_days"], row["reason"]) == ("to-check", 0, "no-list-date")
        (row,) = self.found(tmp_path / "future", self.entries(8, days=-9))
        assert (row["state"], row["reason"]) == ("unknown", "future-date")


class TestDuplicateSends:
    def found(self, tmp_path: Path, *sends: tuple[int | None, float, dict[str, Any]]) -> list[Row]:
        rows = [
            {
                "email": mail(person) if person else None,
                "moment": SENT + timedelta(minutes=minute),
                "list": "REPLY",
                **facts,
            }
            for person, minute, facts in sends
        ]
        return report(store(tmp_path, send=rows), "duplicate_sends")

    def test_the_same_again_within_ten_minutes_is_a_duplicate(self, tmp_path: Path) -> None:
        (row,) = self.found(
            tmp_path, (1, 0, {}), (1, 10, {}), (1, 12, {}), (2, 0, {}), (3, 5, {}), (3, 5, {}), (1, 90, {})
        )
        assert (row["state"], row["persons"], row["extra"], row["most"]) == ("duplicate", 2, 3, 3)

    def test_one_sending_over_two_logs_is_a_duplicate_and_a_copy_of_a_log_is_none(
        self, tmp_path: Path
    ) -> None:
        columns = {role: role for role in ("email", "moment", "list")}
        work = job(tmp_path, assets=[{"match": "crm/*", "records": {"kind": "send", "columns": columns}}])

        def log(name: str, *minutes: float) -> AssetResult:
            sends = [
                record("send", row=n, email=mail(1), moment=SENT + timedelta(minutes=minute), list="REPLY")
                for n, minute in enumerate(minutes)
            ]
            parts = (examined(work.layout, asset(name), f"work-{name[4:]}", records=sends),)
            return AssetResult(asset=asset(name), parts=parts)

        load(work, scan("s", [log("crm/a", 0), log("crm/b", 3), log("crm/copy", 0)]))
        (row,) = report(work.layout.store, "duplicate_sends")
        assert (row["persons"], row["extra"], row["asset"]) == (1, 1, "crm/a + crm/b")

    def test_later_another_template_another_person_or_a_retry_is_none(self, tmp_path: Path) -> None:
        assert self.found(
            tmp_path, (1, 0, {}), (1, 10.1, {}), (2, 0, {}), (2, 1, {"list": "NL"}), (3, 0, {}),
            (4, 0, {"status": "送信失敗"}), (4, 1, {"status": "送信済"}),
        ) == []  # fmt: skip

    def test_sends_that_tell_too_little_are_unknown(self, tmp_path: Path) -> None:
        rows = self.found(tmp_path, (1, 0, {"moment": None}), (None, 0, {}), (2, 0, {"list": None}))
        assert sorted(said(rows, "state", "reason")) == [
            ("unknown", "no-list"),
            ("unknown", "no-moment"),
            ("unknown", "no-person"),
        ]


class TestDeletionResiduals:
    def found(
        self,
        tmp_path: Path,
        deletion: list[dict[str, Any]],
        rows: list[str],
        retention: str | None = None,
        ordered: tuple[date, ...] = (),
        held: dict[str, str] | None = None,
        **more: Any,
    ) -> list[Row]:
        work, assets = registers(tmp_path, deletion=deletion, **more)
        rules = [each.model_dump(exclude_defaults=True) for each in work.estate.assets]
        orders_rule = {"match": "crm/orders", "retention": retention, "held": held or {}}
        work = job(tmp_path, assets=[*rules, {**orders_rule, "columns": {"last_activity": "注文日"}}])
        orders = asset("crm/orders")
        keys = [
            {"field": "会員番号", "row": row, "row_key": None, "entity_type": "PERSONAL_ID",
             "value_key": KEYS.value_key("PERSONAL_ID", number), "alt_key": None}
            for row, number in enumerate(rows)
        ]  # fmt: skip
        part = examined(work.layout, orders, "work-orders", keys=keys)
        events = tuple(Count("activity", "", day, "", True, 1) for day in ordered)
        load(work, scan("s", [*assets, AssetResult(asset=orders, parts=(part,), events=events)]))
        return report(work.layout.store, "deletion_residuals")

    def test_nothing_left_is_nothing_to_report(self, tmp_path: Path) -> None:
        assert self.found(tmp_path, [{"person": "M1", "moment": SENT}], ["M2", "M3"]) == []

    def test_what_is_left_has_its_place(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path, [{"person": "M1", "moment": SENT}], ["M1", "M2", "M1"])
        assert (row["state"], row["asset"], row["field"], row["occurrences"]) == (
            "residual",
            "crm/orders",
            "会員番号",
            2,
        )
        assert (row["deleted"], row["person"][:2], row["law"]) == (date(2026, 11, 10), "k:", None)

    def test_a_statute_explains_it(self, tmp_path: Path) -> None:
        (row,) = self.found(tmp_path, [{"person": "M1", "moment": SENT}], ["M1"], "tax_books")
        assert (row["state"], row["retention"], row["verified"]) == ("held", "tax_books", "law-text")
        assert row["law"]

    @pytest.mark.parametrize(
        ("ordered", "state", "reason"),
        [
            ((date(2024, 5, 1), date(2025, 5, 1)), "held", None),
            ((date(2010, 5, 1), date(2025, 5, 1)), "to-check", "hold-ended-in-part"),
            ((date(2010, 5, 1), date(2011, 5, 1)), "residual", "hold-ended"),
            ((date(2010, 5, 1), date(9999, 12, 31)), "to-check", "hold-ended-in-part"),
        ],
    )
    def test_a_statute_explains_it_as_long_as_its_period_runs(
        self, tmp_path: Path, ordered: tuple[date, ...], state: str, reason: str | None
    ) -> None:
        gone = [{"person": "M1", "moment": SENT}]
        (row,) = self.found(tmp_path, gone, ["M1"], "tax_books", ordered)
        assert (row["state"], row["reason"], row["retention"]) == (state, reason, "tax_books")

    def test_a_field_a_statute_holds_is_held_in_an_asset_that_is_not(self, tmp_path: Path) -> None:
        gone = [{"person": "M1", "moment": SENT}]
        recent = (date(2025, 5, 1),)
        (row,) = self.found(tmp_path / "held", gone, ["M1"], "contact", recent, {"会員番号": "tax_books"})
        assert (row["state"], row["retention"]) == ("held", "tax_books")
        (row,) = self.found(tmp_path / "other", gone, ["M1"], "contact", recent, {"氏名": "tax_books"})
        assert (row["state"], row["retention"], row["law"]) == ("residual", "contact", None)

    def test_registers_without_key_columns_are_looked_through(self, tmp_path: Path) -> None:
        rows = self.found(tmp_path, [{"email": mail(1), "moment": SENT}], [], mail_list=[{"email": mail(1)}])
        assert said(rows, "state", "asset", "field") == [("residual", "crm/mail_list", "email")]

    def test_the_address_of_a_family_is_to_be_checked(self, tmp_path: Path) -> None:
        gone = [{"person": "M1", "email": mail(1), "moment": SENT}]
        rows = self.found(tmp_path, gone, [], member=[{"person": "M2", "email": mail(1)}])
        assert said(rows, "state", "reason") == [("to-check", "contact-of-another-member")]

    def test_what_cannot_be_judged_is_said(self, tmp_path: Path) -> None:
        later = datetime(2026, 12, 1, tzinfo=UTC)
        rows = self.found(
            tmp_path, [{"person": "M1", "moment": later}, {"person": "M2"}, {"moment": SENT}], ["M1"]
        )
        assert sorted(said(rows, "state", "reason", "occurrences")) == [
            ("unknown", "no-moment", 1), ("unknown", "no-person", 1), ("unknown", "not-scanned-since", 1),
        ]  # fmt: skip


NAMES = ("suppression_violations", "migration_diff", "orphan_lists", "duplicate_sends", "deletion_residuals")


def test_the_sample_estate_gives_the_truth(scanned: Path, estate: Path) -> None:
    truth = json.loads((estate / "truth.json").read_text("utf-8"))["incidents"]
    found = {name: report(scanned / "store.duckdb", name) for name in NAMES}
    assert {name: len(rows) for name, rows in found.items()} == {name: truth[name]["rows"] for name in NAMES}
    causes = [
        f"{Path(row['list']).name.removesuffix('.csv')}: {row['cause']}{', undated' if row['reason'] else ''}"
        for row in found["suppression_violations"]
    ]
    assert sorted(causes) == truth["suppression_violations"]["keys"]
    lost = {key for row in found["migration_diff"] if row["state"] == "differs" for key in row["people"]}
    assert sorted(lost) == short_keys(truth["migration_diff"]["keys"])
    assert sorted(row["asset"] for row in found["orphan_lists"]) == truth["orphan_lists"]["keys"]
    people = {row["person"] for row in found["deletion_residuals"]}
    assert sorted(people) == short_keys(truth["deletion_residuals"]["keys"])
    assert sum(row["persons"] for row in found["duplicate_sends"]) == len(truth["duplicate_sends"]["keys"])
