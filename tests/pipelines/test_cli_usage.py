"""What is asked for in a way that cannot be meant is refused by the name of the option, and nothing is done."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.cli.japanese import said
from pipelines.days import read_day, read_moment
from pipelines.errors import MeiboError
from tests.commands import Command, meibo


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("scan", "--engine", "090-1234-5678"), "--engine"),
        (("demo", "directory", "--size", "090-1234-5678"), "--size"),
        (("report", "stale", "--with", "090-1234-5678"), "--with"),
        (("detect", "--jsonl", "090-1234-5678"), "--jsonl"),
        (("decide", "a", "--state", "accepted", "--reason", "x", "--until", "2020-01-01"), "--until"),
        (("decide", "a", "--state", "accepted", "--reason", "x"), "--until"),
        (("decide", "a", "--state", "accepted", "--reason", "x", "--until", "令和1234年"), "--until"),
        (("decide", "a", "--state", "confirmed", "--reason", ""), "--reason"),
        (("decide", "", "--state", "confirmed", "--reason", "x"), "asset"),
        (
            ("decide", "a", "--type", "", "--state", "confirmed", "--reason", "x", "--tolerance", "-1234"),
            "--tolerance",
        ),
        (("report", "stale", "--format", "html", "--fail-on-new"), "--format html"),
        (("report", "html", "--since", "1234"), "--format html"),
        (("report", "stale", "--format", "1234"), "--format"),
        (("scan", "--workers", "-1234"), "--workers"),
        (("incident", "--known-on", "2026-04-01", "--cause", "1234"), "--cause"),
    ],
)
def test_an_option_that_cannot_be_meant_is_named(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = command(*arguments, given=b'{"id": 1, "text": "a"}\n')
    assert (code, out) == (64, "")
    assert err.startswith(f"meibo: usage: {option} is not valid (") and "1234" not in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("asked", [("purge",), ("purge", "--all"), ("request", "list")])
def test_an_output_directory_that_is_not_there_does_not_pass_for_an_empty_one(
    command: Command, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    code, out, err = command(*asked, "--out", tmp_path / "mistyped", key=None)
    assert (code, out, "output-missing: --out" in err) == (64, "", True)


@pytest.mark.parametrize("form", ["html", "csv"])
def test_a_report_nobody_knows_is_refused_in_every_form(command: Command, scanned: Path, form: str) -> None:
    code, out, err = command("report", "nix", "--format", form, "--out", scanned, key=None)
    assert (code, out, "report-unknown" in err) == (64, "", True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("scam",), "no such command (see meibo --help)"),
        (("ledger", "090-1234-5678"), "no such command (see meibo ledger --help)"),
        (("scan", "--estte", "090-1234-5678"), "no such option (--estate; see meibo scan --help)"),
        (("scan", "090-1234-5678"), "more words than the command takes (see meibo scan --help)"),
        (("scan", "--workers"), "--workers is not valid (see --help)"),
        (("incident", "--asset", "1234"), "--known-on is missing"),
        (("where",), "key is missing"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_without_what_was_typed(
    command: Command, arguments: tuple[str, ...], told: str
) -> None:
    code, out, err = command(*arguments)
    assert (code, out, err.splitlines()[0]) == (64, "", f"meibo: usage: {told}")
    assert "1234" not in err


@pytest.mark.parametrize("arguments", [(), ("ledger",), ("request",)])
def test_a_command_by_itself_shows_its_help_and_no_fault(
    command: Command, arguments: tuple[str, ...]
) -> None:
    code, out, err = command(*arguments)
    assert (code, "Usage: meibo" in out, err) == (64, True, "")


def test_the_help_names_extras_in_brackets(command: Command) -> None:
    assert "meibo[spark]" in command("scan", "--help")[1]


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_terminal_that_lacks_letters_gets_the_report_all_the_same(scanned: Path, form: str) -> None:
    asked = ("report", "device_residue", "--format", form, "--out", scanned)
    done = meibo(*asked, key=None, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u" in done.stdout and b"k:" in done.stdout


@pytest.mark.parametrize("day", ["2026-11-24", "2026/11/24", "2026年11月24日", "令和8年11月24日", "R8.11.24"])
def test_a_day_is_read_as_people_write_it(day: str) -> None:
    assert read_day(day) == date(2026, 11, 24)


@pytest.mark.parametrize("day", ["3/4/2026", "11/24", "2026-11-31", "2026-11-24 to 2026-12-01", "x", ""])
def test_what_is_no_day_or_more_than_one_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match="2026/11/24"):
        read_day(day)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-11-24T10:30", 1),
        ("2026/11/24 10:30", 1),
        ("令和8年11月24日 10:30:00", 1),
        ("2026-11-24T10:30Z", 10),
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str, hour: int) -> None:
    assert read_moment(text, ZoneInfo("Asia/Tokyo")) == datetime(2026, 11, 24, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("incident", "--asset", "a", "--known-on", "24.11."), "--known-on"),
        (("incident", "--asset", "a", "--known-on", "2026-11-24", "--from", "24.11."), "--from"),
        (("incident", "--asset", "a", "--known-on", "2026-11-24", "--to", "24.11."), "--to"),
        (("decide", "a", "--state", "accepted", "--reason", "x", "--until", "24.11."), "--until"),
        (("request", "add", "D-1", "--received", "24.11."), "--received"),
        (("request", "close", "D-1", "--day", "24.11."), "--day"),
        (("erase-check", "--erased-on", "24.11."), "--erased-on"),
    ],
)
def test_whoever_types_no_day_is_told_what_a_day_looks_like(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = command(*arguments)
    assert (code, out) == (64, "")
    assert err.startswith(f"meibo: usage: {option} is not valid (a day as 2026-11-24, 2026/11/24 or 令和")
    assert "24.11." not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("request", "close", "D-1", "--outcome", "granted"),
        ("notice-list", "share/a.csv", "--out-file", "list.csv"),
        ("decide", "a", "--state", "confirmed", "--reason", "x"),
        ("incident", "--asset", "a", "--known-on", "2026/11/24"),
        ("incident", "--known-on", "2026/11/24"),
        ("incident", "--asset", "a"),
        ("subject", "--phone", "090-1234-5678"),
    ],
)
def test_a_privacy_officer_is_told_what_is_wrong_in_japanese_too(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "estate.yaml").write_text("sources: [{name: share, kind: files, path: .}]\n", "utf-8")
    code, _, err = command(*arguments)
    english, japanese = err.splitlines()
    assert code == 64 and english.isascii() and japanese.startswith("meibo: ") and japanese.endswith("。")


def test_every_error_of_the_desk_has_a_sentence_in_japanese(repo_root: Path) -> None:
    officers = ("desk", "incident", "subject")
    text = "".join(
        path.read_text("utf-8") for name in officers for path in (repo_root / "pipelines" / name).glob("*.py")
    )
    codes = set(re.findall(r'(?:Refused|MeiboError)\(\s*"([a-z-]+)"', text)) - {
        "sheet-unknown",  # of a call from Python
        "subjects-unbounded",  # of a load
    }
    assert {code for code in codes if not said(MeiboError(code))} == set()
