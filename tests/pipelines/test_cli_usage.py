"""What is asked for in a way that cannot be meant is refused by the name of the option, and nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.parametrize("form", ["html", "csv"])
def test_a_report_nobody_knows_is_refused_in_every_form(command: Command, scanned: Path, form: str) -> None:
    code, out, err = command("report", "nix", "--format", form, "--out", scanned, key=None)
    assert (code, out, "report-unknown" in err) == (64, "", True)


@pytest.mark.parametrize(
    ("arguments", "said"),
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
    command: Command, arguments: tuple[str, ...], said: str
) -> None:
    assert command(*arguments) == (64, "", f"meibo: usage: {said}\n")


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
