"""From the page to the record to the deadline: what is to be done, until when, and why a column is what it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.load import load
from pipelines.policies import Label
from pipelines.reports.actions import actions, rules
from pipelines.reports.charts import trend
from pipelines.reports.page import QUIET, render_page
from pipelines.reports.reasons import Reasons
from pipelines.reports.runner import list_reports, report_from, run_report
from pipelines.results import AssetResult
from pipelines.store.reader import Reader
from tests.pipelines.scans import asset, job, scan

REPORTS = {report.name: report for report in list_reports()}


@pytest.mark.parametrize(
    "rule", rules(), ids=lambda rule: f"{rule.report}-{'-'.join(rule.states) or rule.when}"
)
def test_every_action_is_about_columns_and_states_its_report_has(rule: object, repo_root: Path) -> None:
    known = REPORTS[rule.report]  # type: ignore[attr-defined]
    columns = {column.name: column.words for column in known.columns}
    assert {rule.due, rule.when} <= {*columns, ""}  # type: ignore[attr-defined]
    words = yaml.safe_load((repo_root / "pipelines/reports/labels.yaml").read_text("utf-8"))
    assert set(rule.states) <= set(words[columns["state"]] if rule.states else ())  # type: ignore[attr-defined]
    assert known.on_page


def test_what_a_gate_fails_on_has_an_action() -> None:
    told = {(rule.report, state) for rule in rules() for state in rule.states}
    asked = {
        (name, state)
        for name, report in REPORTS.items()
        if report.gate
        for state in ("overdue", "violation", "differs", "to-check", "merged-across", "over-limit")
        if f"'{state}'" in report.gate.where
    }
    assert asked <= told
    assert not {state for _, state in told} & (QUIET - {"not-declared"})


def test_the_sample_says_what_is_to_be_done_soonest_first(scanned: Path) -> None:
    store = scanned / "store.duckdb"
    with Reader(store) as reader:
        tables = {name: report_from(reader, name) for name in {"scan", *(rule.report for rule in rules())}}
        found = actions(tables)
    days = [each.due or date.max for each in found]
    assert days == sorted(days)
    slips = next(each for each in found if each.report == "overdue_slips")
    overdue = [row for row in run_report(store, "overdue_slips").rows if row["state"] == "overdue"]
    assert (slips.rows, slips.due, slips.late) == (
        len(overdue),
        min(row["due"] for row in overdue),
        len(overdue),
    )
    page = render_page(store)
    todo = page[page.index('id="todo"') : page.index('id="summary"')]
    assert 'href="#overdue_slips"' in todo
    assert f"<b>{slips.due}</b>" in todo
    inventory = page[page.index('id="inventory"') :]
    due = min(row["due"] for row in run_report(store, "stale").rows if row["asset"] == "shop/main.slips")
    assert "消去の期限</span>" in inventory
    assert f"<b>{due}</b> <code>stale.sql</code>" in inventory
    assert page.index('id="gaps"') < page.index('id="changes"') < page.index('id="todo"')


@pytest.mark.parametrize(
    ("day", "clock"),
    # Ordered after a scan whose clock was ahead.
    [(20, None), (29, datetime(2026, 11, 20, 2, tzinfo=UTC))],
)
def test_late_is_late_on_the_day_of_the_scan_in_the_estates_time_zone(
    tmp_path: Path, day: int, clock: datetime | None
) -> None:
    """Finished at 02:00 UTC on the 20th: in New York what was due on the 19th still is."""
    work = job(tmp_path, timezone="America/New_York")
    load(work, scan("s", [AssetResult(asset=asset("crm/slips"), parts=())], day=day, clock=clock))
    with Reader(work.layout.store) as reader:
        tables = {name: report_from(reader, name) for name in {"scan", *(rule.report for rule in rules())}}
    row = {"state": "overdue", "asset": "crm/slips", "due": date(2026, 11, 19), "owner": None}
    tables["overdue_slips"] = replace(tables["overdue_slips"], rows=[row])
    (slip,) = (each for each in actions(tables) if each.report == "overdue_slips")
    assert (slip.due, slip.late) == (date(2026, 11, 19), 0)


def test_every_reason_of_the_sample_is_told_in_japanese(scanned: Path) -> None:
    table = run_report(scanned / "store.duckdb", "why")
    column = next(column for column in table.report.columns if column.name == "reasons")
    said = {table.text(column, each, "ja") for row in table.rows for each in row["reasons"] or ()}
    english = {each for each in said if "distinct" in each or "header" in each or " cells" in each}
    assert said and not english, english


@given(st.text(max_size=40))
def test_a_sentence_nobody_translated_is_shown_as_it_is(text: str) -> None:
    words = Reasons({"PERSON": Label(ja="氏名", en="Name")})
    assert words.get(f"{text}!").en == f"{text}!"
    assert (
        words.get("weaker: PERSON, the header announces this type").ja == "次点: 氏名(見出しがこの種別を示す)"
    )


def test_a_trend_needs_two_scans_and_keeps_what_a_partial_scan_did_not_count() -> None:
    def row(day: int, source: str, past: int) -> dict[str, object]:
        return {
            "scan_id": f"s{day}",
            "day": date(2026, 11, day),
            "source": source,
            "retention": "x",
            "past": past,
        }

    assert trend([row(1, "crm", 3)]) is None
    drawn = trend([row(2, "crm", 5), row(1, "crm", 3), row(1, "share", 10)])
    assert drawn is not None
    assert [bar.label for bar in drawn.bars] == ["13", "15"]
    assert "2026-11-01 に 13 件" in drawn.said.ja
    assert all(bar.x >= 0 and bar.x + bar.width <= drawn.width and bar.height >= 0 for bar in drawn.bars)
