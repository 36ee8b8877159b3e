"""Nights on which something cannot be read: what was there stays, as of when it was examined. All is invented."""

from __future__ import annotations

import io
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import openpyxl
import pytest
from rich.console import Console

from pipelines import load as loading
from pipelines.config import Estate, Staging, Store
from pipelines.desk.erased_keys import Key
from pipelines.desk.erasure import check
from pipelines.errors import Refused
from pipelines.gates.declared import check_declared
from pipelines.gates.outcome import Check, Outcome, ReportCheck
from pipelines.gates.reports import check_reports
from pipelines.incident import Question, scope_of
from pipelines.incident.draft import to_markdown
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.plan import Manifest, finish, plan, read
from pipelines.policies import load_policies
from pipelines.purge import purge
from pipelines.refs import AssetRef
from pipelines.reports.digest import digests
from pipelines.reports.page import render_page
from pipelines.reports.render import to_csv, to_terminal
from pipelines.reports.runner import run_report
from pipelines.reports.since import report_since
from pipelines.results import AssetResult, PartResult
from pipelines.scan import scan
from pipelines.store.reader import Reader
from pipelines.subject.holdings import holdings
from pipelines.subject.search import candidates, chosen, seal_query
from pipelines.subject.show import holdings_table, render
from pipelines.summary import Summary
from tests.pipelines import scans
from tests.stores import tables

MEMO = "id,メモ,電話\n1,担当の山田 太郎様 080-1234-5678,090-1111-2222\n2,,090-1111-2223\n"
NOTE = "鈴木 花子様 電話 03-1234-5670\n"


class House:
    """A share of two files and a database of one table, scanned night after night."""

    def __init__(self, home: Path, key: KeyRing) -> None:
        self.home, self.key = home, key
        self.share, self.crm = home / "share", home / "crm.sqlite"
        self.share.mkdir(parents=True)
        self.write("memo.csv", MEMO)
        self.write("note.txt", NOTE)
        with closing(sqlite3.connect(self.crm)) as database:
            database.execute("CREATE TABLE members (id INTEGER PRIMARY KEY, 電話 TEXT)")
            rows = [(n, f"090-1234-{n:04}") for n in range(50)]
            database.executemany("INSERT INTO members VALUES (?, ?)", rows)
            database.commit()
        time.sleep(0.12)

    def job(self, out: str = "out", *, without: str = "", **share: Any) -> Job:
        sources = [
            {"name": "share", "kind": "files", "path": str(self.share), **share},
            {"name": "crm", "kind": "sqlite", "path": str(self.crm)},
        ]
        rules = [{"match": "share/*", "owner": "desk"}]
        told = {"sources": [each for each in sources if each["name"] != without], "assets": rules}
        return Job(Estate.model_validate(told), Layout(self.home / out).create(), self.key)

    def write(self, name: str, text: str) -> None:
        """A file written just now is not trusted to stay as it is."""
        (self.share / name).write_text(text, "utf-8")
        time.sleep(0.12)

    def workbook(self, name: str, **sheets: list[list[str]]) -> None:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(self.share / name)
        time.sleep(0.12)

    def night(self, **how: Any) -> Summary:
        on = how.pop("on", None) or self.job()
        return scan(on, how.pop("names", ()), workers=1, **how)

    def unmount(self) -> None:
        """The directory is there, what was mounted on it is not."""
        self.share.rename(self.home / "away")
        self.share.mkdir()

    def unplug(self) -> None:
        """Not even the directory is there."""
        self.share.rename(self.home / "away")

    def back(self) -> None:
        shutil.rmtree(self.share, ignore_errors=True)
        (self.home / "away").rename(self.share)

    @property
    def store(self) -> Path:
        return self.home / "out" / "store.duckdb"

    def ask(self, query: str, store: Path | None = None) -> list[Any]:
        with Reader(store or self.store) as reader:
            return [tuple(row.values()) for row in reader.arrow(query).to_pylist()]

    def holdings(self) -> list[Any]:
        return self.ask("SELECT * EXCLUDE (scan_id) FROM current_holding ORDER BY ALL")

    def assets(self) -> list[str]:
        return [row[0] for row in self.ask("SELECT asset_id FROM current_asset ORDER BY 1")]

    def old(self) -> list[str]:
        query = "SELECT asset_id FROM current_asset WHERE as_of_scan IS NOT NULL ORDER BY 1"
        return [row[0] for row in self.ask(query)]

    def changed(self, report: str = "inventory", since: str = "previous") -> list[tuple[Any, ...]]:
        return [(row["change"], row["asset"]) for row in report_since(self.store, report, since).rows]

    def gate(self) -> int:
        """What the gates answer as to what was examined; nothing is declared, and what was found fails them."""
        layout = Layout(self.home / "out")
        checks = [*check_declared(None, layout), *check_reports(layout, ["stale"])]
        quiet = {Check: {"failed": {}}, ReportCheck: {"failed": False, "unknown": 0}}
        return Outcome(checks=tuple(each.model_copy(update=quiet[type(each)]) for each in checks)).exit_code


