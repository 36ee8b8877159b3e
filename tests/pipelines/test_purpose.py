"""Incident D: what the registered purposes of a system do not cover, who read it, where it was copied."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.config import Estate
from pipelines.load import load
from pipelines.refs import Grant
from pipelines.reports.runner import Row, list_reports, run_report
from pipelines.results import AssetResult
from pipelines.store.reader import Reader
from tests.pipelines.scans import KEYS, asset, examined, finding, job, record, scan, typed

JOB, TIE, CARE = "EMPLOYMENT_HISTORY", "RELATIONSHIP", "JP_SPECIAL_CARE"
NOON = datetime(2026, 11, 2, 3, tzinfo=UTC)


def said(row: int, entity_type: str, value: str, **facts: Any) -> dict[str, Any]:
    """A finding in a note; special-care information has no key."""
    kept: dict[str, Any] = {"value_key": KEYS.value_key(entity_type, value)}
    if entity_type == CARE:
        kept = {"value_key": None, "masked": None}
    return finding(row, entity_type, field="body", **kept, **facts)


class Notes:
    """A store of notes: findings by asset, with the rules of the estate."""

    def __init__(self, tmp_path: Path, *rules: dict[str, Any]) -> None:
        self.work = job(tmp_path, assets=list(rules))
        self.results: list[AssetResult] = []
        self.access: list[Grant] = []

    def add(
        self,
        name: str,
        *findings: dict[str, Any],
        records: Any = None,
        fields: Any = (),
        audience: Any = "role",
    ) -> Notes:
        part = examined(self.work.layout, asset(name), f"w-{name}", findings=list(findings), records=records)
        self.results.append(AssetResult(asset=asset(name), fields=tuple(fields), parts=(part,)))
        if audience:
            self.access.append(Grant(asset=name, grantee="somebody", via="grant", audience=audience))
        return self

    def load(self) -> Path:
        load(self.work, scan("s", self.results, access=tuple(self.access)))
        return self.work.layout.store

    def rows(self) -> list[Row]:
        return run_report(self.load(), "purpose_mismatch").rows


def rule(match: str, *types: str, **facts: Any) -> dict[str, Any]:
    return {"match": match, "owner": "sales", "registered": list(types), **facts}


def test_a_statement_the_purposes_do_not_cover_is_listed_with_its_rows_and_people(tmp_path: Path) -> None:
    notes = Notes(tmp_path, rule("crm/notes", "PERSON")).add(
        "crm/notes",
        said(0, "PERSON", "佐藤花子"), said(0, JOB, "前職は東亜商事"),
        said(0, JOB, "元北星電機社員", start=20, end=25),
        said(1, "PERSON", "佐藤花子"), said(1, JOB, "前職は東亜商事"),
        said(2, "PERSON", "鈴木一郎"), said(2, CARE, "", kind="病歴"),
    )  # fmt: skip
    found = {row["entity_type"]: row for row in notes.rows()}
    assert set(found) == {JOB, CARE}
    assert (found[JOB]["state"], found[JOB]["occurrences"], found[JOB]["rows"], found[JOB]["persons"]) == (
        "mismatch",
        3,
        2,
        1,
    )
    assert (found[CARE]["kinds"], found[CARE]["sensitivity"], found[CARE]["persons"]) == (["病歴"], 5, 1)
    assert (found[JOB]["asset"], found[JOB]["owner"], found[JOB]["statement"]) == ("crm/notes", "sales", True)


def test_what_is_registered_is_no_mismatch(tmp_path: Path) -> None:
    interviews = Notes(tmp_path, rule("crm/interviews", "PERSON", JOB))
    interviews.add("crm/interviews", said(0, "PERSON", "佐藤花子"), said(0, JOB, "前職は東亜商事"))
    assert interviews.rows() == []


def test_a_typed_column_counts_too(tmp_path: Path) -> None:
    slips = Notes(tmp_path, rule("crm/slips", "PERSON"))
    slips.add("crm/slips", fields=(typed("氏名", "PERSON", 50), typed("生年月日", "DATE_OF_BIRTH", 40)))
    (found,) = slips.rows()
    assert (found["entity_type"], found["rows"], found["statement"], found["copies"]) == (
        "DATE_OF_BIRTH",
        40,
        False,
        None,
    )


def test_assets_without_a_purpose_are_one_row_and_their_statements_stand_apart(tmp_path: Path) -> None:
    notes = Notes(tmp_path, rule("crm/empty"))
    notes.add("crm/a", said(0, "PERSON", "佐藤花子"), said(0, TIE, "恋人"))
    notes.add("crm/b", fields=(typed("tel", "PHONE_NUMBER", 7),))
    notes.add("crm/c")
    notes.add("crm/empty", said(0, "PERSON", "佐藤花子"))
    apart, registered_for_nothing, together = notes.rows()
    assert (apart["state"], apart["asset"], apart["entity_type"]) == ("no-purpose-registered", "crm/a", TIE)
    assert (registered_for_nothing["state"], registered_for_nothing["asset"]) == ("mismatch", "crm/empty")
    assert (together["state"], together["asset"], together["assets"], together["rows"]) == (
        "no-purpose-registered",
        None,
        2,
        8,
    )
    assert together["types"] == ["PERSON", "PHONE_NUMBER"]


def test_a_copy_is_the_same_words_about_the_same_name_elsewhere(tmp_path: Path) -> None:
    notes = Notes(tmp_path, rule("crm/notes", "PERSON"))
    notes.add(
        "crm/notes",
        said(0, "PERSON", "佐藤花子"), said(0, TIE, "恋人"),
        said(1, "PERSON", "鈴木一郎"), said(1, TIE, "恋人"),
        said(2, "PERSON", "高橋翔"), said(2, CARE, "", kind="病歴"),
    )  # fmt: skip
    notes.add(
        "share/extract.csv",
        said(4, "PERSON", "佐藤花子"),
        said(4, TIE, "恋人"),
        said(5, "PERSON", "高橋翔"),
        said(5, CARE, "", kind="病歴"),
    )
    notes.add("share/others.csv", said(0, "PERSON", "山本太郎"), said(0, TIE, "恋人"))
    found = {(row["asset"], row["entity_type"]): row for row in notes.rows() if row["statement"]}
    assert (found["crm/notes", TIE]["copies"], found["crm/notes", TIE]["copied_to"]) == (
        1,
        ["share/extract.csv"],
    )
    assert found["crm/notes", CARE]["copied_to"] == ["share/extract.csv"]
    assert found["share/extract.csv", TIE]["copied_to"] == ["crm/notes"]
    assert (found["share/others.csv", TIE]["copies"], found["share/others.csv", TIE]["copied_to"]) == (
        0,
        None,
    )


def test_who_read_it_and_when_last_comes_from_the_register_of_readers(tmp_path: Path) -> None:
    columns = {"ref": "no", "person": "who"}
    notes = Notes(
        tmp_path,
        rule("crm/notes", "PERSON", records={"kind": "note", "columns": columns}),
        rule("crm/reads", records={"kind": "reader", "columns": {"ref": "no", "staff": "by"}}),
    )
    notes.add(
        "crm/notes", said(0, JOB, "前職は東亜商事"), said(1, JOB, "元北星電機社員"),
        records=[record("note", row, ref=f"N{row}", person="1" if row < 2 else None) for row in range(3)],
    )  # fmt: skip
    reads = [("N0", "E1", 1), ("N0", "E2", 3), ("N1", "E1", 2), ("N2", "E3", 9)]
    notes.add(
        "crm/reads",
        records=[
            record("reader", row, ref=ref, staff=staff, moment=NOON.replace(day=day))
            for row, (ref, staff, day) in enumerate(reads)
        ],
    )
    (found,) = notes.rows()
    assert (found["read_by"], found["last_read"], found["persons"], found["reason"]) == (
        2,
        NOON.replace(day=3),
        1,
        None,
    )


def test_without_such_a_register_the_report_says_that_nobody_knows(tmp_path: Path) -> None:
    (found,) = Notes(tmp_path, rule("crm/notes")).add("crm/notes", said(0, JOB, "前職は東亜商事")).rows()
    assert (found["read_by"], found["last_read"], found["reason"]) == (None, None, "no-reader-register")


@pytest.mark.parametrize(
    ("audience", "failing"),
    [("company", 1), ("entrustee", 1), ("public", 1), (None, 1), ("department", 0), ("role", 0)],
)
def test_a_statement_in_a_shared_space_fails_the_gate_whoever_may_read_it(
    tmp_path: Path, audience: str | None, failing: int
) -> None:
    notes = Notes(tmp_path, rule("crm/notes", "PERSON")).add(
        "crm/notes", said(0, JOB, "前職は東亜商事"), said(0, "DATE_OF_BIRTH", "1980"), audience=audience
    )
    store = notes.load()
    report = next(each for each in list_reports() if each.name == "purpose_mismatch")
    assert report.gate is not None
    with Reader(store) as reader:
        sql = f"SELECT * FROM (\n{report.sql}\n) WHERE {report.gate.where}"
        assert reader.arrow(sql).num_rows == failing
    assert run_report(store, "purpose_mismatch").rows[0]["audience"] == (audience or "unknown")


def test_an_entity_type_nobody_knows_is_refused() -> None:
    source = {"name": "crm", "kind": "files", "path": "."}
    with pytest.raises(ValidationError, match="unknown entity type"):
        Estate.model_validate({"sources": [source], "assets": [{"match": "*", "registered": ["JOB"]}]})


def test_the_sample_estate_gives_its_truth(estate: Path, scanned: Path) -> None:
    truth = json.loads((estate / "truth.json").read_text("utf-8"))
    found = run_report(scanned / "store.duckdb", "purpose_mismatch").rows
    expected = truth["incidents"]["purpose_mismatch"]
    assert [row["state"] for row in found if not row["asset"]] == ["no-purpose-registered"]
    assert sorted(f"{row['asset']} {row['entity_type']}" for row in found if row["asset"]) == sorted(
        expected["keys"]
    )
    assert len(found) == expected["rows"]
    for row in found:
        if row["asset"]:
            assert row["occurrences"] == truth["assets"][row["asset"]]["counts"][row["entity_type"]]
    notes = {row["entity_type"]: row for row in found if row["asset"] == "sales/main.visit_notes"}
    extract = truth["assets"]["share/商談メモ_共有.csv"]["counts"]
    assert {kind: row["copies"] for kind, row in notes.items() if row["statement"]} == {
        kind: extract[kind] for kind in (JOB, TIE, CARE)
    }
