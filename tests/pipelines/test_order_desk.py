"""Incident A: who shares an address, what a rule on the address alone would do, what screens and notes showed."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.names.family import family_keys
from pipelines.demo import write_demo
from pipelines.errors import Refused
from pipelines.keys import KeyRing
from pipelines.load import load
from pipelines.reports.runner import Row, list_reports, run_report
from pipelines.results import AssetResult
from pipelines.seal import Sealer
from pipelines.store.reader import Reader
from tests.commands import KEY, Command, meibo
from tests.pipelines.scans import KEYS, asset, examined, finding, job, record, scan

NOON = datetime(2026, 11, 2, 3, tzinfo=UTC)
KINDS = {
    "customers": "member", "orders": "order", "rule": "household_rule", "screens": "agent_view", "notes": "note",
    "staff": "staff",
}  # fmt: skip
FIELDS = {role: role for role in ("ref", "person", "name", "address")}


def name_key(text: str) -> bytes:
    return KEYS.value_key("PERSON", text)


def resident(
    register: str, row: int, name: str, address: str, room: str | None = None, **roles: Any
) -> dict[str, Any]:
    """A row of a register as the second look keeps it; `name`: surname and given name with a space."""
    family, reading = family_keys(name)
    whole = name.replace(" ", "")
    return record(
        register, row, name=whole, **roles, family_key=family and name_key(family),
        family_alt=reading and name_key(reading), has_room=room is not None,
        address_key=KEYS.value_key("JP_ADDRESS", f"{address}|{room or ''}"),
        address_alt=KEYS.value_key("JP_ADDRESS", address),
    )  # fmt: skip


def member(
    row: int, number: str, name: str, address: str, room: str | None = None, **roles: Any
) -> dict[str, Any]:
    return resident("member", row, name, address, room, person=number, **roles)


def order(
    row: int, ref: str, number: str | None, name: str, address: str, room: str | None = None, **roles: Any
) -> Any:
    return resident("order", row, name, address, room, ref=ref, person=number, moment=NOON, **roles)


def store(
    tmp_path: Path, findings: list[dict[str, Any]] | None = None, **registers: list[dict[str, Any]]
) -> Path:
    """A store whose desk has these registers; findings are those of the notes."""
    rules = [
        {"match": f"crm/{name}", "owner": "desk", "records": {"kind": KINDS[name], "columns": FIELDS}}
        for name in registers
    ]
    work = job(tmp_path, assets=rules)
    results = [
        AssetResult(
            asset=asset(f"crm/{name}"),
            parts=(
                examined(
                    work.layout, asset(f"crm/{name}"), f"w-{name}", records=rows,
                    findings=findings if name == "notes" else None,
                ),
            ),
        )
        for name, rows in registers.items()
    ]  # fmt: skip
    load(work, scan("s", results))
    return work.layout.store


def rows(store: Path, report: str, **parameters: Any) -> list[Row]:
    return run_report(store, report, **parameters).rows


def judged(store: Path, report: str, **parameters: Any) -> list[Row]:
    return [row for row in rows(store, report, **parameters) if row["state"] != "not-declared"]


def short(entity_type: str, text: str) -> str:
    return f"k:{KEYS.value_key(entity_type, text).hex()[:12]}"


class TestSharedAddress:
    def test_two_houses_on_one_lot_are_to_be_checked_and_counted(self, tmp_path: Path) -> None:
        found = judged(
            store(
                tmp_path,
                customers=[
                    member(0, "1", "佐藤 花子", "x"),
                    member(1, "2", "鈴木 一郎", "x"),
                    member(2, "3", "鈴木 次郎", "x"),
                ],
                orders=[order(0, "A", "1", "佐藤 花子", "x")],
            ),
            "shared_address",
        )
        assert [
            (row["state"], row["case"], row["households"], row["persons"], row["records"]) for row in found
        ] == [("to-check", "one-lot", 2, 3, 4)]
        assert found[0]["address"] == short("JP_ADDRESS", "x|")
        assert (found[0]["assets"], found[0]["owner"]) == (["crm/customers", "crm/orders"], "desk")

    @pytest.mark.parametrize("tie", ["phone", "email", "household"])
    def test_a_couple_with_two_surnames_is_one_household(self, tmp_path: Path, tie: str) -> None:
        people = [
            member(0, "1", "佐藤 花子", "x", **{tie: "0"}),
            member(1, "2", "鈴木 一郎", "x", **{tie: "0"}),
        ]
        assert judged(store(tmp_path, customers=people, orders=[]), "shared_address") == []

    def test_ties_reach_over_a_third_surname(self, tmp_path: Path) -> None:
        people = [
            member(0, "1", "佐藤 花子", "x", phone="1"),
            member(1, "2", "鈴木 一郎", "x", phone="1", email="e"),
            member(2, "3", "高橋 翔", "x", email="e"),
        ]
        assert judged(store(tmp_path, customers=people), "shared_address") == []

    def test_a_family_in_one_house_and_neighbours_behind_their_doors_are_nothing_to_check(
        self, tmp_path: Path
    ) -> None:
        people = [
            member(0, "1", "佐藤 花子", "x"), member(1, "2", "佐藤 一郎", "x"),
            member(2, "3", "鈴木 花子", "y", "101"), member(3, "4", "高橋 翔", "y", "102"),
        ]  # fmt: skip
        assert judged(store(tmp_path, customers=people), "shared_address") == []

    def test_a_missing_room_is_listed_where_others_in_the_building_have_one(self, tmp_path: Path) -> None:
        people = [
            member(0, "1", "佐藤 花子", "y", "101"), member(1, "2", "高橋 翔", "y", "102"),
            member(2, "3", "鈴木 一郎", "y"),
        ]  # fmt: skip
        (found,) = judged(store(tmp_path, customers=people), "shared_address")
        assert (found["case"], found["households"], found["neighbours"], found["rooms_missing"]) == (
            "room-missing",
            1,
            2,
            1,
        )

    def test_the_same_customer_with_and_without_the_room_alone_in_the_building_is_nothing(
        self, tmp_path: Path
    ) -> None:
        rooms = [order(0, "A", "1", "佐藤 花子", "y")]
        assert (
            judged(
                store(tmp_path, customers=[member(0, "1", "佐藤 花子", "y", "101")], orders=rooms),
                "shared_address",
            )
            == []
        )

    def test_the_same_surname_in_two_flats_is_two_households_and_not_one_room(self, tmp_path: Path) -> None:
        people = [
            member(0, "1", "佐藤 花子", "y", "101"),
            member(1, "2", "佐藤 一郎", "y", "102"),
            member(2, "3", "佐藤 翔", "y"),
        ]
        (found,) = judged(store(tmp_path, customers=people), "shared_address")
        assert (found["case"], found["neighbours"]) == ("room-missing", 2)

    def test_a_name_in_kana_is_the_same_family_and_two_surnames_of_one_reading_are_not(
        self, tmp_path: Path
    ) -> None:
        people = [
            member(0, "1", "長谷川 花子", "x"), member(1, "2", "ハセガワ イチロウ", "x"),
            member(2, "3", "渡部 花子", "y", phone="1"), member(3, "4", "渡辺 一郎", "y", phone="2"),
        ]  # fmt: skip
        found = judged(store(tmp_path, customers=people), "shared_address")
        assert [row["address"] for row in found] == [short("JP_ADDRESS", "y|")]

    def test_a_gift_ties_nobody(self, tmp_path: Path) -> None:
        """One giver, one phone number, two houses of one lot: the phone is the giver's."""
        orders = [
            order(0, "A", "9", "佐藤 花子", "x", phone="9"),
            order(1, "B", "9", "鈴木 一郎", "x", phone="9"),
        ]
        found = judged(
            store(tmp_path, customers=[member(0, "9", "高橋 翔", "z", phone="9")], orders=orders),
            "shared_address",
        )
        assert [row["case"] for row in found] == ["one-lot"]

    def test_what_a_whole_dormitory_shares_ties_nobody(self, tmp_path: Path) -> None:
        people = [
            member(row, str(row), f"{name} 一郎", "x", phone="1")
            for row, name in enumerate("東西南北林森岡原関")
        ]
        (found,) = judged(store(tmp_path, customers=people), "shared_address")
        assert (found["households"], found["names"]) == (9, 9)

    def test_what_cannot_be_read_and_what_is_not_declared_is_said(self, tmp_path: Path) -> None:
        people = [record("member", 0, person="1", name="佐藤花子"), record("member", 1, person="2")]
        found = rows(store(tmp_path, customers=people), "shared_address")
        assert [(row["state"], row["reason"], row["register"], row["records"]) for row in found] == [
            ("not-declared", "register-not-declared", "order", None),
            ("unknown", "no-address-read", "member", 2),
        ]

    def test_a_register_without_names_and_addresses_is_said_once_nothing_else_has_them(
        self, tmp_path: Path
    ) -> None:
        rule = {"match": "crm/*", "records": {"kind": "member", "columns": {"person": "no", "email": "mail"}}}
        work = job(tmp_path, assets=[rule])
        part = examined(
            work.layout, asset("crm/club"), "w", records=[record("member", 0, person="1", email="e")]
        )
        load(work, scan("s", [AssetResult(asset=asset("crm/club"), parts=(part,))]))
        found = judged(work.layout.store, "shared_address")
        assert [(row["state"], row["reason"], row["assets"]) for row in found] == [
            ("unknown", "register-lacks-address", ["crm/club"])
        ]


