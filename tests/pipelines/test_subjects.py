"""People across assets: what links two records, and what never does. Every person is invented."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.demo.people import World, build_world
from pipelines.examine.join_keys import key_rows
from pipelines.load import load
from pipelines.reports.runner import run_report
from pipelines.seal import Sealer
from pipelines.store.reader import Reader
from pipelines.subject.components import components
from pipelines.subject.holdings import holdings
from pipelines.subject.roles import KeyColumn, roles
from tests.pipelines.incidents import registers
from tests.pipelines.people import grouped, store, table
from tests.pipelines.scans import KEYS, job, record, scan

A = "東京都千代田区丸の内1-2-3 101号室"
B = "東京都千代田区丸の内1-2-3 102号室"
LOT = "東京都千代田区丸の内1-2-3"


def linked(tmp_path: Path, *rows: dict[str, str]) -> bool:
    """Whether rows of two tables are one person's."""
    work = job(tmp_path)
    path = store(work, {f"crm/t{number}": [row] for number, row in enumerate(rows)})
    return len(grouped(path)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id": "M-1001", "name": "山田 太郎"}, {"id": "M-1001", "name": "山田太郎"}),
        ({"id": "M-1001", "name": "山田 太郎"}, {"id": "M-1001"}),
        ({"name": "髙橋 健太", "email": "k@example.jp"}, {"name": "高橋健太", "email": "K@example.jp"}),
        ({"name": "山田 太郎", "phone": "090-1234-5678"}, {"name": "山田 太郎", "phone": "+81 90 1234 5678"}),
        ({"name": "山田 太郎", "born": "1980-01-02"}, {"name": "山田 太郎", "born": "昭和55年1月2日"}),
        ({"name": "山田 太郎", "address": A},
         {"name": "山田 太郎", "address": "千代田区丸の内一丁目2番3号101号室"}),
        ({"name": "山田 太郎", "address": LOT}, {"name": "山田 太郎", "address": LOT}),
        # Married since: the number and the birth date are the same.
        ({"id": "M-1001", "name": "山田 花子", "born": "1980-01-02"},
         {"id": "M-1001", "name": "鈴木 花子", "born": "1980-01-02"}),
    ],
)  # fmt: skip
def test_records_of_one_person_meet(tmp_path: Path, one: dict[str, str], other: dict[str, str]) -> None:
    assert linked(tmp_path, one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A landline is the household's, and so is a mailbox.
        ({"name": "山田 太郎", "phone": "03-1234-5678"}, {"name": "山田 花子", "phone": "03-1234-5678"}),
        ({"name": "山田 太郎", "email": "family@example.jp"}, {"name": "山田 花子", "email": "family@example.jp"}),
        # Homonyms.
        ({"name": "山田 太郎", "born": "1980-01-02"}, {"name": "山田 太郎", "born": "1981-01-02"}),
        ({"name": "山田 太郎", "phone": "090-1234-5678"}, {"name": "山田 太郎", "phone": "090-8765-4321"}),
        ({"name": "山田 太郎", "address": A}, {"name": "山田 太郎", "address": B}),
        # One has a room, the other none: nobody knows.
        ({"name": "山田 太郎", "address": A}, {"name": "山田 太郎", "address": LOT}),
        # Two houses on one lot.
        ({"name": "山田 太郎", "address": LOT}, {"name": "佐藤 健", "address": LOT}),
        ({"name": "山田 太郎"}, {"name": "山田 太郎"}),
        # Two spellings of one reading, in kanji: two persons.
        ({"name": "佐藤 健", "kana": "サトウ ケン", "phone": "03-1234-5678"},
         {"name": "佐藤 賢", "kana": "サトウ ケン", "phone": "03-1234-5678"}),
    ],
)  # fmt: skip
def test_other_people_stay_apart(tmp_path: Path, one: dict[str, str], other: dict[str, str]) -> None:
    assert not linked(tmp_path, one, other)


def test_a_record_in_kana_meets_its_kanji_record_by_reading_and_another_key(tmp_path: Path) -> None:
    customers = {"name": "五十嵐 翔", "kana": "イガラシ ショウ", "phone": "090-1234-5678"}
    assert linked(tmp_path / "a", customers, {"kana": "ｲｶﾞﾗｼ ｼｮｳ", "phone": "090-1234-5678"})
    assert not linked(tmp_path / "b", customers, {"kana": "ｲｶﾞﾗｼ ｼｮｳ", "phone": "090-8765-4321"})


