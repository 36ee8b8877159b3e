"""Leak scoping: bounds that hold, triggers with evidence, deadlines by rule, drafts without a value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import Refused
from pipelines.incident import Question, Scope, scope_of
from pipelines.incident.deadlines import deadlines
from pipelines.incident.draft import SHEETS, to_html, to_markdown
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.load import load
from pipelines.policies import LeakReport, load_policies
from pipelines.refs import Grant
from pipelines.reports.words import labelled
from pipelines.results import AssetResult
from pipelines.store.reader import Reader
from tests.commands import Command
from tests.pipelines.people import store
from tests.pipelines.scans import (
    KEYS,
    asset,
    examined,
    finding,
    job,
    not_examined,
    record,
    scan,
    typed,
)

MEMBERS, CARDS, ORDERS = asset("crm/main.members"), asset("crm/main.cards"), asset("desk/main.orders")
SENT, LOG, LOCKED = asset("mail/main.send_log"), asset("crm/main.access_log"), asset("share/locked.xlsx")
KNOWN = date(2026, 11, 20)
NOV_5, NOV_9 = datetime(2026, 11, 5, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC)


def key(row: int, entity_type: str, value: str, field: str) -> dict[str, Any]:
    return {
        "field": field, "row": row, "row_key": str(row), "entity_type": entity_type,
        "value_key": KEYS.value_key(entity_type, value), "alt_key": None,
    }  # fmt: skip


def company(
    out: Path, members: int = 30, *, locked: bool = False, care: bool = False, cards: bool = False
) -> Job:
    """Members with number and phone; orders, a send log, an access log; more where asked for."""
    of = job(out, assets=[{"match": "crm/main.members", "columns": {"key": "id"}}])
    keys = [
        key(row, kind, f"{kind}{row}", field)
        for row in range(members)
        for kind, field in (("PERSONAL_ID", "id"), ("PHONE_NUMBER", "phone"))
    ]
    notes = [finding(0, "JP_SPECIAL_CARE", value_key=None, masked=None, kind="病歴")] if care else []
    assets = [
        AssetResult(
            asset=MEMBERS,
            fields=(
                typed("id", "PERSONAL_ID", members, key_column=True),
                typed("phone", "PHONE_NUMBER", members, position=1, key_column=True),
            ),
            parts=(examined(of.layout, MEMBERS, "members", rows=members, keys=keys, findings=notes),),
        ),
        AssetResult(
            asset=ORDERS,
            parts=(
                examined(of.layout, ORDERS, "orders", records=[
                    record("order", row, ref=f"A-{row}", person=f"PERSONAL_ID{row}") for row in range(5)
                ]),
            ),
        ),
        AssetResult(
            asset=SENT,
            parts=(
                examined(of.layout, SENT, "sent", records=[
                    record("send", row, email=f"m{row}@example.jp", list="夏の号" if row < 4 else "秋の号",
                           moment=datetime(2026, 11, 1 + row, 9, tzinfo=UTC))
                    for row in range(6)
                ]),
            ),
        ),
        AssetResult(
            asset=LOG,
            parts=(
                examined(of.layout, LOG, "log", records=[
                    record("lookup", 0, staff="E1", person="PERSONAL_ID3", moment=NOV_5),
                    record("lookup", 1, staff="E1", person="PERSONAL_ID4", moment=NOV_9),
                    record("lookup", 2, staff="E2", person="somebody else", moment=NOV_9),
                ]),
            ),
        ),
    ]  # fmt: skip
    if cards:
        parts = (examined(of.layout, CARDS, "cards", rows=2),)
        assets.append(AssetResult(asset=CARDS, fields=(typed("pan", "CREDIT_CARD", 2),), parts=parts))
    if locked:
        assets.append(AssetResult(asset=LOCKED, parts=(not_examined(LOCKED, "file-encrypted"),)))
    access = (Grant(asset=MEMBERS.id, grantee="agent", via="grant", audience="department"),)
    load(of, scan("scan-1", assets, access=access))
    return of


def ask(of: Job, assets: Sequence[str] = ("crm/main.members",), **facts: Any) -> Scope:
    question = Question(assets=tuple(assets), known_on=KNOWN, **facts)
    with Reader(of.layout.store) as reader:
        return scope_of(reader, question, load_policies().leak_report, KEYS)


def met(scope: Scope) -> dict[str, str]:
    return {trigger.name: trigger.met for trigger in scope.triggers}


def test_persons_of_a_table_are_counted_once(tmp_path: Path) -> None:
    scope = ask(company(tmp_path), cause="settings")
    assert (scope.persons.lower, scope.persons.upper, scope.persons.open) == (30, 30, False)
    assert {item.entity_type: item.rows for item in scope.items} == {"PERSONAL_ID": 30, "PHONE_NUMBER": 30}
    assert set(met(scope).values()) == {"no"}


def test_people_a_row_names_beside_its_own_person_count_for_the_upper_number(tmp_path: Path) -> None:
    of, where = job(tmp_path), asset("desk/main.checks")
    checks = [
        record("household_rule", row, person=f"P{row}", other=f"P{row + 1}", staff="E1") for row in range(3)
    ]
    keys = [key(row, "PERSONAL_ID", f"I{row % 2}", "紹介者番号") for row in range(3)]
    fields = (typed("紹介者番号", "PERSONAL_ID", 3, position=1, key_column=True),)
    fields = (typed("会員番号", "PERSONAL_ID", 3, key_column=True), *fields)
    parts = (examined(of.layout, where, "checks", rows=3, records=checks, keys=keys),)
    load(of, scan("scan-1", [AssetResult(asset=where, fields=fields, parts=parts)]))
    persons = ask(of, ["desk/*"], cause="loss").persons
    # P0, P1 and P2 are checked; besides, P3 lives there, E1 checked, I0 and I1 introduced them.
    assert (persons.lower, persons.upper) == (3, 7)


@pytest.mark.parametrize("entity_type", ["EMAIL_ADDRESS", "PHONE_NUMBER", "JP_ADDRESS", "JP_MY_NUMBER"])
@pytest.mark.parametrize("whole", [True, False])
def test_whoever_a_text_tells_of_by_number_or_address_alone_counts_for_the_upper_number(
    tmp_path: Path, entity_type: str, whole: bool
) -> None:
    of, where = job(tmp_path), asset("share/list.txt")
    found = [
        finding(0, entity_type, value_key=KEYS.value_key(entity_type, f"{number % 1500}"))
        for number in range(1_600)
    ]
    found += [finding(0, "AGE", value_key=KEYS.value_key("AGE", str(age))) for age in range(90)]
    sent = [record("send", 0, list="夏の号")]
    parts = (examined(of.layout, where, "list", rows=1, findings=found, records=None if whole else sent),)
    load(of, scan("scan-1", [AssetResult(asset=where, parts=parts)]))
    scope = ask(of, ["share/*"]) if whole else ask(of, [], mailings=("夏の号",))
    assert scope.persons.upper in (1_500, 1_501)
    assert met(scope)["many_persons"] == "possible"
    if whole:
        # A telephone may be the company's own; an e-mail address says that somebody is there, as in a column.
        assert scope.persons.lower == (entity_type == "EMAIL_ADDRESS")


NAMES = [
    f"{family} {given}" for family in ("佐藤", "鈴木", "高橋") for given in ("太郎", "花子", "健一", "美咲")
]


def test_one_person_linking_took_for_two_counts_once_for_the_lower_number(tmp_path: Path) -> None:
    phones = [{"name": name, "phone": f"090-{1000 + n}-5678"} for n, name in enumerate(NAMES)]
    mails = [{"name": name, "email": f"u{n}@example.jp"} for n, name in enumerate(NAMES)]
    of = job(tmp_path)
    store(of, {"crm/a": phones, "crm/b": mails})
    persons = ask(of, ["crm/*"]).persons
    assert (persons.lower, persons.upper) == (len(NAMES), 2 * len(NAMES))


def test_of_the_numbers_given_in_one_place_each_is_a_person_whatever_the_names(tmp_path: Path) -> None:
    members = [
        {"id": f"M-{n}", "name": "佐藤 太郎", "phone": f"090-{1000 + n}-5678", "born": f"1980-01-{n + 10}"}
        for n in range(5)
    ]
    mails = [{"name": "佐藤 太郎", "email": f"u{n}@example.jp"} for n in range(7)]
    of = job(tmp_path)
    store(of, {"crm/a": members, "crm/b": mails})
    persons = ask(of, ["crm/*"]).persons
    assert (persons.lower, persons.upper) == (5, 12)
    assert ask(of, ["crm/a"]).persons.lower == 5
    assert ask(of, ["crm/b"]).persons.lower == 1


def test_a_name_with_its_reading_in_one_place_and_without_in_another_is_one_name(tmp_path: Path) -> None:
    read = {"name": "佐藤 架太郎", "kana": "サトウ カタロウ", "phone": "090-1234-5678"}
    bare = {"name": "佐藤 架太郎", "email": "u1@example.jp"}
    of = job(tmp_path)
    store(of, {"crm/a": [read], "crm/b": [bare]})
    assert (ask(of, ["crm/*"]).persons.lower, ask(of, ["crm/*"]).persons.upper) == (1, 2)


def test_one_name_in_two_rows_of_an_order_is_one_for_the_lower_number(tmp_path: Path) -> None:
    of, assets = job(tmp_path), []
    ways = ({"phone": "090-1234-5678"}, {"email": "u1@example.jp"})
    for name, way in zip(("crm/orders", "crm/slips"), ways, strict=True):
        rows = [
            record("order", 0, ref="A-1", name="佐藤 太郎", **way),
            record("order", 1, ref="A-2", name="鈴木 花子"),
        ]
        parts = (examined(of.layout, asset(name), name.replace("/", "-"), rows=2, records=rows),)
        assets.append(AssetResult(asset=asset(name), parts=parts))
    load(of, scan("scan-1", assets))
    persons = ask(of, [], refs=("A-1",)).persons
    assert (persons.lower, persons.upper) == (1, 2)


def test_whoever_has_no_name_leaves_the_lower_number_to_linking(tmp_path: Path) -> None:
    of = job(tmp_path)
    store(of, {"crm/a": [{"email": f"u{n}@example.jp"} for n in range(4)]})
    assert ask(of, ["crm/*"]).persons.lower == 4


def test_a_thousand_persons_are_no_ground_and_one_more_is(tmp_path: Path) -> None:
    assert met(ask(company(tmp_path / "a", 1_000), cause="loss"))["many_persons"] == "no"
    assert met(ask(company(tmp_path / "b", 1_001), cause="loss"))["many_persons"] == "yes"


def test_one_special_care_statement_is_a_ground_and_its_kind_is_named(tmp_path: Path) -> None:
    scope = ask(company(tmp_path, care=True), cause="loss")
    assert met(scope)["special_care"] == "yes"
    assert next(item.kinds for item in scope.items if item.entity_type == "JP_SPECIAL_CARE") == ("病歴",)


def test_card_numbers_are_a_ground(tmp_path: Path) -> None:
    assert met(ask(company(tmp_path, cards=True), ["crm/*"], cause="loss"))["property_damage"] == "yes"


def test_a_bank_account_number_alone_is_no_certain_ground(tmp_path: Path) -> None:
    of = job(tmp_path)
    parts = (examined(of.layout, CARDS, "accounts", rows=2),)
    fields = (typed("口座番号", "JP_BANK_ACCOUNT", 2),)
    load(of, scan("scan-1", [AssetResult(asset=CARDS, fields=fields, parts=parts)]))
    scope = ask(of, ["crm/*"], cause="loss")
    assert met(scope)["property_damage"] == scope.verdict == "possible"
    assert "銀行口座番号 2行(それだけで当たるかは要確認)" in to_markdown(scope, "report")


@pytest.mark.parametrize(
    ("cause", "expected"),
    [("intrusion", "yes"), ("insider", "yes"), ("unknown", "possible"), ("settings", "no")],
)
def test_an_improper_purpose_is_judged_by_the_cause(tmp_path: Path, cause: Any, expected: str) -> None:
    scope = ask(company(tmp_path), cause=cause)
    assert met(scope)["improper_purpose"] == expected
    assert scope.deadlines[1].name == ("final_improper_purpose" if expected == "yes" else "final")


def test_what_was_not_examined_keeps_every_answer_open(tmp_path: Path) -> None:
    scope = ask(company(tmp_path, locked=True), ["crm/main.members", "share/*"], cause="loss")
    assert scope.persons.open
    assert met(scope) == {
        "special_care": "possible", "property_damage": "possible", "improper_purpose": "no",
        "many_persons": "possible",
    }  # fmt: skip
    assert scope.unread == (("share/locked.xlsx", 1, ("file-encrypted",)),)


def test_an_order_number_leads_to_its_rows_alone(tmp_path: Path) -> None:
    scope = ask(company(tmp_path), [], refs=("A-3",))
    assert scope.assets == ("desk/main.orders",)
    assert (scope.rows, scope.persons.lower) == (1, 1)


def test_a_mailing_leads_to_its_recipients_in_the_time_asked_for(tmp_path: Path) -> None:
    of = company(tmp_path)
    assert ask(of, [], mailings=("夏の号",)).rows == 4
    late = ask(of, [], mailings=("夏の号",), first=datetime(2026, 11, 3, tzinfo=UTC))
    assert late.rows == 2
    assert late.timeline[0].what == "exposed-from"


def test_the_first_and_the_last_exposure_are_those_of_what_is_asked_and_say_by_what(tmp_path: Path) -> None:
    of = company(tmp_path)
    (table,) = ask(of).exposures
    assert (table.first_by, table.last_by, table.first == table.last) == ("scan", "still", True)
    (mailing,) = ask(of, [], mailings=("夏の号",)).exposures
    assert (mailing.first_by, mailing.last_by) == ("record", "record")
    assert mailing.last == datetime(2026, 11, 4, 9, tzinfo=UTC)  # not that of the whole log
    (bounded,) = ask(of, first=NOV_5, last=NOV_9).exposures
    assert (bounded.first, bounded.first_by, bounded.last, bounded.last_by) == (
        NOV_5,
        "asked",
        NOV_9,
        "asked",
    )
    (silent,) = ask(of, ["mail/*"]).exposures  # nobody declared who can read it
    assert (silent.first, silent.first_by, silent.last_by) == (None, "unknown", "unknown")
    assert "権限の情報がなく不明" in to_markdown(ask(of, ["mail/*"]))
    load(
        of,
        scan("scan-2", [AssetResult(asset=MEMBERS, parts=(examined(of.layout, MEMBERS, "later"),))], day=25),
    )
    (ended,) = ask(of).exposures
    assert (ended.first_by, ended.last_by, ended.last) == ("scan", "scan", table.last)


def test_who_could_and_who_did_read_are_told_apart(tmp_path: Path) -> None:
    scope = ask(company(tmp_path))
    assert [(each.grantee, each.audience) for each in scope.readers] == [("agent", "department")]
    assert [(each.looks, each.persons) for each in scope.looks] == [(2, 2)]
    early = ask(company(tmp_path), last=datetime(2026, 11, 6, tzinfo=UTC))
    assert [each.looks for each in early.looks] == [1]


def test_columns_that_are_only_counted_together_are_no_item(tmp_path: Path) -> None:
    of = job(tmp_path)
    keys = [key(0, "PERSONAL_ID", "P1", "id"), key(0, "QUASI", "女", "sex")]
    part = examined(of.layout, MEMBERS, "members", rows=1, keys=keys)
    fields = (typed("id", "PERSONAL_ID", 1, key_column=True),)
    load(of, scan("scan-1", [AssetResult(asset=MEMBERS, fields=fields, parts=(part,))]))
    assert [item.entity_type for item in ask(of).items] == ["PERSONAL_ID"]


def test_the_sheet_says_what_was_asked_in_words_of_its_language_and_tells_time_in_order(
    tmp_path: Path,
) -> None:
    scope = ask(
        company(tmp_path),
        [],
        mailings=("夏の号",),
        cause="misdelivery",
        first=datetime(2026, 11, 1, tzinfo=UTC),
    )
    ja, en = to_markdown(scope), to_markdown(scope, lang="en")
    assert "夏の号" in ja and "原因: 誤送付・誤送信" in ja and "misdelivery" not in ja
    assert "| 本人の数 | 4 人 |" in ja and "| Persons | 4 |" in en
    assert "30 days from knowing" in en and "知った日から" not in en
    days = [line[:12] for line in ja.splitlines() if line.startswith("- 20")]
    assert days == sorted(days) and ja.count("2026-11-20 事態を知った") == 1


def test_classes_of_items_are_told_in_the_language_of_the_sheet(tmp_path: Path) -> None:
    scope = ask(company(tmp_path))
    assert "| Phone number | Contact | 30 |" in to_markdown(scope, lang="en")
    assert "| 電話番号 | 連絡先 | 30 |" in to_markdown(scope)


def test_codes_are_told_in_words_of_the_language_of_the_sheet(tmp_path: Path) -> None:
    scope = ask(company(tmp_path, locked=True), ["crm/*", "share/*"])
    ja, en = to_markdown(scope), to_markdown(scope, lang="en")
    why = labelled()["reason"]["file-encrypted"]
    assert f"1 か所({why.ja})" in ja and f"1 parts ({why.en})" in en
    assert "| agent | 部署 | 閲覧(SELECT) |" in ja and "| agent | Department | SELECT |" in en


def test_nothing_that_matches_is_refused_and_not_an_empty_answer(tmp_path: Path) -> None:
    of = company(tmp_path)
    with pytest.raises(Refused, match="incident-no-asset"):
        ask(of, ["crm/main.membres"])
    with pytest.raises(Refused, match="incident-nothing"):
        ask(of, [], refs=("A-99",))


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ({"refs": ("A-99", "A-3")}, "--order 1 of 2"),
        ({"refs": ("A-3", "・")}, "--order 2 of 2"),
        ({"mailings": ("夏の号", "冬の号")}, "--mailing 2 of 2"),
        ({"assets": ("crm/main.members",), "refs": ("A-99",)}, "--order"),
        ({"assets": ("crm/main.members",), "mailings": ("冬の号",)}, "--mailing"),
    ],
)
def test_what_no_register_holds_is_refused_beside_what_one_does(
    tmp_path: Path, asked: dict[str, Any], option: str
) -> None:
    of = company(tmp_path)
    with pytest.raises(Refused, match="incident-nothing") as refusal:
        ask(of, asked.pop("assets", ()), **asked)
    assert refusal.value.place == option


def test_an_order_of_an_asset_that_is_asked_for_as_a_whole_is_known(tmp_path: Path) -> None:
    assert ask(company(tmp_path), ["desk/main.orders"], refs=("A-3",)).rows == 5


def test_an_order_is_not_looked_for_with_another_key(tmp_path: Path) -> None:
    of = company(tmp_path)
    question = Question(refs=("A-3",), known_on=KNOWN)
    other = KeyRing(b"another secret of the tests")
    with Reader(of.layout.store) as reader, pytest.raises(Refused, match="key-changed"):
        scope_of(reader, question, load_policies().leak_report, other)


def test_an_asset_is_found_by_its_own_name_whatever_signs_are_in_it(tmp_path: Path) -> None:
    """In a pattern ``[秘]`` is one letter: the list itself was not found, and ``share/秘名簿.csv`` was."""
    listed, other = asset("share/[秘]名簿*?.csv"), asset("share/秘名簿.csv")
    of = job(tmp_path, assets=[{"match": listed.id, "owner": "総務課"}])
    held = [
        AssetResult(
            asset=each,
            fields=(typed("mail", "EMAIL_ADDRESS", 3),),
            parts=(examined(of.layout, each, f"work-{number}", rows=3),),
        )
        for number, each in enumerate((listed, other))
    ]
    load(of, scan("scan-1", held))
    assert ask(of, [listed.id]).assets[:1] == (listed.id,)
    with Reader(of.layout.store) as reader:
        owners = reader.arrow("SELECT owner FROM current_asset ORDER BY asset_id")["owner"].to_pylist()
    assert owners == ["総務課", None]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {
            "assets": ("a",),
            "first": datetime(2026, 2, 1, tzinfo=UTC),
            "last": datetime(2026, 1, 1, tzinfo=UTC),
        },
    ],
)
def test_a_question_about_nothing_or_with_its_times_reversed_is_none(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"name at least|ends before"):
        Question(known_on=KNOWN, **facts)


@cache
def _shipped() -> LeakReport:
    return load_policies().leak_report


@given(st.dates(date(2026, 1, 1), date(2027, 10, 1)), st.booleans(), st.booleans())
def test_deadlines_follow_the_rule_of_the_policies(day: date, first: bool, moves: bool) -> None:
    shipped = _shipped()
    counting = shipped.counting.model_copy(update={"first_day_counts": first, "moves_off_holidays": moves})
    rule: LeakReport = shipped.model_copy(update={"counting": counting})
    preliminary, final = deadlines(rule, day, improper=False)
    for due, days in ((preliminary, 5), (final, 30)):
        counted = (due.day - day).days
        assert counted >= days - first
        if moves:
            assert not rule.calendar.is_closed(due.day)
        else:
            assert counted == days - first
            assert (due.next_open is not None) == rule.calendar.is_closed(due.day)


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_sheet_is_filled_and_escapes_what_comes_from_the_estate(
    tmp_path: Path, sheet: Any, lang: Literal["ja", "en"]
) -> None:
    of = job(tmp_path)
    hostile = asset("share/<script>alert(1)</script>|x.csv")
    parts = (examined(of.layout, hostile, "work", rows=2),)
    load(of, scan("s", [AssetResult(asset=hostile, fields=(typed("m", "EMAIL_ADDRESS", 2),), parts=parts)]))
    scope = ask(of, ["share/*"])
    page = to_html(scope, sheet, lang)
    assert "<script" not in page
    assert ("Scope of the leak" if (sheet, lang) == ("scope", "en") else "漏えい等") in page
    assert "# " in to_markdown(scope, sheet, lang)


def test_the_report_has_the_nine_items_and_the_notice_its_five(tmp_path: Path) -> None:
    scope = ask(company(tmp_path, care=True, locked=True), ["crm/*", "share/*"], cause="intrusion")
    report, notice = to_markdown(scope, "report"), to_markdown(scope, "notice")
    for number, title in enumerate(
        (
            "概要",
            "個人データの項目",
            "本人の数",
            "原因",
            "二次被害",
            "本人への対応",
            "公表",
            "再発防止",
            "その他",
        ),
        1,
    ):
        assert f"## {number} {title}" in report
    assert sum(line.startswith("## ") for line in notice.splitlines()) == 5
    assert "未検査の部分があり" in report


def test_the_command_prints_json_writes_drafts_and_exits_3_where_parts_are_unread(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = company(tmp_path / "work", locked=True)
    asked = ("incident", "--known-on", "2026-11-20", "--out", of.layout.out)
    monkeypatch.chdir(tmp_path)
    code, printed, err = command(
        *asked, "--asset", "crm/main.members", "--format", "json", "--drafts", tmp_path / "drafts", key=None
    )
    assert code == 0, err
    assert json.loads(printed)["persons"]["lower"] == 30
    _, _, warned = command(*asked, "--known-on", "2999-01-01", "--asset", "crm/main.members", key=None)
    assert "知った日が今日より後です" in warned
    assert {path.name for path in (tmp_path / "drafts").iterdir()} == {
        f"{sheet}.{suffix}" for sheet in SHEETS for suffix in ("md", "html")
    }
    assert command(*asked, "--asset", "*", key=None)[0] == 3
    secret = KEYS.secret.decode()
    assert command(*asked, "--order", "A-1", "--format", "json", key=secret)[0] == 0
    code, printed, err = command(*asked, "--order", "nobody's", key=secret)
    assert (code, "nobody" in printed + err) == (64, False)


@pytest.mark.parametrize(
    ("first", "last", "rows"),
    [
        ("2026-11-02", "2026-11-03", 2),
        ("2026-11-03", "2026-11-03", 1),
        ("2026-11-02", "2026-11-03T00:00", 1),
        ("2026-11-02", "2026-11-03T09:00Z", 2),
    ],
)
def test_the_day_an_exposure_ended_is_that_whole_day(
    tmp_path: Path, command: Command, first: str, last: str, rows: int
) -> None:
    of = company(tmp_path)
    asked = ("incident", "--known-on", "2026-11-20", "--mailing", "夏の号", "--format", "json")
    code, printed, err = command(*asked, "--from", first, "--to", last, "--out", of.layout.out, key=None)
    assert (code, json.loads(printed)["rows"]) == (0, rows), err
