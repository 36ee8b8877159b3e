"""What is asked for in a way that cannot be meant is refused by the name of the option, and nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Command


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("scan", "--engine", "090-1234-5678"), "--engine"),
        (("demo", "directory", "--size", "090-1234-5678"), "--size"),
        (("report", "stale", "--with", "090-1234-5678"), "--with"),
        (("detect", "--jsonl", "090-1234-5678"), "--jsonl"),
        (("decide", "a", "--state", "accepted", "--reason", "x", "--until", "2020-01-01"), "--until"),
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
