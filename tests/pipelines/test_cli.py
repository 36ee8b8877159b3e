"""Every command of the command line on the small sample estate, as docs/cli.md says it behaves."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from rich.console import Console

import meibo as notebook
from pipelines.reports.render import to_csv, to_json, to_terminal
from pipelines.reports.runner import list_reports, run_report
from tests.commands import MEIBO, Command, environment, meibo
from tests.stores import tables

LANGS: tuple[Literal["ja", "en"], ...] = ("ja", "en")
ISSUE_LINE = '{"id":1,"text":"担当の髙橋 健太様、090-1234-5678"}'


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """An estate of two sources with a table each; the path of its file."""
    for name, person in (("a", "山田 太郎"), ("b", "佐藤 花子")):
        (tmp_path / name).mkdir()
        rows = [["氏名", "電話番号"], *([person, f"090-1234-{n:04}"] for n in range(20))]
        (tmp_path / name / "list.csv").write_text("\n".join(map(",".join, rows)), "utf-8")
    estate = tmp_path / "estate.yaml"
    estate.write_text("sources: [{name: a, kind: files, path: a}, {name: b, kind: files, path: b}]", "utf-8")
    return estate


def written(directory: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in sorted(directory.rglob("*")) if path.is_file()}


# --- demo and scan -----------------------------------------------------------------------------------------


def test_demo_writes_the_estate_and_says_where_it_and_its_key_are(
    command: Command, estate: Path, tmp_path: Path
) -> None:
    code, out, _ = command("demo", tmp_path / "demo", "--size", "small", key=None)
    assert (code, out.split()) == (
        0, ["estate:", str(tmp_path / "demo/estate.yaml"), "key:", str(tmp_path / "demo/demo.key")],
    )  # fmt: skip
    assert stat.S_IMODE((tmp_path / "demo/demo.key").stat().st_mode) == 0o600
    assert (tmp_path / "demo/truth.json").read_bytes() == (estate / "truth.json").read_bytes()


def test_demo_refuses_a_directory_that_holds_something_else(command: Command, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    code, _, err = command("demo", tmp_path)
    assert (code, [path.name for path in tmp_path.iterdir()]) == (64, ["kept.txt"])
    assert "demo-directory-not-empty" in err


def test_a_scan_leaves_store_and_page_for_its_user_alone(scanned: Path) -> None:
    assert (scanned / "store.duckdb").is_file() and (scanned / "report.html").is_file()
    for private in (".", "staging", "state", "work"):
        assert stat.S_IMODE((scanned / private).stat().st_mode) == 0o700
    assert stat.S_IMODE((scanned / "store.duckdb").stat().st_mode) == 0o600
    assert not (scanned / "state/scan.json").exists()
    assert not list((scanned / "staging/runs").iterdir())


def test_a_second_scan_detects_nothing_again_and_finds_the_same(
    estate: Path, scanned: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(scanned, out)
    work, first = written(out / "work"), tables(out / "store.duckdb")
    done = meibo("scan", "--estate", estate / "estate.yaml", "--out", out, "--workers", 1)
    shown = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert f"store:  {out / 'store.duckdb'}" in shown and f"report: {out / 'report.html'}" in shown
    assert all(source in shown for source in ("crm", "share", "cards")) and "not examined" in shown
    assert written(out / "work") == work
    second = tables(out / "store.duckdb")
    for table in ("part", "finding", "value_key", "entity", "retention_class"):
        assert second[table] == first[table]
    for table in ("asset", "field", "activity", "access", "declaration"):
        assert sorted(second[table], key=repr) == sorted(first[table] * 2, key=repr)
    with notebook.open(out) as store:
        parts = store.query("SELECT reused, count(*) AS n FROM current_part GROUP BY reused")
    assert parts.to_dict("list") == {"reused": [True], "n": [len(first["part"])]}


def test_a_scan_of_one_source_leaves_what_is_known_of_the_others(
    command: Command, tiny: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    scan = ("scan", "--estate", tiny, "--out", out, "--workers", 1, "--json")
    code, first, _ = command(*scan)
    assert (code, [each["source"] for each in json.loads(first)["sources"]]) == (0, ["a", "b"])
    (tmp_path / "b/more.csv").write_text("氏名,電話番号\n鈴木 一郎,080-1234-5678\n", "utf-8")
    (tmp_path / "a/more.csv").write_text("氏名,電話番号\n鈴木 二郎,080-1234-5679\n", "utf-8")
    code, second, _ = command(*scan, "--source", "b")
    assert code == 0
    (only,) = json.loads(second)["sources"]
    assert (only["source"], only["assets"], only["reused"]) == ("b", 2, 1)
    code, text, _ = command("report", "inventory", "--out", out, "--format", "json")
    assert {row["asset"] for row in json.loads(text)} == {"a/list.csv", "b/list.csv", "b/more.csv"}


def test_a_scan_of_an_estate_without_assets_publishes_an_empty_snapshot(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "estate.yaml").write_text("sources: [{name: share, kind: files, path: nothing}]\n")
    code, _, _ = command("scan", "--estate", tmp_path / "estate.yaml", "--out", tmp_path / "out", "--json")
    found = tables(tmp_path / "out" / "store.duckdb")
    assert (code, len(found["scan"]), found["asset"], found["part"]) == (0, 1, [], [])


def test_a_full_scan_examines_again_what_is_known(command: Command, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scan = ("scan", "--estate", tiny, "--out", out, "--workers", 1, "--json")
    command(*scan)
    before = written(out / "work")
    _, again, _ = command(*scan)
    assert written(out / "work") == before
    _, full, _ = command(*scan, "--full")
    after = written(out / "work")
    assert [sum(each["reused"] for each in json.loads(text)["sources"]) for text in (again, full)] == [2, 0]
    examined = {path for path in before if (path.parent / "evidence.parquet").exists()}
    assert {path for path in before if after[path] != before[path]} == examined
    assert after.keys() == before.keys()


# --- detect ------------------------------------------------------------------------------------------------


def lines(*given: bytes) -> tuple[int, list[Any], str]:
    done = meibo("detect", "--jsonl", given=b"".join(line + b"\n" for line in given), key=None)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_detect_shows_the_spans_of_a_text(command: Command) -> None:
    code, out, _ = command("detect", json.loads(ISSUE_LINE)["text"], key=None)
    assert code == 0
    for row in ("PERSON.*髙橋 健太", "PHONE_NUMBER.*090-1234-5678"):
        assert re.search(row, out)
    code, out, _ = command("detect", "--json", json.loads(ISSUE_LINE)["text"], key=None)
    assert [span[:3] for span in json.loads(out)] == [[3, 8, "PERSON"], [10, 23, "PHONE_NUMBER"]]


def test_detect_reads_a_text_from_standard_input(command: Command) -> None:
    _, out, _ = command("detect", "--json", given="電話 090-1234-5678".encode(), key=None)
    assert [span[:3] for span in json.loads(out)] == [[3, 16, "PHONE_NUMBER"]]


def test_detect_answers_each_line_in_order_and_bad_ones_with_a_code() -> None:
    long = json.dumps({"id": "long", "text": "x" * 10_000_000 + " 090-1234-5678"}).encode()
    cases: list[tuple[bytes, dict[str, Any]]] = [
        (ISSUE_LINE.encode(), {"id": 1}),
        (b"", {"id": None, "error": "not-json"}),
        (b'{"id": 2, "text": "\xff\xfe"}', {"id": None, "error": "not-utf-8"}),
        ("山田太郎".encode(), {"id": None, "error": "not-json"}),
        (b'{"id": 3, "text": NaN}', {"id": None, "error": "not-json"}),
        (b"[" * 200_000, {"id": None, "error": "not-json"}),
        (b'["id", 4]', {"id": None, "error": "not-an-object"}),
        (b'{"id": 5}', {"id": 5, "error": "text-missing"}),
        (b'{"id": 6, "text": null}', {"id": 6, "error": "text-missing"}),
        (b'{"id": {"a": 1}, "text": "a"}', {"id": None, "error": "id-not-scalar"}),
        (rb'{"id": "\ud800", "text": "\ud800 090-1234-5678 \udfff"}', {"id": "\ud800"}),
        (b'{"text": ""}', {"id": None, "spans": []}),
        (long, {"id": "long"}),
        (b'"' + b"x" * (65 << 20) + b'"', {"id": None, "error": "line-too-long"}),
        (b'{"id": 1.5, "text": "a"}\r', {"id": 1.5, "spans": []}),
    ]
    code, answers, err = lines(*(line for line, _ in cases))
    assert (code, err) == (3, "")
    assert len(answers) == len(cases)
    for answer, (_, expected) in zip(answers, cases, strict=True):
        assert answer | expected == answer
    assert [span[:3] for span in answers[0]["spans"]] == [[3, 8, "PERSON"], [10, 23, "PHONE_NUMBER"]]
    assert [span[:3] for span in answers[10]["spans"]] == [[2, 15, "PHONE_NUMBER"]]
    assert [span[:3] for span in answers[12]["spans"]] == [[10_000_001, 10_000_014, "PHONE_NUMBER"]]


def test_detect_ends_with_0_when_every_line_is_good(command: Command) -> None:
    code, out, _ = command("detect", "--jsonl", given=ISSUE_LINE.encode() + b"\n", key=None)
    assert (code, len(out.splitlines())) == (0, 1)


@pytest.mark.slow
def test_a_million_lines_stream_through_in_flat_memory() -> None:
    peaks = []
    for count in (100_000, 1_000_000):
        process = subprocess.Popen(
            [str(MEIBO), "detect", "--jsonl"],
            env=environment(None),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        answered, peak = converse(process, count)
        assert (answered, process.wait(60)) == (count, 0)
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 30 << 20, (
        f"peak of 100,000 lines {peaks[0]:,}, of 1,000,000 {peaks[1]:,} bytes"
    )


def converse(process: subprocess.Popen[bytes], count: int) -> tuple[int, int]:
    """Feed `count` different lines in blocks and read the answers; return their number and the peak RSS."""
    assert process.stdin and process.stdout

    def feed(pipe: Any) -> None:
        for n in range(count):
            # A name costs a millisecond: one line in ten has one, so that a million take minutes. Numbers come
            # again, so that the bounded caches of words are as full after 100,000 lines as they will be.
            who = "担当の髙橋 健太様" if n % 10 == 0 else "No"
            pipe.write(
                b'{"id":%d,"text":"%s %d 090-1234-%04d"}\n' % (n, who.encode(), n % 10_000, n % 10_000)
            )
        pipe.close()

    feeder = Thread(target=feed, args=(process.stdin,))
    feeder.start()
    answered = 0
    for line in process.stdout:
        assert b'"PHONE_NUMBER"' in line
        answered += 1
        if answered == count:
            status = Path(f"/proc/{process.pid}/status").read_text()
    feeder.join()
    return answered, int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10  # type: ignore[index]


# --- classify and image ------------------------------------------------------------------------------------


def table_files(corpora: Path) -> Iterator[Path]:
    yield from (path for path in sorted((corpora / "tables").iterdir()) if path.suffix != ".json")


def cells(path: Path) -> tuple[list[str], set[str]]:
    if path.suffix == ".parquet":
        table = pq.read_table(path).to_pandas()
        return list(table.columns), {str(value) for column in table for value in table[column]}
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    return rows[0], {cell for row in rows[1:] for cell in row}


def test_classify_answers_for_every_table_and_explains_itself_without_values(
    command: Command, corpora: Path
) -> None:
    for path in table_files(corpora):
        columns, values = cells(path)
        code, out, _ = command("classify", path, "--json", "--explain", key=None)
        answer = json.loads(out)
        assert (code, list(answer)) == (0, columns), path.name
        reasons = " ".join(reason for each in answer.values() for reason in each["reasons"])
        assert not [path.name for value in values if len(value) > 5 and value in reasons]


def test_classify_gives_one_type_or_null_per_column(command: Command, estate: Path) -> None:
    code, out, _ = command("classify", estate / "share/会員名簿.csv", "--json", key=None)
    types = set(json.loads(out).values())
    assert code == 0 and types >= {"PERSON", "JP_ADDRESS", "PHONE_NUMBER", None}
    code, out, _ = command("classify", estate / "share/会員名簿.csv", "--explain", key=None)
    assert code == 0 and "JP_ADDRESS" in out and "why" in out
    code, _, err = command("classify", estate / "山田太郎.csv", "--json", key=None)
    assert (code, "file-missing" in err, "山田" in err) == (3, True, False)


def test_image_says_what_a_card_is_and_shows_values_only_on_request(command: Command, estate: Path) -> None:
    card = next(
        row["asset"]
        for row in map(json.loads, (estate / "truth_images.jsonl").read_text("utf-8").splitlines())
        if "licen" in str(row["kind"])
    )
    path = next(estate.rglob(Path(card).name))
    code, out, _ = command("image", path, "--json", key=None)
    (answer,) = json.loads(out)
    assert (code, answer["file"]) == (0, str(path))
    assert answer["kind"] and answer["findings"]
    assert all(
        {"entity_type", "masked", "score", "quads"} == finding.keys() for finding in answer["findings"]
    )
    code, out, _ = command("image", path, "--json", "--reveal", key=None)
    assert code == 0 and all("text" in finding for finding in json.loads(out)[0]["findings"])
    code, out, _ = command("image", estate / "estate.yaml", "--json", key=None)
    assert code == 3 and "error" in json.loads(out)[0]


# --- report, gate, declare, purge --------------------------------------------------------------------------


@pytest.mark.parametrize("name", [report.name for report in list_reports()])
def test_a_report_is_a_table_json_or_csv_in_two_languages(command: Command, scanned: Path, name: str) -> None:
    table = run_report(scanned / "store.duckdb", name)
    for lang in LANGS:
        console = Console(file=io.StringIO(), width=200)
        console.print(to_terminal(table, lang))
        assert getattr(table.report.title, lang) in console.file.getvalue()
        header = next(csv.reader(io.StringIO(to_csv(table, lang).decode("utf-8-sig"))))
        assert header == [getattr(column.label, lang) for column in table.report.columns]
    code, out, _ = command("report", name, "--out", scanned, "--format", "json", key=None)
    rows = json.loads(out)
    assert (code, rows) == (0, json.loads(to_json(table)))
    assert all(list(row) == [column.name for column in table.report.columns] for row in rows)


@pytest.mark.parametrize("lang", LANGS)
def test_a_report_is_printed_in_the_form_and_language_asked_for(
    command: Command, scanned: Path, lang: Literal["ja", "en"]
) -> None:
    table = run_report(scanned / "store.duckdb", "exposure")
    asked = ("report", "exposure", "--out", scanned, "--lang", lang)
    code, shown, _ = command(*asked, key=None)
    assert code == 0 and getattr(table.report.title, lang) in shown
    code, shown, _ = command(*asked, "--format", "csv", key=None)
    assert (code, list(csv.reader(io.StringIO(shown)))) == (
        0,
        list(csv.reader(io.StringIO(to_csv(table, lang).decode("utf-8")))),
    )


def test_report_html_writes_the_page_again(command: Command, scanned: Path) -> None:
    before = (scanned / "report.html").read_bytes()
    code, out, _ = command("report", "html", "--out", scanned, key=None)
    assert (code, out.strip()) == (0, str(scanned / "report.html"))
    assert (scanned / "report.html").read_bytes() == before


def test_the_gate_passes_once_the_draft_of_declare_is_in_the_estate(
    command: Command, estate: Path, scanned: Path, tmp_path: Path
) -> None:
    code, out, _ = command("gate", "--estate", estate / "estate.yaml", "--out", scanned, "--json", key=None)
    outcome = json.loads(out)
    assert (code, outcome["exit_code"]) == (1, 1)
    assert any(check["failed"] for check in outcome["checks"])
    code, draft, _ = command("declare", "--estate", estate / "estate.yaml", "--out", scanned, key=None)
    declared = yaml.safe_load((estate / "estate.yaml").read_text("utf-8")) | yaml.safe_load(draft)
    for name in ("grants.yaml", "policies.yaml"):
        shutil.copy(estate / name, tmp_path)
    (tmp_path / "estate.yaml").write_text(yaml.safe_dump(declared, allow_unicode=True), "utf-8")
    code, out, _ = command(
        "gate", "declared", "--estate", tmp_path / "estate.yaml", "--out", scanned, key=None
    )
    assert code == 0 and "assets pass" in out


def test_purge_removes_what_is_old_and_a_scan_after_it_goes_on(
    command: Command, tiny: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    scan = ("scan", "--estate", tiny, "--out", out, "--workers", 1, "--json")
    command(*scan)
    code, text, _ = command("purge", "--estate", tiny, "--out", out, key=None)
    assert (code, text) == (0, "removed 0 staged files\n")
    code, text, _ = command("purge", "--estate", tiny, "--out", out, "--all", key=None)
    assert (code, text) == (0, "removed 4 staged files\n")
    code, text, _ = command(*scan)
    assert (code, sum(each["reused"] for each in json.loads(text)["sources"])) == (0, 2)


LIGHT = """
import sys
import pipelines.desk.inventory_ledger, pipelines.incident, pipelines.load, pipelines.purge
import pipelines.reports.page, pipelines.reports.render, pipelines.subject.certificate, pipelines.subject.search
print({"detectors.registry", "presidio_analyzer", "great_expectations", "pandas"} & sys.modules.keys())
"""


def test_whoever_reads_the_store_does_not_wait_for_the_detectors() -> None:
    """They take two seconds to import: more than any report."""
    done = subprocess.run([sys.executable, "-c", LIGHT], env=environment(), capture_output=True, check=True)
    assert done.stdout == b"set()\n"


# --- refusals ----------------------------------------------------------------------------------------------

TYPED = "山田太郎090"


@pytest.mark.parametrize(
    "arguments",
    [
        (TYPED,),
        ("scan", f"--{TYPED}"),
        ("scan", TYPED),
        ("scan", "--workers", TYPED),
        ("scan", "--estate", f"{TYPED}.yaml"),
        ("demo",),
        ("demo", TYPED, "--size", TYPED),
        ("demo", TYPED, "--seed", TYPED),
        ("detect", "--point", TYPED, TYPED),
        ("report", TYPED, "--out", "{scanned}"),
        ("report", "coverage", "--out", "{scanned}", "--format", TYPED),
        ("report", "coverage", "--out", "{scanned}", "--lang", TYPED),
        ("report", "coverage", "--out", TYPED),
        ("gate", TYPED, "--estate", "{estate}/estate.yaml", "--out", "{scanned}"),
        ("classify",),
        ("image",),
    ],
)
def test_what_is_typed_wrong_is_refused_without_being_quoted(
    command: Command,
    scanned: Path,
    estate: Path,
    tmp_path: Path,
    monkeypatch: Any,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = command(*(each.format(scanned=scanned, estate=estate) for each in arguments))
    assert (code, out) == (64, "")
    assert err.startswith("meibo: ") and "山田" not in err and "090" not in err
    assert not list(tmp_path.iterdir())


def test_an_unknown_source_is_refused_without_being_quoted(
    command: Command, tiny: Path, tmp_path: Path
) -> None:
    code, _, err = command("scan", "--estate", tiny, "--out", tmp_path / "out", "--source", TYPED)
    assert (code, "a, b" in err, TYPED in err) == (64, True, False)


def test_a_wrong_estate_is_told_every_fault_with_its_path_and_nothing_is_scanned(
    command: Command, tmp_path: Path
) -> None:
    wrong = tmp_path / "estate.yaml"
    wrong.write_text(
        """