class TestHouseholdRule:
    CUSTOMERS = (
        member(0, "1", "佐藤 花子", "x"), member(1, "2", "鈴木 一郎", "x"), member(2, "3", "佐藤 翔", "x"),
        member(3, "4", "高橋 翔", "z"),
    )  # fmt: skip
    ORDERS = (
        order(0, "A", "1", "佐藤 花子", "x"), order(1, "B", "2", "鈴木 一郎", "x"),
        order(2, "C", "1", "佐藤 花子", "x"), order(3, "D", "4", "高橋 翔", "z"),
    )  # fmt: skip

    def desk(self, tmp_path: Path, *rulings: tuple[str | None, str | None]) -> Path:
        rule = [
            record("household_rule", row, ref="A", person=one, other=two, moment=NOON)
            for row, (one, two) in enumerate(rulings)
        ]
        return store(tmp_path, customers=list(self.CUSTOMERS), orders=list(self.ORDERS), rule=rule)

    def test_shows_the_pairs_an_address_alone_would_merge_among_those_who_ordered(
        self, tmp_path: Path
    ) -> None:
        (found,) = judged(self.desk(tmp_path), "household_rule")
        assert (found["state"], found["orders"]) == ("address-alone", 3)
        assert {found["person"], found["other"]} == {short("PERSONAL_ID", "1"), short("PERSONAL_ID", "2")}
        assert set(found["refs"]) == {short("PERSONAL_ID", ref) for ref in "ABC"}

    def test_a_rule_that_merges_households_alone_is_right_and_one_across_them_fails_the_gate(
        self, tmp_path: Path
    ) -> None:
        right = self.desk(tmp_path / "right", ("1", "3"), ("4", "4"))
        assert Counter(row["state"] for row in judged(right, "household_rule")) == {"address-alone": 1}
        wrong = self.desk(tmp_path / "wrong", ("1", "2"), ("1", "2"), ("1", "4"))
        merged = [row for row in judged(wrong, "household_rule") if row["state"] == "merged-across"]
        assert sorted(row["orders"] for row in merged) == [1, 2]
        assert [gated(store, "household_rule") for store in (right, wrong)] == [0, 2]

    def test_a_dormitory_is_one_row_and_its_orders_still_lead_to_everybody(self, tmp_path: Path) -> None:
        people = [(str(number), f"寮生{number}") for number in range(31)]
        customers = [member(row, number, name, "x") for row, (number, name) in enumerate(people)]
        orders = [order(row, f"R{number}", number, name, "x") for row, (number, name) in enumerate(people)]
        desk = store(tmp_path, customers=customers, orders=orders, rule=[])
        (found,) = judged(desk, "household_rule")
        assert (found["state"], found["persons"], found["orders"]) == ("address-alone", 31, 31)
        assert (found["person"], found["other"], found["case"]) == (None, None, "one-lot")
        assert len(judged(desk, "household_rule", ref=short("PERSONAL_ID", "R3"))) == 30

    def test_somebody_in_no_register_is_unknown_and_so_is_a_ruling_about_nobody(self, tmp_path: Path) -> None:
        found = judged(self.desk(tmp_path, ("1", "99"), (None, None)), "household_rule")
        assert [(row["state"], row["reason"]) for row in found if row["state"] == "unknown"] == [
            ("unknown", "person-not-known")
        ] * 2

    def test_an_order_leads_to_the_others_at_its_address_whether_they_ordered_or_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MEIBO_KEY", KEYS.secret.decode())
        monkeypatch.delenv("MEIBO_KEY_FILE", raising=False)
        desk = self.desk(tmp_path)
        (found,) = judged(desk, "household_rule", ref="A")
        assert (found["person"], found["other"]) == (short("PERSONAL_ID", "1"), short("PERSONAL_ID", "2"))
        two = judged(desk, "household_rule", ref=short("PERSONAL_ID", "B"))
        assert {row["other"] for row in two} == {short("PERSONAL_ID", "1"), short("PERSONAL_ID", "3")}
        assert judged(desk, "household_rule", ref="no such order") == []

    def test_mother_and_daughter_of_one_name_are_two_neighbours(self, tmp_path: Path) -> None:
        people = (("1", "大川 恵"), ("2", "大川 恵"), ("3", "川上 佳"))
        customers = [member(row, number, name, "x") for row, (number, name) in enumerate(people)]
        orders = [order(row, f"R{number}", number, name, "x") for row, (number, name) in enumerate(people)]
        found = judged(store(tmp_path, customers=customers, orders=orders, rule=[]), "household_rule")
        pairs = {frozenset((row["person"], row["other"])) for row in found if row["state"] == "address-alone"}
        assert pairs == {
            frozenset({short("PERSONAL_ID", "3"), short("PERSONAL_ID", number)}) for number in ("1", "2")
        }
        assert {row["orders"] for row in found if row["state"] == "address-alone"} == {2}

    def test_a_value_is_keyed_with_the_key_of_the_store_or_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("MEIBO_KEY_FILE", raising=False)
        monkeypatch.setenv("MEIBO_KEY", "another key of sixteen characters")
        desk = self.desk(tmp_path)
        with pytest.raises(Refused, match="key-changed"):
            rows(desk, "household_rule", ref="A")
        monkeypatch.delenv("MEIBO_KEY")
        with pytest.raises(Refused, match="key-missing"):
            rows(desk, "household_rule", ref="A")
        assert rows(desk, "household_rule", ref=short("PERSONAL_ID", "A"))


