"""Every fault of an estate is told with its place in the file, and nothing beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config import Estate, load_estate
from pipelines.errors import ConfigRefused

SOURCE = "sources: [{name: share, kind: files, path: .}]\n"


def faults(directory: Path, text: str) -> list[tuple[str, str]]:
    (directory / "estate.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigRefused) as refusal:
        load_estate(directory / "estate.yaml")
    return refusal.value.faults


@pytest.mark.parametrize(
    "source",
    [
        "{name: a, kind: files, path: ., include: []}",
        "{name: a, kind: files, path: ., colour: x}",
        "{name: a, kind: oracle}",
        "{name: a, kind: objects, uri: 'gs://bucket'}",
    ],
)
def test_a_fault_in_the_only_source_is_the_only_fault(tmp_path: Path, source: str) -> None:
    ((place, _),) = faults(tmp_path, f"sources: [{source}]\n")
    assert place.startswith("sources[0].")


@pytest.mark.parametrize("text", ["sources: []\n", "assets: []\n"])
def test_an_estate_without_a_source_is_told_so(tmp_path: Path, text: str) -> None:
    ((place, _),) = faults(tmp_path, text)
    assert place == "sources"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("schedule: 'x y'\n", "schedule"),
        ("schedule: '61 * * * *'\n", "schedule"),
        ("schedule: '0 0 31 2 *'\n", "schedule"),
        ("schedule: '@nightly'\n", "schedule"),
        ("gates: [declared, abc]\n", "gates[1]"),
        ("gates: [inventory]\n", "gates[0]"),
        ("assets: [{match: '*', declared: {a: [PERSON, NIX]}}]\n", "assets[0].declared.a"),
        ("assets: [{match: '*', registered: [NIX]}]\n", "assets[0].registered"),
        (
            "assets: [{match: '*', copies: [{asset: a, ttl_days: 9999999999}]}]\n",
            "assets[0].copies[0].ttl_days",
        ),
        ("staging: {ttl_hours: 9999999999}\n", "staging.ttl_hours"),
        ("staging: {part_rows: 9999999999999999999}\n", "staging.part_rows"),
        ("store: {keep_days: 9999999999}\n", "store.keep_days"),
        (
            "assets: [{match: a, records: {kind: send, zone: Asia/Tokio, columns: {person: a}}}]\n",
            "assets[0].records.zone",
        ),
        ("assets: [{match: a, owner: x}, {match: b}, {match: a, owner: y}]\n", "assets[2].match"),
        ("detection: {ner_budget: 9999999999}\n", "detection.ner_budget"),
    ],
)
def test_what_would_fail_later_is_told_now(tmp_path: Path, text: str, place: str) -> None:
    ((told, _),) = faults(tmp_path, SOURCE + text)
    assert told == place


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sources: {name: a}\n", [("sources", "should be a list")]),
        ("sources: [{name: a, kind: files}]\n", [("sources[0].path", "is required")]),
        ("sources: [a]\n", [("sources[0]", "should be keys with their values")]),
        ("sources: [{name: a, path: .}]\n", [("sources[0].kind", "is required")]),
        (SOURCE + "colour: red\n", [("colour", "is no key of this section")]),
        (
            SOURCE + "assets: [{match: a, keys: all}]\n",
            [("assets[0].keys", "Input should be 'auto'"), ("assets[0].keys", "should be a list")],
        ),
        ("- a\n", [("(file)", "should be keys with their values")]),
    ],
)
def test_a_fault_is_told_in_words_of_the_file(tmp_path: Path, text: str, told: list[tuple[str, str]]) -> None:
    assert faults(tmp_path, text) == told


def test_all_faults_are_told_together(tmp_path: Path) -> None:
    text = "schedule: x\ngates: [x]\nassets: [{match: a, declared: {a: [X]}}]\ntimezone: x\n"
    assert {place for place, _ in faults(tmp_path, SOURCE + text)} == {
        "schedule", "gates[0]", "assets[0].declared.a", "timezone",
    }  # fmt: skip


@pytest.mark.parametrize("ner", ["off", "'off'", "budget"])
def test_off_is_a_word_quoted_or_not(tmp_path: Path, ner: str) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(f"{SOURCE}detection: {{ner: {ner}}}\n", "utf-8")
    assert load_estate(path).detection.ner == ner.strip("'")


@pytest.mark.parametrize("cron", ["30 1 * * *", "@daily", "0 6 * * MON-FRI", "*/15 * * * *", "0 3 1,15 * *"])
def test_a_schedule_the_scheduler_understands_is_taken(tmp_path: Path, cron: str) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(f"{SOURCE}schedule: '{cron}'\ngates: [declared, stale]\n", "utf-8")
    assert load_estate(path).schedule == cron


def test_a_path_of_a_user_there_is_not_is_a_path_like_others(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text("sources: [{name: a, kind: files, path: ~nobody-here/in}]\n", "utf-8")
    assert load_estate(path).sources[0].model_dump()["path"] == tmp_path / "~nobody-here/in"


def test_files_an_estate_names_are_found_from_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(
        "sources:\n"
        "  - {name: a, kind: files, path: ./in}\n"
        "  - {name: b, kind: objects, uri: 's3://bucket', credentials_file: secret/lake}\n"
        "  - {name: c, kind: postgresql, database: d, password_file: secret/pg}\n",
        "utf-8",
    )
    told = [each.model_dump() for each in load_estate(path).sources]
    assert [told[0]["path"], told[1]["credentials_file"], told[2]["password_file"]] == [
        tmp_path / "in", tmp_path / "secret/lake", tmp_path / "secret/pg"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asset", "owner", "key", "activity"),
    [
        ("crm/s.t", "desk", "id", "at"),
        ("crm/s.t#画像", "desk", "id", None),
        ("crm/s.t!scan/3", "desk", "id", None),
        ("crm/s.t!‹PERSON 3fa9c1d08b27›/3!a/b.xlsx#表~2", "desk", "id", None),
        ("crm/s.u#画像", "photos", "id", None),
        ("crm/s.t2#画像", None, None, None),
        ("share/a.db", "desk", "id", "at"),
        ("share/a.db#画像", None, None, None),
    ],
)
def test_what_stands_in_cells_is_under_the_rule_of_its_table(
    asset: str, owner: str | None, key: str | None, activity: str | None
) -> None:
    columns = {"key": "id", "last_activity": "at"}
    estate = Estate.model_validate(
        {
            "sources": [
                {"name": "crm", "kind": "postgresql", "database": "crm"},
                {"name": "share", "kind": "files", "path": "/share"},
            ],
            "assets": [
                {"match": "crm/s.u#*", "owner": "photos"},
                *(
                    {"match": name, "owner": "desk", "columns": columns, "keys": ["id"]}
                    for name in ("crm/s.t", "crm/s.u", "share/a.db")
                ),
            ],
        }
    )
    rule = estate.rule(asset)
    assert (rule.owner, rule.columns.key, rule.columns.last_activity) == (owner, key, activity)
    assert estate.rule(asset) is rule or not estate.has(rule)
    assert estate.has(rule) == (owner is not None)