def test_father_and_son_of_one_name_are_told_apart_by_their_birth_dates(tmp_path: Path) -> None:
    father, son = ({"name": "千葉 大", "address": LOT, "born": born} for born in ("1960-01-02", "1990-03-04"))
    nobody = {"name": "千葉 大", "address": LOT}
    assert len(grouped(store(job(tmp_path), {"crm/t": [father, son, nobody, father]}))) == 3


def test_what_a_screen_showed_is_about_whom_it_showed(tmp_path: Path) -> None:
    two = [{"name": "佐藤 健", "born": born} for born in ("1968-04-05", "1999-08-09")]
    work, assets = registers(
        tmp_path,
        member=[{"person": f"P{row}", **each} for row, each in enumerate(two)],
        agent_view=[{"person": "P0", "other": f"P{row}", **each} for row, each in enumerate(two)],
    )
    load(work, scan("s", assets))
    assert grouped(work.layout.store) == {
        frozenset({("crm/member", row), ("crm/agent_view", row)}) for row in range(2)
    }


def test_a_member_number_two_people_have_is_said_of_a_register_too(tmp_path: Path) -> None:
    two = [{"person": "P1", "name": name} for name in ("佐藤 健", "鈴木 花子")]
    work, assets = registers(tmp_path, member=two)
    load(work, scan("s", assets))
    (doubt,) = run_report(work.layout.store, "subject_doubts").rows
    assert (doubt["reason"], doubt["entity_type"], doubt["names"]) == ("not-unique", "PERSONAL_ID", 2)


def test_a_row_that_names_somebody_beside_its_person_is_shown_to_both(tmp_path: Path) -> None:
    work, people = job(tmp_path), [{"id": "P1", "name": "佐藤 健"}, {"id": "P2", "name": "鈴木 花子"}]
    members = [record("member", row, person=each["id"], name=each["name"]) for row, each in enumerate(people)]
    checks = [record("household_rule", person="P1", other="P2")]
    tables = [
        table(work, "crm/members", people, records=members),
        table(work, "desk/checks", [{"id": "P2"}], records=checks),
    ]
    load(work, scan("s", tables))
    with Reader(work.layout.store) as reader:
        rows = reader.arrow(
            "SELECT subject_id FROM subject_link JOIN current_part USING (part_id)"
            " WHERE asset_id = 'crm/members' ORDER BY row"
        ).to_pylist()
        shown = [
            {(row["asset"], row["field"]) for row in holdings(reader, each["subject_id"], [])}
            for each in rows
        ]
    own = {("crm/members", "id"), ("crm/members", "name")}
    assert shown == [own, {*own, ("desk/checks", "id")}]  # the cell of P1 has no key here


def test_a_message_is_about_whom_it_went_to_not_about_who_sent_it(tmp_path: Path) -> None:
    rows = [{"id": "E1", "phone": f"0900000{row}111"} for row in range(2)]
    sent = [
        record("message", row, staff="E1", phone=each["phone"], sender="0312345678")
        for row, each in enumerate(rows)
    ]
    work = job(tmp_path)
    load(work, scan("s", [table(work, "shop/sms", rows, records=sent)]))
    assert len(grouped(work.layout.store)) == len(rows)


def test_a_name_no_dictionary_has_is_keyed_as_a_whole() -> None:
    names = pa.array(["ｸﾞｴﾝ ｳﾞｧﾝ ﾐﾝ", "グエン・ヴァン・ミン"])
    keys = key_rows("name", "PERSON", names, [None, None], 0, Sealer(KEYS))
    assert len(set(keys["value_key"].to_pylist())) == 1


def test_a_gift_is_the_receivers_and_the_givers_and_makes_them_no_one_person(tmp_path: Path) -> None:
    giver = {"id": "M-1001", "name": "山田 太郎", "phone": "090-1234-5678"}
    gift = {"id": "M-1001", "name": "佐藤 健", "phone": "090-8765-4321"}
    other = {"id": "M-2002", "name": "佐藤 健", "phone": "090-8765-4321"}
    path = store(job(tmp_path), {"crm/customers": [giver, {"id": "M-2002", "name": "鈴木 一郎"}],
                                 "crm/orders": [giver, gift, other]})  # fmt: skip
    receiver = frozenset({("crm/orders", 1), ("crm/orders", 2)})
    assert receiver in grouped(path)
    assert grouped(path, "account") == {frozenset({("crm/orders", 1)}), frozenset({("crm/orders", 2)})}
    assert frozenset({("crm/customers", 0), ("crm/orders", 0)}) in grouped(path)


