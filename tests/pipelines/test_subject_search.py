"""One person's records: found by any identifier, everybody else masked, values only with a reason."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import Estate, load_estate
from pipelines.desk.reveal import reveal
from pipelines.errors import Refused
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.results import AssetResult
from pipelines.scan import scan as run_scan
from pipelines.seal import Sealer
from pipelines.store.reader import Reader
from pipelines.subject.holdings import holdings
from pipelines.subject.places import places_of
from pipelines.subject.search import candidates, chosen, likeliest, seal_query
from pipelines.subject.show import candidates_table, holdings_table, render
from tests.commands import KEY, Command
from tests.pipelines.people import table
from tests.pipelines.scans import KEYS, asset, examined, finding, job, scan, typed

TARO = {"id": "M-1001", "name": "山田 太郎", "phone": "090-1234-5678", "born": "1980-01-02"}
HOMONYM = {"id": "M-2002", "name": "山田 太郎", "phone": "090-8765-4321", "born": "1991-05-06"}
HANAKO = {"id": "M-3003", "name": "山田 花子", "phone": "090-1111-2222"}


def found(path: Path, **given: str) -> list[Any]:
    with Reader(path) as reader:
        return likeliest(
            candidates(reader, seal_query(KEYS, {kind: [value] for kind, value in given.items()}))
        )


def note(row: int, entity_type: str, text: str, **facts: Any) -> dict[str, Any]:
    value_key, alt_key, masked = Sealer(KEYS).seal(entity_type, text)
    return finding(row, entity_type, **{"value_key": value_key, "alt_key": alt_key, "masked": masked} | facts)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    work = job(tmp_path, assets=[{"match": "crm/*", "purpose": "delivery", "retention": "tax_books",
                                  "entrustee": "carrier", "columns": {"key": "id"}}])  # fmt: skip
    notes = [
        note(0, "PERSON", "山田", start=0, end=2), note(0, "PERSON", "佐藤 健", start=5, end=9),
        note(0, "PHONE_NUMBER", "03-9999-0000", start=10, end=22), note(0, "JP_SPECIAL_CARE", ""),
        note(1, "PHONE_NUMBER", "09012345678", start=3, end=14), note(1, "PERSON", "山田 太郎", start=20, end=25),
        note(1, "EMAIL_ADDRESS", "kenta@example.jp", start=30, end=46),
    ]  # fmt: skip
    assets = [
        table(work, "crm/customers", [TARO, HOMONYM, HANAKO]),
        table(work, "crm/notes", [{"id": "M-1001"}, {"id": "M-3003"}], findings=notes),
    ]
    load(work, scan("s", assets))
    return work.layout.store


def test_any_identifier_or_combination_finds_the_same_person(people: Path) -> None:
    ways = [
        {"phone": "+81-90-1234-5678"},
        {"member": "m-1001"},
        {"name": "山田太郎", "born": "昭和55年1月2日"},
    ]
    people_found = {tuple(each.subject_id for each in found(people, **way)) for way in ways}
    assert len(people_found) == 1
    assert len(people_found.pop()) == 1


def test_whoever_agrees_in_part_comes_after_the_likeliest_and_can_be_chosen(people: Path) -> None:
    asked = seal_query(KEYS, {"name": ["山田 太郎"], "phone": ["090-8765-4321"]})
    with Reader(people) as reader:
        first, other = candidates(reader, asked)
    assert (first.matched, other.matched) == (("name", "phone"), ("name",))
    assert chosen([first, other], None) == first
    assert chosen([first, other], other.name) == other


def test_homonyms_are_offered_apart_and_chosen_by_name(people: Path) -> None:
    both = found(people, name="山田 太郎")
    assert len(both) == 2
    assert chosen(both, None) is None
    assert chosen(both, both[1].name) == both[1]
    with pytest.raises(Refused, match="candidate-unknown"):
        chosen(both, "s:0")
    with Reader(people) as reader:
        assert "候補" in render(candidates_table(reader, both), "html", "ja").decode()


def test_everything_about_a_person_is_listed_and_other_people_only_counted(people: Path) -> None:
    asked = seal_query(KEYS, {"member": ["M-1001"]})
    with Reader(people) as reader:
        person = chosen(candidates(reader, asked), None)
        rows = holdings(reader, person and person.subject_id, asked)
        page = render(holdings_table(reader, rows, revealed=False), "html", "ja").decode()
    places = {(row["asset"], row["row"], row["field"], row["entity_type"]): row for row in rows}
    assert {place[:3] for place in places if place[0] == "crm/customers"} == {
        ("crm/customers", 0, field) for field in TARO
    }
    own = places["crm/notes", 0, "memo", "PERSON"]  # the surname, in a note about this person
    assert own["masked"] == "山*"
    assert own["third_parties"] == ["PERSON 1", "PHONE_NUMBER 1"]
    assert ("crm/notes", 0, "memo", "JP_SPECIAL_CARE") in places
    mentioned = places["crm/notes", 1, "memo", "PHONE_NUMBER"]  # on another person's note
    assert (mentioned["evidence"], mentioned["third_parties"]) == (["mention-phone"], ["EMAIL_ADDRESS 1"])
    assert places["crm/notes", 1, "memo", "PERSON"]["confidence"] == mentioned["confidence"]
    assert {(row["purpose"], row["law"], row["recipients"][0]) for row in rows} == {
        ("delivery", "法人税法施行規則59条", "carrier")
    }
    assert not [value for value in (*TARO.values(), "佐藤", "kenta") if value in page]


def test_a_number_in_a_column_about_somebody_else_is_listed_with_the_row_it_stands_in(tmp_path: Path) -> None:
    work = job(tmp_path)
    customers = [TARO, {**HANAKO, "guarantor": TARO["name"], "emergency_phone": TARO["phone"]}]
    load(work, scan("s", [table(work, "crm/customers", customers)]))
    asked = seal_query(KEYS, {"member": ["M-1001"]})
    with Reader(work.layout.store) as reader:
        person = chosen(candidates(reader, asked), None)
        rows = holdings(reader, person and person.subject_id, asked)
        hers = chosen(candidates(reader, seal_query(KEYS, {"member": ["M-3003"]})), None)
        of_hanako = holdings(reader, hers and hers.subject_id, [])
    told = {row["field"]: row for row in rows if row["row"] == 1}
    assert {field: row["evidence"] for field, row in told.items()} == {
        "guarantor": ["elsewhere-name"], "emergency_phone": ["elsewhere-phone"],
    }  # fmt: skip
    assert told["emergency_phone"]["third_parties"] == ["PERSON 1", "PERSONAL_ID 1", "PHONE_NUMBER 1"]
    assert {row["field"] for row in of_hanako} == set(HANAKO)


def test_a_number_in_free_text_only_is_found_without_a_person(people: Path) -> None:
    asked = seal_query(KEYS, {"email": ["Kenta@example.jp"]})
    with Reader(people) as reader:
        assert candidates(reader, asked) == []
        rows = holdings(reader, None, asked)
    assert [(row["asset"], row["row"], row["entity_type"]) for row in rows] == [
        ("crm/notes", 1, "EMAIL_ADDRESS")
    ]


def test_what_has_no_key_is_the_persons_where_nobody_else_stands_in_the_text(tmp_path: Path) -> None:
    work = job(tmp_path)
    own = [
        note(0, "JP_SPECIAL_CARE", "", field="remark"),
        note(0, "JP_MY_NUMBER", "201938475615", field="remark"),
    ]
    jiro = [
        note(0, "PERSON", "山本 次郎", start=0, end=5), note(0, "JP_SPECIAL_CARE", "", start=6, end=9),
        note(0, "JP_MY_NUMBER", "123456789018", start=10, end=22),
    ]  # fmt: skip
    mail = [
        note(0, "PHONE_NUMBER", "090-1234-5678", start=0, end=13),
        note(0, "JP_MY_NUMBER", "201938475615", start=20),
        note(1, "PHONE_NUMBER", "090-1234-5678", start=0, end=13),
        note(1, "EMAIL_ADDRESS", "jiro@example.jp", start=14),
        note(1, "CREDIT_CARD", "4111111111111111", start=40),
        note(2, "PERSON", "山田 太郎", start=0, end=5),
        note(2, "JP_MY_NUMBER", "123456789018", start=20),
    ]
    assets = [
        table(work, "crm/customers", [TARO, HANAKO]),
        table(work, "crm/notes", [{"id": "M-1001"}], findings=[*own, *jiro]),
        table(work, "share/mail", [], findings=mail),
    ]
    load(work, scan("s", assets))
    asked = seal_query(KEYS, {"member": ["M-1001"]})
    with Reader(work.layout.store) as reader:
        person = chosen(candidates(reader, asked), None)
        rows = holdings(reader, person and person.subject_id, asked)
    told = {
        (row["asset"], row["row"], row["field"], row["entity_type"]): (row["evidence"], row["masked"])
        for row in rows
        if row["entity_type"] in ("JP_MY_NUMBER", "JP_SPECIAL_CARE", "CREDIT_CARD")
    }
    masked = Sealer(KEYS).seal("JP_MY_NUMBER", "201938475615")[2]
    assert told == {
        ("crm/notes", 0, "remark", "JP_SPECIAL_CARE"): (["id"], None),
        ("crm/notes", 0, "remark", "JP_MY_NUMBER"): (["id"], masked),
        ("crm/notes", 0, "memo", "JP_SPECIAL_CARE"): (["beside-others"], None),
        ("crm/notes", 0, "memo", "JP_MY_NUMBER"): (["beside-others"], None),
        ("share/mail", 0, "memo", "JP_MY_NUMBER"): (["same-text"], masked),
        ("share/mail", 1, "memo", "CREDIT_CARD"): (["beside-others"], None),
    }
    assert {row["confidence"] for row in rows if row["evidence"] == ["beside-others"]} == {0.3}


def test_nothing_asked_or_nothing_readable_is_refused_without_quoting_it() -> None:
    with pytest.raises(Refused, match="query-empty"):
        seal_query(KEYS, {})
    with pytest.raises(Refused, match="query-unreadable") as refusal:
        seal_query(KEYS, {"born": ["きのう"]})
    assert "きのう" not in str(refusal.value)


LIST = """会員番号,氏名,電話番号,年齢
M-5678,山田 太郎,090-1234-5678,41
M-5679,山田 花子,090-1234-5678,39
M-5680,佐藤 健,03-3456-7890,58
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A scanned estate of one SQLite table and one text."""
    home = tmp_path_factory.mktemp("small")
    (home / "share").mkdir()
    (home / "share" / "memo.txt").write_text("折り返し先 090-1234-5678、担当は別の方 03-1234-5678", "utf-8")
    with sqlite3.connect(home / "crm.sqlite") as database:
        database.execute(
            "CREATE TABLE customers (会員番号 TEXT PRIMARY KEY, 氏名 TEXT, 電話番号 TEXT, 備考 TEXT, 解約日 TEXT)"
        )
        rows = [(f"M-{number}", name, f"0901234{number}", None, ended)
                for number, name, ended in ((5678, "山田 太郎", "令和6年3月31日"), (5679, "佐藤 健", "2026-01-31"),
                                            (5680, "鈴木 花子", None))]  # fmt: skip
        database.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?)", rows)
    (home / "share" / "会員.csv").write_text(LIST, "utf-8")
    raw = {
        "name": "small",
        "sources": [{"name": "crm", "kind": "sqlite", "path": home / "crm.sqlite"},
                    {"name": "share", "kind": "files", "path": home / "share"}],
        "assets": [
            {"match": "crm/*", "retention": "mobile_identity",
             "columns": {"key": "会員番号", "contract_end": "解約日"}},
            {"match": "*", "columns": {"key": "会員番号"}},
        ],
    }  # fmt: skip
    work = Job(
        Estate.model_validate(raw), Layout(home / "out").create(), KeyRing(b"a key for tests, not a secret")
    )
    run_scan(work, workers=1)
    return work


def revealed(work: Job, reason: str = "disclosure 1") -> list[dict[str, Any]]:
    asked = seal_query(work.keys, {"phone": ["090-1234-5678"], "member": ["M-5678"]})
    with Reader(work.layout.store) as reader:
        person = chosen(candidates(reader, asked), None)
        assert person is not None
        rows = holdings(reader, person.subject_id, asked)
        return reveal(work, reader, rows, reason, [each.key for each in asked])


def test_reveal_reads_the_source_again_for_exactly_these_places_and_leaves_a_trail(small: Job) -> None:
    values = {row["value"] for row in revealed(small) if row["reveal"] == "shown"}
    assert values == {"M-5678", "山田 太郎", "09012345678", "090-1234-5678", "41"}
    line = json.loads((small.layout.state / "audit.jsonl").read_text("utf-8").splitlines()[-1])
    assert (line["act"], line["reason"], len(line["keys"]), line["rows"] >= 4) == (
        "reveal",
        "disclosure 1",
        2,
        True,
    )
    assert not [value for value in values if value in json.dumps(line, ensure_ascii=False)]


def test_a_person_named_in_a_reason_is_masked_in_the_trail(small: Job) -> None:
    revealed(small, "x" * 480 + " 山田 太郎様(090-1234-5678)の請求")
    trail = (small.layout.state / "audit.jsonl").read_text("utf-8")
    reason = json.loads(trail.splitlines()[-1])["reason"]
    assert "山田" not in reason and "090" not in reason and reason.startswith("x" * 480 + " ‹")


def test_only_the_row_itself_says_when_its_own_period_ends(small: Job) -> None:
    # Three years from the end of the contract: of all of them at the latest, and of this one.
    asked = seal_query(small.keys, {"member": ["M-5678"]})
    with Reader(small.layout.store) as reader:
        person = chosen(candidates(reader, asked), None)
        assert person is not None
        before = holdings(reader, person.subject_id, asked)
    for rows, day in ((before, ("2029-01-31", "asset")), (revealed(small), ("2027-03-31", "record"))):
        told = {(str(row["until"]), row["until_of"]) for row in rows if row["asset"] == "crm/main.customers"}
        assert told == {day}


def test_reveal_without_a_reason_is_refused_and_what_has_changed_is_not_shown(small: Job) -> None:
    with pytest.raises(Refused, match="reason-missing"):
        revealed(small, " ")
    memo = next(source.path for source in small.estate.sources if source.name == "share") / "memo.txt"  # type: ignore[union-attr]
    before = memo.read_text("utf-8")
    try:
        memo.write_text("佐藤 健様より入電。03-9999-8888へ折り返し", "utf-8")
        states = {row["asset"]: (row["reveal"], row["value"]) for row in revealed(small)}
    finally:
        memo.write_text(before, "utf-8")
    assert states["share/memo.txt"] == ("changed", None)


def states(rows: list[dict[str, Any]], asset: str) -> dict[str, tuple[str, Any]]:
    return {row["field"]: (row["reveal"], row["value"]) for row in rows if row["asset"] == asset}


def test_a_cell_that_was_replaced_since_the_scan_is_not_shown_and_the_others_of_its_row_are(
    small: Job,
) -> None:
    path = next(source.path for source in small.estate.sources if source.name == "crm")  # type: ignore[union-attr]
    change = "UPDATE customers SET 電話番号 = ? WHERE 会員番号 = 'M-5678'"
    with sqlite3.connect(path) as database:
        database.execute(change, ["08099998888"])
    try:
        found = states(revealed(small), "crm/main.customers")
    finally:
        with sqlite3.connect(path) as database:
            database.execute(change, ["09012345678"])
    assert found["電話番号"] == ("changed", None)
    assert found["氏名"] == ("shown", "山田 太郎")


def test_rows_that_moved_never_show_the_neighbour_who_has_the_same_telephone(small: Job) -> None:
    path = next(source.path for source in small.estate.sources if source.name == "share") / "会員.csv"  # type: ignore[union-attr]
    assert states(revealed(small), "share/会員.csv")["年齢"] == ("shown", "41")
    lines = LIST.splitlines(keepends=True)
    try:
        path.write_text("".join([lines[0], lines[2], lines[1], lines[3]]), "utf-8")
        found = states(revealed(small), "share/会員.csv")
    finally:
        path.write_text(LIST, "utf-8")
    assert found.pop("電話番号") == ("shown", "090-1234-5678")
    assert set(found.values()) == {("changed", None)}


def test_what_a_note_says_of_somebody_else_is_neither_shown_nor_exported(
    tmp_path: Path, command: Command
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (share / "会員.csv").write_text(
        "会員番号,氏名,電話番号,備考\n"
        "M-5678,佐藤 花子,090-1234-5678,\n"
        "M-5679,高橋 健一,080-2345-6789,"
        "紹介者の山本太郎様は糖尿病で通院中。山本太郎様のマイナンバーは123456789018です。\n"
        "M-5680,渡辺 由美,070-3456-7890,次回来店 月曜\n",
        "utf-8",
    )
    (share / "memo.txt").write_text(
        "高橋健一です。\n電話番号は080-2345-6789です。\nマイナンバーは 2019 3847 5615 です。\n", "utf-8"
    )
    (tmp_path / "estate.yaml").write_text("sources: [{name: share, kind: files, path: ./share}]\n", "utf-8")
    key, out, exported = "a key for tests, not a secret", tmp_path / "out", tmp_path / "keys.jsonl"
    code, _, err = command("scan", "--estate", tmp_path / "estate.yaml", "--out", out, key=key)
    assert code == 0, err
    code, printed, err = command(
        "subject", "--phone", "080-2345-6789", "--estate", tmp_path / "estate.yaml", "--out", out,
        "--reveal", "--reason", "disclosure 1", "--export-keys", exported, "--format", "json", key=key,
    )  # fmt: skip
    assert code == 0, err
    rows = [row for row in json.loads(printed) if row["entity_type"] in ("JP_MY_NUMBER", "JP_SPECIAL_CARE")]
    assert {(row["asset"], row["reveal"], row["value"]) for row in rows} == {
        ("share/会員.csv", "unclear", None), ("share/memo.txt", "shown", "2019 3847 5615"),
    }  # fmt: skip
    assert not [value for value in ("123456789018", "糖尿病", "山本") if value in printed]
    sealer = Sealer(KEYS)
    his, other = (
        (sealer.keys("JP_MY_NUMBER", number)[0] or b"").hex() for number in ("201938475615", "123456789018")
    )
    text = exported.read_text("utf-8")
    assert (his in text, other in text) == (True, False)


def test_a_keyed_number_of_a_report_leads_to_its_record_and_only_reveal_shows_it(
    small: Job, command: Command
) -> None:
    key = "a key for tests, not a secret"
    sealed = (Sealer(small.keys).seal("PERSONAL_ID", "M-5678")[0] or b"").hex()[:12]
    asked = ("where", f"k:{sealed}", "--out", small.layout.out, "--format", "json")
    code, printed, err = command(*asked, key=key)
    assert code == 0, err
    assert {(row["asset"], row["field"]) for row in json.loads(printed)} == {
        ("crm/main.customers", "会員番号"), ("share/会員.csv", "会員番号"),
    }  # fmt: skip
    assert "M-5678" not in printed
    with Reader(small.layout.store) as reader, pytest.raises(Refused, match="key-unreadable"):
        places_of(reader, "5678", None, small.keys)


def test_the_command_finds_the_person_never_prints_the_query_and_needs_the_stores_key(
    small: Job, command: Command
) -> None:
    asked = ("subject", "--phone", "090-1234-5678", "--member", "M-5678", "--out", small.layout.out)
    code, printed, err = command(*asked, "--format", "json", key="a key for tests, not a secret")
    assert code == 0, err
    assert {row["asset"] for row in json.loads(printed)} == {
        "crm/main.customers", "share/memo.txt", "share/会員.csv",
    }  # fmt: skip
    assert "090-1234-5678" not in printed + err
    code, _, err = command(*asked, key="another key of the tests")
    assert (code, "key-changed" in err) == (64, True)


@pytest.mark.parametrize(("asked", "named"), [("--phone", True), ("--name", False)])
def test_the_command_names_what_has_no_keys_to_be_searched_by(
    tmp_path: Path, command: Command, asked: str, named: bool
) -> None:
    work = job(tmp_path)
    columns = (typed("電話", "PHONE_NUMBER", 2), typed("氏名", "PERSON", 2, position=1, key_column=True))
    people = asset("crm/people")
    load(
        work,
        scan("s", [AssetResult(asset=people, fields=columns, parts=(examined(work.layout, people, "p"),))]),
    )
    value = {"--phone": "090-1234-5678", "--name": "山田 太郎"}[asked]
    code, _, err = command(
        "subject", asked, value, "--lang", "en", "--out", work.layout.out, key=KEYS.secret.decode()
    )
    assert (code, "1 assets have no value keys" in err, "crm/people" in err) == (0, named, named)


def test_the_command_says_who_else_agrees_in_part(people: Path, command: Command) -> None:
    asked = (
        "subject",
        "--name",
        "山田 太郎",
        "--phone",
        "090-8765-4321",
        "--out",
        people.parent,
        "--lang",
        "en",
    )
    chosen_too, places = (), []
    for _ in range(2):
        code, printed, err = command(
            *asked, *chosen_too, "--format", "json", key="a key for tests, not a secret"
        )
        assert code == 0, err
        places.append({row["place"] for row in json.loads(printed) if row["asset"] == "crm/customers"})
        said, _, other = err.strip().rpartition(": ")
        assert said == "1 more agree in part; look at them with --candidate"
        chosen_too = ("--candidate", other.partition(" (--")[0])
    assert places == [{"#0.1"}, {"#0.0"}]


PICTURE = """
    SELECT place.asset_id AS asset, finding.* FROM finding JOIN current_part AS place USING (part_id)
    WHERE place.asset_id = 'cards/IMG_2041.jpg' ORDER BY entity_type
"""


@pytest.mark.slow
def test_of_a_picture_the_lines_asked_for_are_read_again_and_nothing_else(
    estate: Path, scanned: Path, tmp_path: Path
) -> None:
    shutil.copytree(scanned, tmp_path / "out", ignore=shutil.ignore_patterns("work", "staging"))
    keys = KeyRing.from_environment({"MEIBO_KEY": KEY})
    work = Job(load_estate(estate / "estate.yaml"), Layout(tmp_path / "out"), keys)
    with Reader(work.layout.store) as reader:
        rows = reader.arrow(PICTURE).to_pylist()
        shown = {row["entity_type"]: row for row in reveal(work, reader, rows, "disclosure 1", [])}
        other = [{**row, "value_key": b"0" * 16} for row in rows if row["entity_type"] == "PERSON"]
        changed = reveal(work, reader, other, "disclosure 1", [])
    assert (shown["FACE"]["reveal"], shown["FACE"]["value"]) == ("image", None)
    texts = {kind: row["value"] for kind, row in shown.items() if row["reveal"] == "shown"}
    assert set(texts) >= {"PERSON", "DATE_OF_BIRTH", "JP_DRIVER_LICENSE"}
    assert [row["reveal"] for row in changed] == ["changed"]