def gated(store: Path, name: str) -> int:
    """How many rows count against the gate of a report."""
    report = next(each for each in list_reports() if each.name == name)
    assert report.gate is not None
    with Reader(store) as reader:
        sql = f"SELECT * FROM (\n{report.sql}\n) WHERE {report.gate.where}"
        return len(reader.arrow(sql, dict.fromkeys(report.parameters)).to_pylist())


class TestAgentView:
    CUSTOMERS = (
        member(0, "1", "佐藤 花子", "x", phone="1"), member(1, "2", "鈴木 一郎", "x"),
        member(2, "3", "高橋 翔", "x", phone="1"),
    )  # fmt: skip

    def shown(self, tmp_path: Path, *answers: dict[str, Any]) -> list[Row]:
        screens = [
            record("agent_view", row, **{"kind": "検索", "person": "1", **each})
            for row, each in enumerate(answers)
        ]
        desk = store(tmp_path, customers=list(self.CUSTOMERS), screens=screens)
        return judged(desk, "agent_view")

    def test_another_household_counts_with_what_was_shown_and_when(self, tmp_path: Path) -> None:
        (found,) = self.shown(
            tmp_path,
            {"other": "2", "name": "鈴木一郎", "age": 64, "verified": True, "moment": NOON},
            {"other": "2", "born": "1962-01-01", "moment": NOON},
        )
        assert (found["state"], found["screen"], found["shown"], found["persons"]) == (
            "other-household",
            "検索",
            2,
            1,
        )
        assert (found["names"], found["ages"], found["births"], found["unverified"]) == (1, 1, 1, 1)

    def test_the_person_the_household_and_an_answer_without_data_are_nothing(self, tmp_path: Path) -> None:
        assert (
            self.shown(tmp_path, {"other": "1", "age": 40}, {"other": "3", "name": "高橋翔"}, {"other": "2"})
            == []
        )

    def test_a_neighbour_without_a_number_is_known_by_the_name_at_the_address(self, tmp_path: Path) -> None:
        (found,) = self.shown(tmp_path, {"name": "鈴木一郎"}, {"name": "佐藤花子"})
        assert (found["state"], found["shown"]) == ("other-household", 1)

    def test_nobody_known_is_unknown(self, tmp_path: Path) -> None:
        (found,) = self.shown(tmp_path, {"other": "77", "age": 30}, {"person": "88", "other": "2", "age": 30})
        assert (found["state"], found["reason"], found["shown"]) == ("unknown", "person-not-known", 2)

    def test_a_screen_that_notes_nobody_is_unknown_and_not_ones_own(self, tmp_path: Path) -> None:
        (found,) = self.shown(tmp_path, {"person": None, "name": "鈴木一郎", "age": 64})
        assert (found["state"], found["reason"], found["shown"]) == ("unknown", "person-not-known", 1)