sources:
  - {name: share, kind: files, path: ., colour: 山田太郎}
  - {name: "with space", kind: sqlite, path: x.sqlite}
  - {name: crm, kind: postgresql, database: crm, port: 99999, password: hunter2-hunter2}
  - {name: other, kind: 090-1234-5678}
assets:
  - {match: "*", declared: {name: PERSON}}
detection: {point: reckless}
timezone: Asia/Tokio
""",
        "utf-8",
    )
    code, out, err = command("scan", "--estate", wrong, "--out", tmp_path / "out")
    assert (code, out) == (64, "")
    for path in (
        "sources[0].colour", "sources[1].name", "sources[2].port", "sources[2].password", "sources[3].kind",
        "assets[0].declared.name", "detection.point", "timezone",
    ):  # fmt: skip
        assert f"  {path}: " in err, path
    assert not (tmp_path / "out").exists()
    assert not re.search("山田|hunter2|1234|Traceback", err)


@pytest.mark.parametrize("content", [b"sources: [", b"\xff\xfe\x00", b"", b"[1, 2]", b"a: *b"])
def test_a_file_that_is_no_estate_is_refused(command: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "estate.yaml").write_bytes(content)
    code, _, err = command("scan", "--estate", tmp_path / "estate.yaml", "--out", tmp_path / "out")
    assert (code, "configuration" in err, "Traceback" in err) == (64, True, False)


def test_without_a_fit_key_nothing_is_scanned(
    command: Command, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, file = tmp_path / "out", tmp_path / "key"
    scan = ("scan", "--estate", tiny, "--out", out)
    assert ("key-missing" in command(*scan, key=None)[2], command(*scan, key=None)[0]) == (True, 64)
    code, _, err = command(*scan, key="kurzer-schluss")
    assert (code, "key-short" in err, "kurzer" in err) == (64, True, False)
    file.write_text("a secret in a file of the tests\n")
    file.chmod(0o644)
    monkeypatch.setenv("MEIBO_KEY_FILE", str(file))
    code, _, err = command(*scan)
    assert (code, "key-ambiguous" in err) == (64, True)
    code, _, err = command(*scan, key=None)
    assert (code, "key-file-mode" in err) == (64, True)
    monkeypatch.setenv("MEIBO_KEY_FILE", str(tmp_path / "missing"))
    code, _, err = command(*scan, key=None)
    assert (code, "key-unreadable" in err) == (64, True)
    assert not out.exists()


def test_another_key_on_a_store_is_refused_and_changes_nothing(
    command: Command, tiny: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    scan = ("scan", "--estate", tiny, "--out", out, "--workers", 1)
    command(*scan)
    before = {path: path.read_bytes() for path in written(out)}
    code, _, err = command(*scan, key="another secret of the tests")
    assert (code, "key-changed" in err) == (64, True)
    assert {path: path.read_bytes() for path in written(out)} == before


# --- import meibo ------------------------------------------------------------------------------------------


def test_a_notebook_opens_the_store_and_asks_why(scanned: Path) -> None:
    with notebook.open(scanned) as store:
        inventory = store.report("inventory")
        phones = inventory[(inventory.entity_type == "PHONE_NUMBER") & (inventory.kind == "typed")]
        row = phones.iloc[0]
        reasons = store.why(row)
        assert reasons and reasons == store.why(row.asset, row.field)
        found = store.query("SELECT * FROM current_finding ORDER BY score DESC LIMIT 1").iloc[0]
        assert isinstance(store.why(found), list)
        assert store.why("no/such", "column") == []
        assert "資産" in store.report("inventory", lang="ja").columns


def test_a_notebook_scans_a_frame() -> None:
    frame = pd.DataFrame({"tel": [f"090-1234-{n:04}" for n in range(30)], "n": range(30)})
    found = notebook.scan(frame).set_index("column")
    assert found.loc["tel", "entity_type"] == "PHONE_NUMBER"
    assert found.loc["n", "entity_type"] is None or pd.isna(found.loc["n", "entity_type"])
