"""What `--since` says changed is what did change: an earlier present holds nothing of now. Nobody is real."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest

from pipelines.errors import Refused
from pipelines.layout import Layout
from pipelines.reports.page import render_page, write_page
from pipelines.reports.rows import Rows
from pipelines.reports.runner import Gap, Table, all_rows, find_report, list_reports, report_from
from pipelines.reports.since import compared, report_since
from pipelines.store.reader import Reader
from tests.commands import Command, meibo

LOT = "東京都港区六本木六丁目10番1号"
MEMBERS = [("M0001", "佐藤 健太", LOT)] + [
    (f"M{10 + number}", name, f"東京都港区芝公園{number + 1}丁目{number + 2}番{number + 3}号")
    for number, name in enumerate(("鈴木 花子", "高橋 一郎", "田中 美咲"))
]
ESTATE = """
sources: [{name: share, kind: files, path: in}]
assets:
  - match: share/members.csv
    columns: {key: 会員番号}
    records: {kind: member, columns: {person: 会員番号, name: 氏名, address: 住所}}
  - match: share/orders.csv
    records: {kind: order, columns: {ref: 注文番号, person: 会員番号, name: 氏名, address: 住所}}
"""

#: Of which nothing but a page tells what they said at an earlier scan; pairs of columns it does not keep.
ONLY_KEPT = {"household", "subject_doubts", "requests", "ledger_diff"}
NEVER_KEPT = {"joinability"}


def test_a_second_household_at_an_address_is_new_since_the_scan_before(
    tmp_path: Path, command: Command
) -> None:
    (tmp_path / "estate.yaml").write_text(ESTATE, "utf-8")
    out = tmp_path / "out"
    for members in (MEMBERS, [*MEMBERS, ("M0099", "渡辺 直樹", LOT)]):
        _write(tmp_path / "in", members)
        code, _, error = command(
            "scan", "--estate", tmp_path / "estate.yaml", "--out", out, "--workers", 1, "--json"
        )
        assert code == 0, error
    since = ("--since", "previous", "--fail-on-new", "--format", "json", "--out", out)
    code, told, _ = command("report", "shared_address", *since)
    assert [(row["change"], row["case"], row["households"]) for row in json.loads(told)] == [
        ("new", "one-lot", 2)
    ]
    assert code == 3


def test_of_rows_that_nothing_tells_apart_none_is_worse_for_the_other() -> None:
    """Of one asset contracts that have ended and are due, and others that have not."""

    def told(*rows: tuple[str, int | None]) -> Table:
        assets, past = zip(*rows, strict=True)
        nothing = pa.nulls(len(rows), pa.string())
        columns = {"asset": assets, "status": nothing, "whose": nothing, "reason": nothing, "past": past}
        return Table(find_report("stale"), Rows(pa.table(columns)), {}, Gap(0, 0), "UTC")

    before = [("crm/contracts", 62), ("crm/contracts", None)]
    now = told(*before, ("crm/members", 1))
    changed = compared(now, rows_of(told(*before)))
    assert [(row["change"], row["asset"]) for row in changed.rows] == [("new", "crm/members")]
    changed = compared(told(("crm/contracts", 63), before[1]), rows_of(told(*before)))
    assert [(row["change"], row["past"]) for row in changed.rows] == [("worsened", 63)]


def rows_of(table: Table) -> Rows:
    assert isinstance(table.rows, Rows)
    return table.rows


def _write(folder: Path, members: list[tuple[str, str, str]]) -> None:
    folder.mkdir(exist_ok=True)
    rows = [",".join(member) for member in members]
    (folder / "members.csv").write_text("\n".join(["会員番号,氏名,住所", *rows]), "utf-8")
    orders = [f"T{number:05d},{row}" for number, row in enumerate(rows)]
    (folder / "orders.csv").write_text("\n".join(["注文番号,会員番号,氏名,住所", *orders]), "utf-8")


class Nights(NamedTuple):
    """An estate of which half was there at the first scan, and what each report said after it."""

    layout: Layout
    before: Mapping[str, Rows]


@pytest.fixture(scope="module")
def nights(estate: Path, scanned: Path, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Two scans of the sample estate, the first of every other row and without some files."""
    place = tmp_path_factory.mktemp("nights")
    layout = Layout(place / "out")
    shutil.copytree(scanned / "work", layout.work)  # so that the second night examines nothing
    shutil.copytree(estate, place / "estate")
    for path in (place / "estate").glob("*.sqlite"):
        _halve(path)
    shutil.rmtree(place / "estate" / "share" / "配信リスト")
    _scan(place / "estate", layout)
    with Reader(layout.store) as reader:
        before = {report.name: all_rows(reader, report) for report in list_reports()}
    shutil.copytree(estate, place / "estate", dirs_exist_ok=True)
    rules = place / "estate" / "estate.yaml"
    changed = "    held: {misspelt: tax_books}\n    owner: ''"
    rules.write_text(rules.read_text("utf-8").replace("    owner: 会員管理課", changed, 1), "utf-8")
    for what in (
        ("ledger", "import", place / "estate" / "ledger.xlsx"),
        ("request", "add", "R-1", "--kind", "disclosure", "--received", "2020-11-01"),
    ):
        done = meibo(*what, "--out", layout.out)
        assert done.returncode == 0, done.stderr.decode()
    _scan(place / "estate", layout)
    return Nights(layout, before)