class TestThirdPartyNotes:
    CUSTOMERS = (
        member(0, "1", "佐藤 花子", "x", phone="1"), member(1, "2", "鈴木 一郎", "x"),
        member(2, "3", "高橋 翔", "x", phone="1"),
        member(3, "4", "長谷川 美咲", "z"),
    )  # fmt: skip

    def noted(self, tmp_path: Path, *mentions: tuple[int, str, str], about: str = "1") -> list[Row]:
        """Mentions are (row, entity type, value), in the order they stand."""
        found = [
            finding(
                row,
                kind,
                field="body",
                start=10 * place,
                end=10 * place + 4,
                value_key=KEYS.value_key(kind, value),
            )
            for place, (row, kind, value) in enumerate(mentions)
        ]
        notes = [
            record("note", row, ref=f"N{row}", person=about, moment=NOON, row_key=str(row))
            for row in sorted({row for row, *_ in mentions})
        ]
        staff = [resident("staff", 0, "石川 遼", "office", staff="E1")]
        return judged(
            store(tmp_path, found, customers=list(self.CUSTOMERS), notes=notes, staff=staff),
            "third_party_notes",
        )

    def test_a_neighbours_name_and_age_are_listed_with_the_note(self, tmp_path: Path) -> None:
        (found,) = self.noted(
            tmp_path,
            (7, "PERSON", "佐藤花子"),
            (7, "AGE", "40"),
            (7, "PERSON", "鈴木一郎"),
            (7, "AGE", "64"),
            (7, "DATE_OF_BIRTH", "1962"),
        )
        assert (found["state"], found["note"], found["ref"]) == ("neighbour", "7", short("PERSONAL_ID", "N7"))
        assert (found["mentions"], found["ages"], found["births"], found["about"]) == (
            1,
            1,
            1,
            short("PERSONAL_ID", "1"),
        )

    def test_the_surname_alone_is_enough_and_ones_own_is_not(self, tmp_path: Path) -> None:
        found = self.noted(tmp_path, (0, "PERSON", "鈴木"), (1, "PERSON", "佐藤"), (2, "PERSON", "高橋翔"))
        assert [(row["state"], row["note"]) for row in found] == [("neighbour", "0")]

    def test_a_name_without_a_reading_does_not_take_that_of_the_name_before_it(self, tmp_path: Path) -> None:
        reading = name_key(family_keys("長谷川 美咲")[1] or "")
        found = [
            finding(0, field="body", start=0, end=4, value_key=name_key("長谷川美咲"), alt_key=reading),
            finding(0, field="body", start=9, end=13, value_key=name_key("鈴木一郎")),
        ]
        people = [member(0, "1", "長谷川 美咲", "x"), member(1, "2", "鈴木 一郎", "x")]
        notes = [record("note", 0, ref="N", person="1")]
        (row,) = judged(store(tmp_path, found, customers=people, notes=notes), "third_party_notes")
        assert (row["state"], row["persons"]) == ("neighbour", 1)

    def test_people_elsewhere_are_counted_and_staff_is_left_out(self, tmp_path: Path) -> None:
        found = self.noted(
            tmp_path,
            (0, "PERSON", "長谷川美咲"),
            (1, "PERSON", "山本太郎"),
            (2, "PERSON", "山本太郎"),
            (3, "PERSON", "石川"),
        )
        assert {(row["state"], row["notes"], row["persons"], row["note"]) for row in found} == {
            ("other-customer", 1, 1, None),
            ("other-person", 2, 1, None),
        }

    def test_a_note_about_nobody_known_cannot_be_judged(self, tmp_path: Path) -> None:
        (found,) = self.noted(tmp_path, (0, "PERSON", "鈴木一郎"), about="99")
        assert (found["state"], found["reason"]) == ("unknown", "person-not-known")