@pytest.fixture(autouse=True)
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)


@pytest.fixture
def house(tmp_path: Path, key: KeyRing) -> House:
    return House(tmp_path, key)


@pytest.mark.parametrize(
    ("outage", "reason"), [(House.unplug, "directory-missing"), (House.unmount, "source-emptied")]
)
def test_the_holdings_of_a_source_that_is_away_stay_as_of_the_last_good_scan(
    house: House, outage: Callable[[House], None], reason: str
) -> None:
    first = house.night()
    before = house.holdings()
    outage(house)
    for _ in range(2):
        away = house.night()
        assert house.holdings() == before
        assert house.old() == ["share/memo.csv", "share/note.txt"]
        assert house.ask("SELECT DISTINCT as_of_scan FROM current_asset WHERE as_of_scan IS NOT NULL") == [
            (first.scan_id,)
        ]
        assert (away.reasons, away.not_examined) == ((("share", reason),), 3)
        assert [each.old for each in away.sources] == [0, 2]
        assert house.gate() == 2
        assert house.changed() == []


@pytest.mark.parametrize("outage", [House.unplug, House.unmount])
def test_after_an_outage_nothing_is_new_but_what_changed_meanwhile(
    house: House, outage: Callable[[House], None]
) -> None:
    house.night()
    outage(house)
    night = house.night()
    house.back()
    again = house.night()
    assert (house.changed(), again.not_examined, house.gate()) == ([], 0, 0)
    assert house.old() == []
    assert digests(Layout(house.home / "out"), since=night.scan_id).owners == ()
    outage(house)
    house.night()
    house.back()
    house.write("note.txt", NOTE + "メール taro@example.co.jp\n")
    house.write("new.txt", "携帯 090-1234-5678\n")
    (house.share / "memo.csv").unlink()
    house.night()
    assert set(house.changed()) == {
        ("new", "share/note.txt"), ("new", "share/new.txt"), ("gone", "share/memo.csv"),
    }  # fmt: skip


def test_the_night_after_an_outage_reads_only_what_changed(house: House) -> None:
    house.night()
    house.unplug()
    house.night()
    house.back()
    house.write("note.txt", NOTE + "メール taro@example.co.jp\n")
    on = house.job()
    assert [asset.id for asset in read(on.layout, plan(on), Manifest).assets(on.layout)] == ["share/note.txt"]


def test_findings_are_carried_by_reference(house: House) -> None:
    house.night()
    before = tables(house.store)
    house.unplug()
    house.night()
    after = tables(house.store)
    for name in ("finding", "value_key"):
        assert after[name] == before[name]
    assert len(after["part"]) == len(before["part"]) + 1  # the source that could not be listed


