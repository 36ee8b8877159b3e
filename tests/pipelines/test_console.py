"""What a scan prints accounts for every place it could not examine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.cli.console import SHOWN, print_summary
from pipelines.summary import Summary


def printed(places: int, capsys: pytest.CaptureFixture[str]) -> list[str]:
    reasons = tuple((f"share/{number}.csv", "file-damaged") for number in range(places))
    out = Path("out")
    print_summary(Summary(scan_id="s", seconds=1, sources=(), reasons=reasons, store=out, report=out))
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("not examined")]


@pytest.mark.parametrize("places", [0, 1, SHOWN])
def test_a_few_places_are_all_named(capsys: pytest.CaptureFixture[str], places: int) -> None:
    assert len(printed(places, capsys)) == places


def test_of_many_places_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    *named, rest = printed(SHOWN + 13, capsys)
    assert len(named) == SHOWN
    assert rest == "not examined: 13 more (`meibo report coverage` lists all)"
