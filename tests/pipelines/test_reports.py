"""The reports: true for what was scanned, silent about nothing, in both languages, safe to open."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipelines.errors import ConfigRefused, Refused
from pipelines.job import Job
from pipelines.load import load
from pipelines.policies import load_policies
from pipelines.refs import Grant
from pipelines.reports.page import render_page
from pipelines.reports.render import defused, to_csv, to_json, to_terminal
from pipelines.reports.runner import Row, list_reports, run_report
from pipelines.results import AssetResult
from pipelines.store.reader import Reader
from pipelines.subject.show import render, residuals_table
from tests.pipelines.scans import (
    asset,
    estate_job,
    estate_scan,
    examined,
    finding,
    job,
    not_examined,
    plain,
    scan,
    typed,
)

NAMES = {"coverage", "inventory", "stale", "exposure", "why", "scan"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = estate_job(tmp_path_factory.mktemp("estate"))
    load(work, estate_scan(work.layout))
    return work.layout.store


def rows(store: Path, name: str, **parameters: Any) -> list[Row]:
    return run_report(store, name, **parameters).rows


def one(work: Job, *assets: AssetResult, **facts: Any) -> Path:
    load(work, scan("s", assets, **facts))
    return work.layout.store


def test_every_report_has_a_label_in_both_languages_for_each_of_its_columns(store: Path) -> None:
    assert {report.name for report in list_reports()} >= NAMES
    for report in list_reports():
        with Reader(store) as reader:
            names = reader.arrow(report.sql, dict.fromkeys(report.parameters)).column_names
        assert names == [column.name for column in report.columns]
        labels = [report.title, report.about, *(column.label for column in report.columns)]
        assert all(label.ja and label.en for label in labels)


@pytest.mark.parametrize("name", sorted(NAMES - {"coverage", "scan"}))
def test_no_rows_is_an_answer(tmp_path: Path, name: str) -> None:
    store = one(job(tmp_path))
    assert rows(store, name) == []
    for lang in ("ja", "en"):
        console = Console(record=True, width=80, file=io.StringIO())
        console.print(to_terminal(run_report(store, name), lang))
        assert {"ja": "該当なし", "en": "nothing to report"}[lang] in console.export_text()


def test_coverage_puts_what_was_not_examined_first_and_gives_the_reason(store: Path) -> None:
    first, second, *rest = rows(store, "coverage")
    assert (first["asset"], first["reasons"], first["percent_parts"]) == (
        "share/locked.xlsx",
        ["file-encrypted"],
        0,
    )
    assert first["percent_rows"] is None  # nobody knows how many rows a locked file has
    assert (second["asset"], second["rows_not_examined"], second["percent_rows"]) == (
        "crm/public.customers",
        25,
        80,
    )
    assert all(row["parts_not_examined"] == 0 and row["percent_rows"] == 100 for row in rest)


def test_coverage_lists_sources_without_an_asset_and_assets_without_a_part(tmp_path: Path) -> None:
    store = one(job(tmp_path), AssetResult(asset=asset("crm/forgotten"), parts=()))
    found = {row["asset"]: row["reasons"] for row in rows(store, "coverage")}
    assert found == {"crm/forgotten": ["no-part"], "share": ["source-empty"]}


def test_almost_all_is_never_shown_as_all(tmp_path: Path) -> None:
    big = asset("crm/big")
    work = job(tmp_path)
    parts = (
        examined(work.layout, big, "w", rows=10_000_000),
        not_examined(big, "row-broken", index=1, rows=1),
    )
    row = next(
        row
        for row in rows(one(work, AssetResult(asset=big, parts=parts)), "coverage")
        if row["asset"] == big.id
    )
    assert row["percent_rows"] == 99.9


def test_inventory_counts_typed_columns_by_values_and_text_by_cells(store: Path) -> None:
    found = {(row["asset"], row["field"], row["entity_type"]): row for row in rows(store, "inventory")}
    assert len(found) == 6
    memo = found["crm/public.customers", "memo", "PERSON"]
    assert (memo["kind"], memo["rows"], memo["occurrences"], memo["distinct"]) == ("free_text", 1, 2, 1)
    phone = found["crm/public.customers", "phone", "PHONE_NUMBER"]
    assert (phone["rows"], phone["declared"], phone["owner"]) == (100, True, "CRM team")
    assert not found["crm/public.customers", "name", "PERSON"]["declared"]
    assert found["share/card.jpg", "image", "JP_DRIVER_LICENSE"]["appi_class"] == "個人識別符号"


def test_what_is_ruled_out_is_no_personal_data_and_what_is_unknown_is(tmp_path: Path) -> None:
    notes, work = asset("crm/notes"), job(tmp_path)
    part = examined(
        work.layout, notes, "w", findings=[finding(0, "JP_CORPORATE_NUMBER"), finding(1, "NEW_TYPE")]
    )
    assert [
        row["entity_type"] for row in rows(one(work, AssetResult(asset=notes, parts=(part,))), "inventory")
    ] == ["NEW_TYPE"]


def test_a_type_found_in_a_typed_column_is_not_counted_twice(tmp_path: Path) -> None:
    people, work = asset("crm/people"), job(tmp_path)
    part = examined(
        work.layout, people, "w", findings=[finding(0, field="name"), finding(0, "AGE", field="name")]
    )
    found = rows(
        one(work, AssetResult(asset=people, fields=(typed("name", "PERSON"),), parts=(part,))), "inventory"
    )
    assert sorted((row["entity_type"], row["kind"]) for row in found) == [
        ("AGE", "free_text"),
        ("PERSON", "typed"),
    ]


def test_stale_counts_records_past_their_retention_on_the_day_of_the_scan(store: Path) -> None:
    by_status = {
        (row["asset"], row["status"]): row for row in rows(store, "stale") if row["state"] != "unknown"
    }
    gone = by_status["crm/public.customers", "withdrawn"]
    assert (gone["state"], gone["past"], gone["oldest"], gone["due"]) == (
        "overdue",
        30,
        date(2020, 1, 15),
        date(2025, 1, 15),
    )
    active = by_status["crm/public.customers", "active"]
    assert (active["state"], active["past"], active["due_soon"], active["records"]) == ("due-soon", 0, 20, 60)


def test_stale_lists_what_it_cannot_judge_with_the_reason(store: Path) -> None:
    unknown = {
        row["asset"]: (row["reason"], row["records"])
        for row in rows(store, "stale")
        if row["state"] == "unknown"
    }
    assert unknown == {
        "crm/public.customers": ("no-date", 10),
        "share/list.csv": ("no-retention-class", 5),
        "share/card.jpg": ("no-retention-class", 1),
    }


@pytest.mark.parametrize(
    ("rule", "activity", "reason"),
    [
        ({}, (), "no-retention-class"),
        ({"retention": "unheard-of"}, (), "retention-class-not-known"),
        ({"retention": "labour"}, (), "no-last-activity-column"),
        ({"retention": "labour", "columns": {"last_activity": "day"}}, (), "no-activity-read"),
        (
            {"retention": "labour", "columns": {"last_activity": "day"}},
            ((date(2026, 1, 1), "", 40),),
            "no-date",
        ),
    ],
)
def test_no_asset_with_personal_data_drops_out_of_the_stale_report(
    tmp_path: Path, rule: dict[str, Any], activity: Any, reason: str
) -> None:
    staff = asset("crm/staff")
    work = job(tmp_path, assets=[{"match": "crm/*", **rule}])
    result = AssetResult(
        asset=staff,
        fields=(typed("name", "PERSON"),),
        parts=(examined(work.layout, staff, "w"),),
        activity=activity,
    )
    found = rows(one(work, result), "stale")
    assert reason in {row["reason"] for row in found if row["state"] == "unknown"}
    assert sum(row["records"] for row in found) == 100


@pytest.mark.parametrize(
    ("retention", "day", "due"),
    [
        ("tax_books", date(2019, 3, 31), date(2026, 5, 31)),  # business year ends that day
        ("tax_books", date(2019, 4, 1), date(2027, 5, 31)),
        ("labour", date(2024, 2, 29), date(2027, 2, 28)),
        ("advertising_consent", date(2026, 1, 31), date(2026, 2, 28)),
    ],
)
def test_due_dates_follow_the_retention_class(tmp_path: Path, retention: str, day: date, due: date) -> None:
    books = asset("crm/books")
    work = job(tmp_path, assets=[{"match": "*", "retention": retention, "columns": {"last_activity": "day"}}])
    result = AssetResult(
        asset=books,
        fields=(typed("name", "PERSON"),),
        parts=(examined(work.layout, books, "w"),),
        activity=((day, "", 100),),
    )
    store = one(work, result)

    def dated(**parameters: str) -> dict[str, Any]:
        (found,) = (row for row in rows(store, "stale", **parameters) if row["due"])
        return found

    assert dated()["due"] == due
    assert [dated(as_of=day)["past"] for day in (due.isoformat(), "2040-01-01")] == [0, 100]


def test_exposure_counts_every_audience_and_calls_silence_unknown(store: Path) -> None:
    found = {
        (row["entity_type"], row["audience"]): (row["rows"], row["via"]) for row in rows(store, "exposure")
    }
    assert found == {
        ("EMAIL_ADDRESS", "unknown"): (5, ["no-grant-known"]),
        ("JP_DRIVER_LICENSE", "company"): (1, ["mode 644"]),
        ("PHONE_NUMBER", "company"): (100, ["role bi"]),
        ("PHONE_NUMBER", "role"): (100, ["grant"]),
        ("PERSON", "role"): (100, ["grant"]),
        ("JP_MY_NUMBER", "role"): (1, ["grant"]),
    }


def test_a_field_no_column_grant_names_is_of_unknown_audience(tmp_path: Path) -> None:
    people, work = asset("crm/people"), job(tmp_path)
    result = AssetResult(
        asset=people,
        fields=(typed("name.kana", "PERSON"), typed("age", "AGE")),
        parts=(examined(work.layout, people, "w"),),
    )
    grant = Grant(asset=people.id, grantee="bi", via="column grant", audience="department", columns=("name",))
    found = {
        row["entity_type"]: (row["audience"], row["via"])
        for row in rows(one(work, result, access=(grant,)), "exposure")
    }
    assert found == {"PERSON": ("department", ["column grant"]), "AGE": ("unknown", ["no-grant-for-field"])}


def test_why_gives_evidence_for_every_row_of_the_inventory(store: Path) -> None:
    place = ("asset", "field", "entity_type")
    why = {tuple(row[name] for name in place): row for row in rows(store, "why")}
    assert set(why) == {tuple(row[name] for name in place) for row in rows(store, "inventory")}
    assert all(row["reasons"] or row["recognizers"] for row in why.values())
    assert why["crm/public.customers", "memo", "PERSON"]["recognizers"] == ["SpacedName 1 × 2 (≤ 0.80)"]


def test_an_unknown_report_or_parameter_is_refused_with_what_there_is(store: Path) -> None:
    with pytest.raises(Refused, match="coverage, deletion_residuals"):
        run_report(store, "nothing")
    with pytest.raises(Refused, match="report-parameter"):
        run_report(store, "coverage", as_of="2026-01-01")
    with pytest.raises(Refused, match="a day as 2026-11-24"):
        run_report(store, "stale", as_of="yesterday")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_terminal_table_opens_with_the_gap_and_steers_no_terminal(tmp_path: Path, lang: Any) -> None:
    evil, work = asset("crm/\x1b[2J\u202egpj.exe"), job(tmp_path)
    store = one(work, AssetResult(asset=evil, parts=(not_examined(evil, "row-broken"),)))
    console = Console(record=True, width=160, file=io.StringIO())
    console.print(to_terminal(run_report(store, "coverage"), lang))
    text = console.export_text()
    assert text.startswith({"ja": "未検査: 2 資産", "en": "Not examined: 2 parts"}[lang])
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_json_is_a_list_of_rows_with_stable_names(store: Path) -> None:
    found = json.loads(to_json(run_report(store, "stale")))
    assert found[0]["state"] == "overdue"
    assert found[0]["due"] == "2025-01-15"
    assert all(
        list(row) == [column.name for column in run_report(store, "stale").report.columns] for row in found
    )


def test_csv_opens_in_excel_as_text_in_both_languages(store: Path) -> None:
    for lang, heading in (("ja", "資産"), ("en", "Asset")):
        data = to_csv(run_report(store, "inventory"), lang)  # type: ignore[arg-type]
        assert data.startswith(b"\xef\xbb\xbf")
        table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert table[0][0] == heading
        assert len(table) == 7


@pytest.mark.parametrize("cell", ["=1+1", "+81", "-2", "@SUM(A1)", " =1", "\t=1", "＝1", "\r=1"])
def test_a_formula_in_a_cell_is_defused(cell: str) -> None:
    assert defused(cell).startswith("'")


@given(st.text())
def test_no_text_starts_a_formula_after_defusing(text: str) -> None:
    assert not defused(text).lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def test_a_data_frame_has_stable_names_or_labels(store: Path) -> None:
    with Reader(store) as reader:
        assert list(reader.report("exposure").columns)[:2] == ["entity_type", "audience"]
        labelled = reader.report("exposure", "ja")
        assert list(labelled.columns)[:2] == ["種別", "閲覧できる範囲"]
        assert labelled["種別"].iloc[0] == "メールアドレス"


def test_every_shipped_number_of_the_law_names_its_source_and_how_it_was_verified() -> None:
    policies = load_policies()
    for name, kind in policies.retention.items():
        assert kind.law, name
        # What was not verified says so wherever it is shown.
        assert (
            (kind.verified == "unverified") == ("未確認" in kind.label.ja) == ("unverified" in kind.label.en)
        ), name


def faulty() -> Iterator[tuple[str, str]]:
    yield "retention: {members: {period: {years: 1}}}", "retention.members.label"
    yield "retention: [1]", "retention"
    yield "fiscal_year_end_month: 13", "fiscal_year_end_month"
    yield (
        "retention: {a: {label: {ja: あ, en: a}, kind: hold, period: {years: 1}, grace_days: 7, law: x,"
        " verified: company}}",
        "retention.a",
    )  # a statute holds it, and people are told that it will be erased
    yield "leak_report: {track: nobody}", "leak_report.track"
    yield "typo: 1", "typo"
    yield "- a", "(file)"
    yield "{", "line 2, column 1"
    yield "law_version: a\nsettings: {}\nlaw_version: b", "law_version"
    yield "retention: {member: {kind: limit}, guest: {kind: limit, kind: hold}}", "retention.guest.kind"


@pytest.mark.parametrize(("text", "path"), faulty())
def test_a_faulty_policies_file_is_refused_with_the_place_of_the_fault(
    tmp_path: Path, text: str, path: str
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(text, "utf-8")
    with pytest.raises(ConfigRefused) as refusal:
        load_policies(own)
    assert path in [place for place, _ in refusal.value.faults]


def test_a_moment_is_shown_in_the_estates_time_zone_wherever_a_day_is(tmp_path: Path) -> None:
    work = job(tmp_path, timezone="America/New_York")
    load(work, scan("s", [AssetResult(asset=asset("crm/a"), fields=(plain("x"),), parts=())]))
    table = run_report(work.layout.store, "coverage")
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(to_terminal(table, "en", width=200))
    with Reader(work.layout.store) as reader:
        assert residuals_table(reader, []).zone == "America/New_York"
    found = {
        "terminal": console.export_text(),
        "csv": to_csv(table, "en").decode("utf-8-sig"),
        "subject": render(table, "html", "en").decode(),
        "page": render_page(work.layout.store),
    }
    # The scan finished at 02:00 UTC.
    assert {name for name, text in found.items() if "2026-11-19 21:00" not in text} == set()
    assert {name for name, text in found.items() if "2026-11-20" in text} == set()


def test_a_stale_day_is_that_of_the_estates_time_zone(tmp_path: Path) -> None:
    """A scan finished at 02:00 UTC is still on the day before in Honolulu."""
    work = job(tmp_path, timezone="Pacific/Honolulu")
    load(work, scan("s", [AssetResult(asset=asset("crm/a"), fields=(plain("x"),), parts=())]))
    with Reader(work.layout.store) as reader:
        assert reader.arrow("SELECT day FROM current_scan").to_pylist() == [{"day": date(2026, 11, 19)}]