def test_a_number_two_people_have_is_said_and_links_nobody_without_a_name(tmp_path: Path) -> None:
    rows = [{"id": "M-1001", "name": "山田 太郎"}, {"id": "M-1001", "name": "佐藤 健"}]
    path = store(job(tmp_path), {"crm/customers": rows, "crm/visits": [{"id": "M-1001"}, {"id": "M-1001"}]})
    with Reader(path) as reader:
        assert reader.arrow("SELECT reason, names FROM subject_doubt").to_pylist() == [
            {"reason": "not-unique", "names": 2}
        ]
        assert len(reader.report("subject_doubts")) == 1
    assert frozenset({("crm/visits", 0), ("crm/visits", 1)}) in grouped(path)
    assert len(grouped(path)) == 3


def test_a_switchboard_links_nobody_and_is_said(tmp_path: Path) -> None:
    given = "一二三四五六七八九十"
    rows = [{"name": f"山田 {one}{two}郎", "phone": "03-1234-5678"} for one in given[:8] for two in given[:7]]
    path = store(job(tmp_path), {"crm/contacts": [*rows, rows[0]]})
    assert len(grouped(path)) == 57
    with Reader(path) as reader:
        assert reader.arrow("SELECT reason, names, records FROM subject_doubt").to_pylist() == [
            {"reason": "shared-key", "names": 56, "records": 57}
        ]


def test_a_couple_with_two_surnames_is_one_household_and_two_persons(tmp_path: Path) -> None:
    rows = [
        {"name": "山田 太郎", "phone": "03-1234-5678", "address": A},
        {"name": "佐藤 花子", "phone": "03-1234-5678", "address": A},
        {"name": "鈴木 一郎", "phone": "03-9999-0000", "address": A},
        {"name": "山田 次郎", "phone": "090-1111-2222", "address": B},
    ]
    path = store(job(tmp_path), {"crm/customers": rows})
    assert len(grouped(path)) == 4
    with Reader(path) as reader:
        assert reader.arrow("SELECT persons, evidence FROM household").to_pylist() == [
            {"persons": 2, "evidence": ["phone"]}
        ]


def test_a_family_is_told_by_its_surname_and_an_address_alone_is_none(tmp_path: Path) -> None:
    rows = [{"name": f"山田 {given}", "address": LOT} for given in ("太郎", "花子")]
    path = store(job(tmp_path), {"crm/customers": [*rows, {"name": "佐藤 健", "address": LOT}]})
    with Reader(path) as reader:
        assert reader.report("household")["persons"].to_list() == [2]


def test_a_report_of_households_has_all_of_them(tmp_path: Path) -> None:
    rows = [
        {"id": f"M-{2 * at + of:05}", "name": f"山田 {given}", "address": f"東京都千代田区丸の内{at + 1}-1-1"}
        for at in range(1_001)
        for of, given in enumerate(("太郎", "花子"))
    ]
    path = store(job(tmp_path), {"crm/customers": rows})
    with Reader(path) as reader:
        assert reader.report("household")["persons"].to_list() == [2] * 1_001


def test_the_same_data_give_the_same_persons_and_an_unchanged_night_builds_nothing(tmp_path: Path) -> None:
    rows = {"crm/a": [{"id": "M-1001", "name": "山田 太郎"}], "crm/b": [{"id": "M-1001"}]}
    work = job(tmp_path)
    store(work, rows)
    with Reader(work.layout.store) as reader:
        first = reader.arrow("SELECT * FROM subject_link").to_pylist()
        signature = reader.arrow("SELECT * FROM subject_state").to_pylist()
    load(work, scan("t", [table(work, name, each) for name, each in reversed(rows.items())], day=21))
    with Reader(work.layout.store) as reader:
        assert reader.arrow("SELECT * FROM subject_link").to_pylist() == first
        assert reader.arrow("SELECT * FROM subject_state").to_pylist() == signature
    again = job(tmp_path / "again")
    load(again, scan("u", [table(again, name, each) for name, each in reversed(rows.items())]))
    with Reader(again.layout.store) as reader:
        assert reader.arrow("SELECT * FROM subject_link").to_pylist() == first