def _halve(path: Path) -> None:
    with sqlite3.connect(path) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            database.execute(f'DELETE FROM "{table}" WHERE rowid % 2 = 0')


def _scan(estate: Path, layout: Layout) -> None:
    done = meibo(
        "scan", "--estate", estate / "estate.yaml", "--out", layout.out, "--workers", 1, "--json", cwd=estate
    )
    assert done.returncode == 0, done.stderr.decode()


def test_every_report_lists_what_is_another_since_the_scan_before_or_is_refused(nights: Nights) -> None:
    empty, wrong, refused = set(), set(), set()
    with Reader(nights.layout.store) as reader:
        for report in list_reports():
            now = report_from(reader, report.name, everything=True)
            try:
                told = report_since(nights.layout.store, report.name, "previous").rows
            except Refused as refusal:
                assert refusal.code == "since-unknown"
                refused.add(report.name)
                continue
            if list(told) != list(compared(now, nights.before[report.name]).rows):
                wrong.add(report.name)
            if not any(row["change"] in ("new", "worsened", "gone") for row in told):
                empty.add(report.name)
    assert (empty, wrong, refused) == (set(), set(), NEVER_KEPT)


def test_without_the_page_of_then_a_report_is_told_as_it_was_or_refused_and_the_page_and_the_digest_say_so(
    nights: Nights, tmp_path: Path
) -> None:
    layout = Layout(tmp_path)
    shutil.copyfile(nights.layout.store, layout.store)
    wrong, refused = set(), set()
    with Reader(layout.store) as reader:
        scan = reader.arrow("SELECT scan_id FROM scan ORDER BY finished_at")["scan_id"].to_pylist()[0]
    with Reader(layout.store, until=scan) as then:
        for report in list_reports():
            try:
                if all_rows(then, report) != nights.before[report.name]:
                    wrong.add(report.name)
            except Refused as refusal:
                assert refusal.code == "since-unknown"
                refused.add(report.name)
    assert (wrong, refused) == (set(), ONLY_KEPT | NEVER_KEPT)
    titles = {report.title.ja for report in list_reports() if report.name in ONLY_KEPT}
    sentence = render_page(layout.store).partition('id="unknown"')[2].partition("</p>")[0]
    assert titles and all(title in sentence for title in titles)
    assert 'id="unknown"' not in write_page(nights.layout).read_text("utf-8")
    done = meibo("digest", "--out", layout.out, "--format", "json")
    told = {
        line["report"]: line["what"] for each in json.loads(done.stdout)["owners"] for line in each["lines"]
    }
    assert told["ledger_diff"] == "open"
