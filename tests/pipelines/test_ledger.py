"""個人情報管理台帳: written, read back, compared; formulas do not run. The glossary is the one people read."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from pipelines.desk import inventory_ledger
from pipelines.desk.inventory_ledger import COLUMNS, export_ledger, import_ledger
from pipelines.errors import Refused
from pipelines.glossary import entity_of, load_glossary
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.load import load
from pipelines.refs import Grant
from pipelines.reports.runner import Row, run_report
from pipelines.results import AssetResult
from tests.commands import Command, meibo
from tests.pipelines.scans import KEYS, asset, examined, job, not_examined, scan, typed

RULES = [
    {
        "match": "crm/people", "owner": "会員課", "purpose": "=HYPERLINK(1)", "retention": "labour",
        "entrustee": "配信会社", "disposal": "溶解", "columns": {"last_activity": "seen"},
    }
]  # fmt: skip


@pytest.fixture
def work(tmp_path: Path) -> Job:
    made = job(tmp_path / "out", assets=RULES)
    people, locked = asset("crm/people"), asset("share/locked.xlsx")
    fields = (typed("name", "PERSON", 100), typed("phone", "PHONE_NUMBER", 100))
    assets = [
        AssetResult(asset=people, fields=fields, parts=(examined(made.layout, people, "w"),)),
        AssetResult(asset=locked, parts=(not_examined(locked, "file-encrypted"),)),
    ]
    grants = (Grant(asset=people.id, grantee="crm_agent", via="grant", audience="role"),)
    load(made, scan("s", assets, access=grants))
    return made


def diff(work: Job) -> list[Row]:
    return run_report(work.layout.store, "ledger_diff").rows


def ledger(path: Path, *lines: dict[str, Any], above: int = 0) -> Path:
    book = openpyxl.Workbook()
    for _ in range(above):
        book.active.append(["個人情報管理台帳 令和8年度"])
    book.active.append(list(COLUMNS.values()))
    for line in lines:
        book.active.append([line.get(name) for name in COLUMNS])
    book.save(path)
    return path


def test_the_ledger_has_the_nine_columns_and_one_line_per_asset(work: Job, tmp_path: Path) -> None:
    path = tmp_path / "台帳.xlsx"
    assert export_ledger(work.layout.store, path) == 1
    header, line = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    assert header == (
        "項目", "利用目的", "保管場所", "件数", "アクセス権者", "委託先", "保管期間", "廃棄方法", "管理責任者"
    )  # fmt: skip
    assert line[0] == "氏名、電話番号"
    assert line[2:] == (
        "crm/people",
        100,
        "crm_agent",
        "配信会社",
        "労働者名簿・賃金台帳 (3年)",
        "溶解",
        "会員課",
    )
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_formula_is_written_as_text(work: Job, tmp_path: Path) -> None:
    export_ledger(work.layout.store, tmp_path / "x.xlsx")
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "x.xlsx").active.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "'=HYPERLINK(1)" in {cell.value for cell in cells}


def test_what_is_exported_and_imported_again_differs_in_nothing(work: Job, tmp_path: Path) -> None:
    for lang in ("ja", "en"):
        export_ledger(work.layout.store, tmp_path / "x.xlsx", lang=lang)  # type: ignore[arg-type]
        assert import_ledger(work.layout, KEYS, tmp_path / "x.xlsx") == 2
        assert diff(work) == []


def test_the_ledger_of_the_sample_differs_from_what_was_found_as_its_truth_says(
    estate: Path, scanned: Path, tmp_path: Path, command: Command
) -> None:
    truth = json.loads((estate / "truth.json").read_text("utf-8"))["ledger"]
    shutil.copytree(scanned, tmp_path / "out", ignore=shutil.ignore_patterns("work", "staging"))
    code, _, err = command("ledger", "import", estate / truth["file"], "--out", tmp_path / "out")
    assert code == 0, err
    rows = run_report(tmp_path / "out" / "store.duckdb", "ledger_diff").rows
    held = {row["asset"] for row in run_report(tmp_path / "out" / "store.duckdb", "inventory").rows}
    unlisted = held - set(truth["listed"])
    assert {row["state"] for row in rows if row["asset"] in unlisted} == {"not-in-ledger"}
    assert {row["asset"] for row in rows} >= unlisted
    told = [
        [row["state"], row["asset"], row["entity_type"] or row["differs"] or row["item"]]
        for row in rows
        if row["asset"] not in unlisted
    ]
    assert sorted(told) == truth["rows"]


def test_with_another_key_no_ledger_is_imported(work: Job, tmp_path: Path) -> None:
    export_ledger(work.layout.store, tmp_path / "x.xlsx")
    with pytest.raises(Refused, match="key-changed"):
        import_ledger(work.layout, KeyRing(b"another secret of the tests"), tmp_path / "x.xlsx")
    assert [row["state"] for row in diff(work)] == ["no-ledger"]


def test_before_an_import_the_report_says_that_there_is_no_ledger(work: Job) -> None:
    assert [row["state"] for row in diff(work)] == ["no-ledger"]


def test_what_is_missing_gone_different_or_not_understood_is_listed(work: Job, tmp_path: Path) -> None:
    path = ledger(
        tmp_path / "x.xlsx",
        {
            "item": "お名前/生年月日",
            "place": "crm/people",
            "records": "５０件",
            "manager": "総務課",
            "retention": "3年",
        },
        {"item": "住所", "place": "旧サーバー"},
        {"item": "血液型", "place": "crm/people"},
        {"item": "氏名", "place": "share/locked.xlsx"},
        above=2,
    )
    import_ledger(work.layout, KEYS, path)
    found = {
        (row["state"], row["asset"], row["entity_type"] or row["item"] or row["differs"]): row
        for row in diff(work)
    }
    assert set(found) == {
        ("not-in-ledger", "crm/people", "PHONE_NUMBER"),
        ("not-found", "旧サーバー", "JP_ADDRESS"),
        ("not-found", "crm/people", "DATE_OF_BIRTH"),
        ("differs", "crm/people", "manager"),
        ("differs", "crm/people", "records"),
        ("differs", "crm/people", "retention"),
        ("not-understood", "crm/people", "血液型"),
        ("not-examined", "share/locked.xlsx", "PERSON"),
    }
    manager = found["differs", "crm/people", "manager"]
    assert (manager["in_ledger"], manager["found"], manager["line"]) == ("総務課", "会員課", 4)


def test_a_person_named_in_a_ledger_is_masked_in_the_store(work: Job, tmp_path: Path) -> None:
    import_ledger(
        work.layout,
        KEYS,
        ledger(tmp_path / "x.xlsx", {"item": "氏名", "place": "crm/people", "manager": "担当 山田 太郎 様"}),
    )
    assert "山田" not in str(diff(work))


def test_a_pattern_in_the_ledger_stands_for_all_that_fits(work: Job, tmp_path: Path) -> None:
    import_ledger(work.layout, KEYS, ledger(tmp_path / "x.xlsx", {"item": "氏名、電話", "place": "crm/*"}))
    assert diff(work) == []


@pytest.mark.parametrize("lines", [[["a", "b"]], [["項目"], ["氏名"]], []])
def test_a_workbook_without_the_headings_is_refused(
    work: Job, tmp_path: Path, lines: list[list[str]]
) -> None:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(Refused, match="ledger-columns"):
        import_ledger(work.layout, KEYS, tmp_path / "x.xlsx")


def test_what_is_no_workbook_or_too_large_is_refused(
    work: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "山田太郎.xlsx").write_bytes(b"no workbook")
    with pytest.raises(Refused, match="ledger-unreadable: FILE "):
        import_ledger(work.layout, KEYS, tmp_path / "山田太郎.xlsx")
    with zipfile.ZipFile(tmp_path / "y.xlsx", "w") as archive:
        archive.writestr("nothing.xml", "<x/>")
    with pytest.raises(Refused, match="ledger-unreadable"):
        import_ledger(work.layout, KEYS, tmp_path / "y.xlsx")
    monkeypatch.setattr(inventory_ledger, "LARGEST", 100)
    with pytest.raises(Refused, match="ledger-too-large"):
        import_ledger(work.layout, KEYS, ledger(tmp_path / "z.xlsx", {"item": "氏名", "place": "crm/people"}))


def test_what_the_reader_of_workbooks_warns_of_is_not_printed(work: Job, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["項目", "保管場所"], [9012345678.0, "crm/people"]):
        book.active.append(line)
    book.active["A2"].number_format = "yyyy/mm/dd"
    book.save(tmp_path / "x.xlsx")
    out, key = work.layout.store.parent, KEYS.secret.decode()
    ran = meibo("ledger", "import", tmp_path / "x.xlsx", "--out", out, key=key, PYTHONWARNINGS="default")
    assert ran.returncode == 0
    assert "9012345678" not in ran.stderr.decode()


class TestGlossary:
    def test_every_term_has_both_words_a_meaning_and_a_source(self) -> None:
        for code, term in load_glossary().terms.items():
            assert all((term.ja, term.en, term.meaning.ja, term.meaning.en, term.source)), code

    def test_no_word_stands_for_two_things(self) -> None:
        terms = load_glossary().terms.values()
        assert len({term.ja for term in terms}) == len({term.en for term in terms}) == len(terms)

    def test_labels_say_what_the_glossary_says(self, repo_root: Path) -> None:
        """A label that is a term in Japanese is that term in English, too."""
        labels = yaml.safe_load((repo_root / "pipelines/reports/labels.yaml").read_text("utf-8"))
        words = {term.ja: term.en for term in load_glossary().terms.values()}
        for codes in labels.values():
            for label in codes.values():
                if label["ja"] in words:
                    assert words[label["ja"]] in label["en"].lower(), label

    @pytest.mark.parametrize(
        ("item", "entity_type"),
        [
            ("氏名", "PERSON"),
            ("氏名(カナ)", "PERSON"),
            ("ＴＥＬ", "PHONE_NUMBER"),
            ("PERSON", "PERSON"),
            ("趣味", None),
        ],
    )
    def test_items_are_understood_as_people_write_them(self, item: str, entity_type: str | None) -> None:
        assert entity_of(item) == entity_type