def test_columns_of_other_people_are_no_links() -> None:
    columns = ["会員番号", "氏名", "フリガナ", "電話", "緊急連絡先電話", "担当者", "応対者番号"]
    types = ["PERSONAL_ID", "PERSON", "PERSON", "PHONE_NUMBER", "PHONE_NUMBER", "PERSON", "PERSONAL_ID"]
    known = [KeyColumn(*each) for each in zip(columns, range(7), types, strict=True)]
    assert set(roles(known, None)) == {"会員番号", "氏名", "フリガナ", "電話"}
    nested = [KeyColumn("顧客.氏名", 0, "PERSON"), KeyColumn("顧客.連絡先.電話", 1, "PHONE_NUMBER"),
              KeyColumn("回答.担当", 2, "PERSON")]  # fmt: skip
    assert set(roles(nested, None)) == {"顧客.氏名", "顧客.連絡先.電話"}
    halves = [
        KeyColumn("姓", 0, "PERSON"),
        KeyColumn("名", 1, "PERSON"),
        KeyColumn("生年月日", 2, "DATE_OF_BIRTH"),
    ]
    assert set(roles(halves, None)) == {"生年月日"}


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(100, 110)), max_size=40))
def test_components_are_those_of_the_graph(edges: list[tuple[int, int]]) -> None:
    with duckdb.connect() as database:
        database.execute("CREATE TABLE edge (node BIGINT, hub UBIGINT)")
        if edges:
            database.executemany("INSERT INTO edge VALUES (?, ?)", edges)
        components(database, "edge", "found")
        found = dict(database.execute("SELECT node, label FROM found").fetchall())
    reach = {node: node for node, _ in edges}
    for _ in edges:
        for node, hub in edges:
            least = min(reach[other] for other, at in edges if at == hub)
            reach[node] = min(reach[node], least)
    assert all(found.get(node, node) == least for node, least in reach.items())


def test_every_customer_of_the_sample_estate_is_one_person_with_exactly_the_rows_of_that_person(
    estate: Path, scanned: Path
) -> None:
    expected = _rows_of_customers(estate, build_world(20260401, "small"))
    with Reader(scanned / "store.duckdb") as reader:
        rows = reader.arrow(
            "SELECT subject_id, asset_id, row, role FROM subject_link JOIN current_part USING (part_id)"
        ).to_pylist()
    assets = {asset for places in expected.values() for asset, _ in places}
    mine: dict[int, set[tuple[str, int]]] = {}
    holder: dict[tuple[str, int], int] = {}
    for row in rows:
        if row["role"] == "self" and row["asset_id"] in assets:
            mine.setdefault(row["subject_id"], set()).add((row["asset_id"], row["row"]))
            holder[row["asset_id"], row["row"]] = row["subject_id"]
    assert holder
    wrong = [
        number
        for number, places in expected.items()
        if mine[holder[next(place for place in places if place[0] == "crm/main.customers")]] != places
    ]
    assert wrong == []


def _rows_of_customers(estate: Path, world: World) -> dict[str, set[tuple[str, int]]]:
    expected: dict[str, set[tuple[str, int]]] = {each.number: set() for each in world.customers}
    with sqlite3.connect(estate / "crm.sqlite") as database:
        for name, key in (("customers", "member_no"), ("contracts", "契約番号"), ("bank_accounts", "member_no"),
                          ("contact_notes", "note_id")):  # fmt: skip
            numbers = database.execute(f'SELECT member_no FROM {name} ORDER BY "{key}"').fetchall()
            for row, (number,) in enumerate(numbers):
                expected[number].add((f"crm/main.{name}", row))
    people = {each.number: each.person for each in world.customers}
    orders = pq.read_table(estate / "share" / "受注_2025.parquet").to_pylist()
    for row, order in enumerate(orders):
        if order["届け先氏名"] == people[order["会員番号"]].name.written(" "):
            expected[order["会員番号"]].add(("share/受注_2025.parquet", row))
    lines = (estate / "share" / "newsletter.tsv").read_text("utf-8-sig").splitlines()[1:]
    for row, line in enumerate(lines):
        expected[line.split("\t")[2]].add(("share/newsletter.tsv", row))
    by_mail = {each.person.email: each.number for each in world.customers}
    inquiries: list[Any] = [
        json.loads(line) for line in (estate / "share" / "問い合わせ.jsonl").read_text("utf-8").splitlines()
    ]
    for row, inquiry in enumerate(inquiries):
        expected[by_mail[inquiry["顧客"]["連絡先"]["メール"]]].add(("share/問い合わせ.jsonl", row))
    return expected