class TestSurnames:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("髙橋　健太", "高橋花子"),
            ("渡邊 一", "渡辺一郎"),
            ("ｻﾄｳ ﾐｻｷ", "サトウ　ケン"),
            ("Sato Taro", "taro SATOH"),
        ],
    )
    def test_one_family_has_one_key_however_it_is_written(self, one: str, other: str) -> None:
        assert family_keys(one)[0] == family_keys(other)[0]

    def test_a_name_nobody_can_part_is_its_own_surname(self) -> None:
        assert family_keys("佐々木希") != family_keys("佐々木")
        assert family_keys(" 　") == (None, None)

    @given(st.text(max_size=30))
    def test_any_text_has_a_surname_or_none(self, text: str) -> None:
        surname, reading = family_keys(text)
        assert surname or reading is None


class TestSampleEstate:
    def gives_the_truth(self, estate: Path, store: Path) -> None:
        truth = json.loads((estate / "truth.json").read_text("utf-8"))["incidents"]
        for name in ("shared_address", "household_rule", "agent_view", "third_party_notes"):
            assert len(rows(store, name)) == truth[name]["rows"], name

    def test_every_report_of_the_desk_gives_its_truth(self, estate: Path, scanned: Path) -> None:
        self.gives_the_truth(estate, scanned / "store.duckdb")

    @pytest.mark.slow
    # 2 draws names that are read twice, 4 a mother and daughter of one name.
    @pytest.mark.parametrize("seed", [2, 4])
    def test_the_truth_holds_whatever_the_seed(self, tmp_path: Path, seed: int) -> None:
        estate = write_demo(tmp_path / "demo", size="small", seed=seed)
        desk = ("--source", "desk", "--source", "sales", "--out", tmp_path / "out")
        assert meibo("scan", "--estate", estate, *desk).returncode == 0
        self.gives_the_truth(estate.parent, tmp_path / "out" / "store.duckdb")

    def test_the_keys_are_those_of_the_truth(self, estate: Path, scanned: Path) -> None:
        truth = json.loads((estate / "truth.json").read_text("utf-8"))["incidents"]
        sealer = Sealer(KeyRing(KEY.encode()))

        def shown(entity_type: str, value: str) -> str:
            key = sealer.seal(entity_type, value)[0]
            assert key is not None
            return f"k:{key.hex()[:12]}"

        with closing(sqlite3.connect(estate / "desk.sqlite")) as connection:
            homes = dict(connection.execute("SELECT 会員番号, 住所 FROM customers"))
        store = scanned / "store.duckdb"
        addresses = {shown("JP_ADDRESS", homes[number]) for number in truth["shared_address"]["keys"]}
        assert {row["address"] for row in rows(store, "shared_address")} == addresses
        merged = [row for row in rows(store, "household_rule") if row["state"] == "merged-across"]
        orders = {shown("PERSONAL_ID", order) for order in truth["household_rule"]["keys"]}
        assert {ref for row in merged for ref in row["refs"]} == orders
        assert [row["screen"] for row in rows(store, "agent_view")] == truth["agent_view"]["keys"]
        notes = {row["ref"] for row in rows(store, "third_party_notes") if row["state"] == "neighbour"}
        assert notes == {shown("PERSONAL_ID", note) for note in truth["third_party_notes"]["keys"]}

    def test_an_order_number_on_the_command_line_leads_to_the_people_affected(
        self, estate: Path, scanned: Path, command: Command
    ) -> None:
        order = json.loads((estate / "truth.json").read_text("utf-8"))["incidents"]["household_rule"]["keys"][
            0
        ]
        code, printed, err = command(
            "report", "household_rule", "--out", scanned, "--format", "json", "--with", f"ref={order}"
        )
        assert code == 0, err
        states = {row["state"] for row in json.loads(printed)}
        assert states >= {"merged-across", "address-alone"}