def test_a_table_of_a_locked_database_stays(house: House) -> None:
    house.night()
    with closing(sqlite3.connect(house.crm, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        house.night()
    assert house.old() == ["crm/main.members"]
    house.night()
    assert (house.old(), house.changed()) == ([], [])


def test_what_is_gone_from_a_source_that_can_be_read_is_gone(house: House) -> None:
    house.night()
    (house.share / "note.txt").unlink()
    house.night()
    assert house.assets() == ["crm/main.members", "share/memo.csv"]
    house.night(on=house.job(without="crm"))
    assert house.assets() == ["share/memo.csv"]


def test_a_source_taken_out_of_the_estate_during_its_outage_is_gone(house: House) -> None:
    house.night()
    house.unplug()
    house.night()
    house.night(on=house.job(without="share"))
    assert house.assets() == ["crm/main.members"]


def test_the_sheets_of_a_workbook_that_can_no_longer_be_opened_stay(house: House) -> None:
    rows = [["氏名", "電話"], *([f"佐藤 {n}郎", f"090-1234-{n:04}"] for n in "1234567890")]
    house.workbook("名簿.xlsx", 会員=rows[:8], 職員=rows)
    first = house.night()
    before = house.holdings()
    whole = (house.share / "名簿.xlsx").read_bytes()
    house.write("名簿.xlsx", "")
    (house.share / "名簿.xlsx").write_bytes(whole[: len(whole) // 2])
    time.sleep(0.12)
    sheets = ["share/名簿.xlsx#会員", "share/名簿.xlsx#職員"]
    for _ in range(3):  # the third night nothing has changed, and the file is not even opened
        again = house.night()
        assert (house.old(), house.holdings(), house.changed()) == (sheets, before, [])
        assert ("share/名簿.xlsx", "file-damaged") in again.reasons and house.gate() == 2
    assert {day for (day,) in house.ask("SELECT as_of_scan FROM current_asset WHERE source = 'share'")} == {
        None, first.scan_id
    }  # fmt: skip
    (house.share / "名簿.xlsx").write_bytes(whole)
    time.sleep(0.12)
    house.night()
    assert (house.old(), house.holdings(), house.changed()) == ([], before, [])
    (house.share / "名簿.xlsx").unlink()
    house.night()
    assert {change for change, _ in house.changed()} == {"gone"}


def test_a_file_that_can_no_longer_be_read_stays_until_it_is_deleted(house: House) -> None:
    house.night()
    before = house.holdings()
    (house.share / "memo.csv").rename(house.home / "memo.csv")
    (house.share / "memo.csv").symlink_to(house.home / "memo.csv")  # leads out of the share: not followed
    for _ in range(2):
        assert ("share/memo.csv", "link-outside") in house.night().reasons
        assert (house.old(), house.holdings()) == (["share/memo.csv"], before)
    (house.share / "memo.csv").unlink()
    house.night()
    assert house.assets() == ["crm/main.members", "share/note.txt"]


def test_what_was_never_examined_is_not_made_up(house: House) -> None:
    house.write("scan.pdf", "%PDF-1.7")
    house.night()
    house.night()
    assert house.old() == []
    house.unplug()
    house.night()
    assert house.ask("SELECT status FROM current_part WHERE asset_id = 'share/scan.pdf'") == [
        ("not_examined",)
    ]
    house.back()
    house.night()
    assert house.changed("coverage") == [("gone", "share")]


def test_an_empty_source_that_never_held_anything_says_so_and_no_more(house: House) -> None:
    house.unplug()
    house.night()
    house.share.mkdir()
    assert house.night().reasons == ()
    rows = {row["asset"]: row["reasons"] for row in run_report(house.store, "coverage").rows}
    assert rows["share"] == ["source-empty"]


def test_a_source_that_may_be_empty_is_believed_when_it_is(house: House) -> None:
    on = house.job(may_be_empty=True)
    house.night(on=on)
    house.unmount()
    assert house.night(on=on).not_examined == 0
    assert house.assets() == ["crm/main.members"]
    rows = {row["asset"]: row["parts_not_examined"] for row in run_report(house.store, "coverage").rows}
    assert rows["share"] == 0


def test_somebody_may_confirm_that_a_source_is_empty(house: House) -> None:
    house.night()
    house.unmount()
    house.night()
    assert house.old() == ["share/memo.csv", "share/note.txt"]
    house.night(names=("share",), confirm_empty=("share",))
    assert house.assets() == ["crm/main.members"]
    # It has been said once, and holds until there is something again.
    assert house.night().not_examined == 0
    assert [row[:2] for row in house.ask("SELECT act, reason FROM audit")] == [("confirm-empty", "share")]
    with pytest.raises(Refused, match="source-unknown"):
        house.night(confirm_empty=("nowhere",))


def test_confirming_says_nothing_of_a_source_that_cannot_be_listed_or_is_not_empty(house: House) -> None:
    house.night()
    house.night(confirm_empty=("share",))
    assert (house.old(), house.changed()) == ([], [])
    house.unplug()
    house.night(confirm_empty=("share",))
    assert house.old() == ["share/memo.csv", "share/note.txt"]


def test_purging_takes_nothing_of_what_is_carried(house: House) -> None:
    house.night()
    before, day = house.holdings(), house.ask("SELECT max(day) FROM current_source")
    house.unplug()
    house.night()
    later = datetime.now(UTC) + timedelta(days=400)
    assert purge(Layout(house.home / "out"), Staging(), Store(keep_days=1), later).scans == 1
    assert house.holdings() == before
    query = "SELECT DISTINCT as_of_day FROM current_asset WHERE source = 'share' AND kind <> 'source'"
    assert house.ask(query) == day
    house.night()
    house.back()
    house.night()
    assert (house.holdings(), house.changed()) == (before, [])


def test_a_load_cut_short_and_run_again_carries_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.night()
    shutil.copytree(house.home / "out", house.home / "other", symlinks=True)
    house.unplug()
    with monkeypatch.context() as broken:
        broken.setattr(loading.settled, "settle", lambda store: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.night()
    assert house.old() == []
    house.night()
    house.night(on=house.job("other"))
    assert tables(house.store) == tables(house.home / "other" / "store.duckdb")
    # Published, but not over: the scan is taken up again.
    known = house.ask("SELECT count(*) FROM scan")
    on = house.job()
    finish(on.layout, plan(on).scan_id)
    assert house.ask("SELECT count(*) FROM scan") == known


def test_full_scans_and_scans_of_one_source_carry_alike(house: House) -> None:
    house.night()
    before = house.holdings()
    house.unplug()
    house.night(full=True)
    assert house.holdings() == before
    house.night(names=("share",))
    house.night(names=("crm",))
    assert (house.holdings(), house.old()) == (before, ["share/memo.csv", "share/note.txt"])


def test_who_can_read_what_is_away_stays_known(house: House) -> None:
    house.night()
    query = "SELECT asset_id, grantee, privilege, via, audience FROM current_access ORDER BY ALL"
    before = house.ask(query)
    house.unplug()
    house.night()
    assert house.ask(query) == before


def test_reports_say_of_what_day_they_speak_in_both_languages(house: House) -> None:
    house.night()
    house.unplug()
    house.night()
    ((day,),) = house.ask("SELECT DISTINCT as_of_day FROM current_asset WHERE as_of_day IS NOT NULL")
    table = run_report(house.store, "inventory")
    assert {row["asset"]: row["as_of"] for row in table.rows} == {
        "crm/main.members": None, "share/memo.csv": day, "share/note.txt": day,
    }  # fmt: skip
    for report in ("inventory", "why", "exposure"):
        for lang, words in (
            ("ja", f"最終検査 {day}、今回は未検査"),
            ("en", f"last examined {day}, not this time"),
        ):
            console = Console(record=True, width=400, file=io.StringIO())
            console.print(to_terminal(run_report(house.store, report), lang, width=400))
            assert words in console.export_text(), (report, lang)
    assert f"最終検査 {day}、今回は未検査" in to_csv(table, "ja").decode("utf-8-sig")
    page = render_page(house.store)
    assert f"最終検査 {day}、今回は未検査" in page and f"last examined {day}, not this time" in page


def test_coverage_never_counts_as_examined_what_is_carried(house: House) -> None:
    house.write("scan.pdf", "%PDF-1.7")
    house.night()
    house.unmount()
    house.night()
    table = run_report(house.store, "coverage").rows
    # What nobody has ever examined comes before what somebody has.
    first = ["share", "share/scan.pdf", "share/memo.csv", "share/note.txt", "crm/main.members"]
    assert [row["asset"] for row in table] == first
    rows = {row["asset"]: row for row in table}
    assert (rows["share"]["reasons"], rows["share"]["kept"]) == (["source-emptied"], 2)
    memo = rows["share/memo.csv"]
    assert (memo["parts_not_examined"], memo["rows_not_examined"], memo["rows_examined"]) == (1, 2, 0)
    assert (memo["percent_parts"], memo["percent_rows"], memo["reused"]) == (0, 0, 0)
    ((day,),) = house.ask("SELECT DISTINCT as_of FROM current_asset WHERE as_of IS NOT NULL")
    assert memo["last_scan"] == rows["share"]["last_scan"] == day


DOWN = AssetRef(id="crm", source="crm", kind="source", locator="")


class Table:
    """The results of one table, night after night, as the steps before the loader leave them."""

    def __init__(self, home: Path) -> None:
        self.job = scans.job(home)
        self.asset = scans.asset("crm/members")

    def part(self, index: int, text: str) -> PartResult:
        """A part of a hundred rows, known by its content."""
        found = [scans.finding(row) for row in range(3)]
        return scans.examined(self.job.layout, self.asset, f"{text}-{index}", index=index, findings=found)

    def gap(self, reason: str, index: int) -> PartResult:
        return scans.not_examined(self.asset, reason, index=index)

    def night(self, day: int, rows: int, *parts: PartResult) -> None:
        result = AssetResult(
            asset=self.asset,
            fields=(scans.typed("phone", "PHONE_NUMBER", rows),) if rows else (),
            parts=parts,
            activity=((date(2020, 1, 1), "active", rows), (None, "active", 1)) if rows else (),
        )
        loading.load(self.job, scans.scan(f"scan-{day}", [result], day=day, sources=("crm",)))

    def down(self, day: int) -> None:
        away = AssetResult(asset=DOWN, parts=(scans.not_examined(DOWN, "database-unreachable"),))
        loading.load(self.job, scans.scan(f"scan-{day}", [away], day=day, sources=("crm",)))

    def ask(self, query: str) -> list[Any]:
        with Reader(self.job.layout.store) as reader:
            return [tuple(row.values()) for row in reader.arrow(query).to_pylist()]

    def parts(self) -> list[Any]:
        return self.ask('SELECT "index", part_id, status, reason FROM current_part ORDER BY ALL')

    def held(self) -> list[Any]:
        return self.ask("SELECT field, entity_type, rows, occurrences FROM current_holding ORDER BY ALL")

    def changed(self) -> list[Any]:
        return [*report_since(self.job.layout.store, "inventory", "previous").rows]


def test_of_a_table_read_in_part_the_rest_stays_as_it_was(tmp_path: Path) -> None:
    table = Table(tmp_path)
    whole = [table.part(index, "a") for index in range(3)]
    table.night(1, 300, *whole)
    before, activity = table.held(), table.ask("SELECT day, rows FROM current_activity ORDER BY ALL")
    # The connection was lost behind a part that had changed.
    table.night(2, 100, table.part(0, "b"), table.gap("database-unreachable", 1))
    away = "database-unreachable"
    assert table.parts() == [(0, "b-0", "examined", ""), (1, "a-1", "old", away), (2, "a-2", "old", away)]
    assert (table.held(), table.changed()) == (before, [])
    assert table.ask("SELECT day, rows FROM current_activity ORDER BY ALL") == activity
    # A worker died over the part in the middle.
    table.night(3, 200, whole[0], table.gap("worker-crashed", 1), whole[2])
    assert [part[1:3] for part in table.parts()] == [
        ("a-0", "examined"), ("a-1", "old"), ("a-2", "examined"),
    ]  # fmt: skip
    assert table.ask("SELECT as_of_scan FROM current_asset") == [("scan-1",)]
    table.night(4, 300, *whole)
    assert (table.held(), table.changed(), {part[2] for part in table.parts()}) == (before, [], {"examined"})


@pytest.mark.parametrize("reason", ["row-broken", "changed-while-reading"])
def test_what_was_read_to_its_end_is_how_it_is_now(tmp_path: Path, reason: str) -> None:
    table = Table(tmp_path)
    table.night(1, 300, *(table.part(index, "a") for index in range(3)))
    table.night(2, 90, table.part(0, "b"), table.gap(reason, 1))
    assert table.parts() == [(0, "b-0", "examined", ""), (1, ANY, "not_examined", reason)]
    assert table.ask("SELECT as_of_scan FROM current_asset") == [(None,)]
    assert [held[2] for held in table.held()] == [3, 90]


def test_what_lies_in_a_directory_nobody_may_open_stays(tmp_path: Path) -> None:
    on = scans.job(tmp_path)
    names = ("share/a/one.csv", "share/a/b/two.csv", "share/ab.csv", "share/c.csv")
    whole = [
        AssetResult(
            asset=scans.asset(name), parts=(scans.examined(on.layout, scans.asset(name), f"w{name}"),)
        )
        for name in names
    ]
    closed = scans.asset("share/a")
    shut = AssetResult(asset=closed, parts=(scans.not_examined(closed, "directory-unreadable"),))
    loading.load(on, scans.scan("scan-1", whole, day=1, sources=("share",)))
    loading.load(on, scans.scan("scan-2", [shut, whole[3]], day=2, sources=("share",)))
    with Reader(on.layout.store) as reader:
        found = reader.arrow("SELECT asset_id, as_of_scan FROM current_asset ORDER BY 1").to_pylist()
    # What only begins alike lies elsewhere, and is gone.
    assert {row["asset_id"]: row["as_of_scan"] for row in found} == {
        "share/a": None, "share/a/b/two.csv": "scan-1", "share/a/one.csv": "scan-1", "share/c.csv": None,
    }  # fmt: skip


def test_a_leak_is_scoped_over_what_could_not_be_read_and_says_so(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.night(20, 300, *(table.part(index, "a") for index in range(3)))
    question = Question(assets=("crm/*",), known_on=date(2026, 11, 23))
    report = load_policies().leak_report
    with Reader(table.job.layout.store) as reader:
        before = scope_of(reader, question, report)
    table.down(23)
    with Reader(table.job.layout.store) as reader:
        scope = scope_of(reader, Question(assets=("crm/members",), known_on=date(2026, 11, 23)), report)
    assert (scope.rows, scope.items, scope.persons.lower) == (before.rows, before.items, before.persons.lower)
    assert scope.persons.open and scope.unread == (("crm/members", 3, ("database-unreachable",)),)
    assert scope.as_of == {"crm/members": date(2026, 11, 20)}
    assert "最終検査 2026-11-20 の内容で数えています" in to_markdown(scope)
    assert "counted as last examined on 2026-11-20" in to_markdown(scope, lang="en")
    assert "2026-11-20 の検査の内容による" in to_markdown(scope, "report")


def test_nobody_is_certified_erased_while_a_source_is_away(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.night(20, 0, table.part(0, "a"))
    absent = [Key("PERSONAL_ID", b"0" * 16)]
    erased = datetime(2026, 11, 21, tzinfo=UTC)
    with Reader(table.job.layout.store) as reader:
        assert check(reader, absent).certified
    table.down(23)
    with Reader(table.job.layout.store) as reader:
        found = check(reader, absent, erased)
        held = check(reader, [Key("PERSON", scans.finding(0)["value_key"]), *absent])
    assert not found.certified and found.parts == 0
    assert [(row["asset"], row["reason"]) for row in found.gaps] == [
        ("crm", "database-unreachable"), ("crm/members", "database-unreachable"),
    ]  # fmt: skip
    assert [row["asset"] for row in found.unseen] == ["crm/members"]
    assert not held.certified


def test_a_person_is_found_in_what_could_not_be_read(house: House) -> None:
    def told() -> tuple[list[tuple[Any, ...]], set[Any], str]:
        with Reader(house.store) as reader:
            asked = seal_query(house.key, {"phone": ["090-1111-2222"]})
            person = chosen(candidates(reader, asked), None)
            rows = holdings(reader, person and person.subject_id, asked)
            page = render(holdings_table(reader, rows, revealed=False), "html", "ja").decode()
        places = [(row["asset"], row["place"], row["field"], row["entity_type"]) for row in rows]
        return places, {row["as_of"] for row in rows}, page

    house.night()
    before, days, _ = told()
    assert before and days == {None}
    house.unmount()
    house.night()
    places, days, page = told()
    ((day,),) = house.ask("SELECT DISTINCT as_of_day FROM current_asset WHERE as_of_day IS NOT NULL")
    assert (places, days) == (before, {day})
    assert f"最終検査 {day}、今回は未検査" in page


def test_each_owner_is_told_what_of_theirs_was_not_examined(house: House) -> None:
    house.night()
    house.unplug()
    house.night()
    told = {each.owner: [(line.what, line.rows) for line in each.lines] for each in
            digests(Layout(house.home / "out"), since="previous").owners}  # fmt: skip
    assert told == {"": [("not_examined", 1)], "desk": [("not_examined", 2)]}
