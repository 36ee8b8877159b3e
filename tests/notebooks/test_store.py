"""What a notebook asks of a store: the answers of the commands, as frames."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

import meibo
from pipelines.errors import Refused
from pipelines.layout import Layout
from pipelines.reports.since import report_since


def test_since_is_the_report_of_the_command_as_a_frame(scanned: Path) -> None:
    with meibo.open(scanned) as store:
        found = store.since("exposure", "previous")
        assert set(found.change) == {"new"} and len(found) == len(store.report("exposure"))
        assert "変化" in store.since("exposure", lang="ja").columns
        with pytest.raises(Refused):
            store.since("exposure", "no such scan")
    rows = report_since(Layout(scanned).store, "exposure", "previous").rows
    assert found.entity_type.tolist() == [row["entity_type"] for row in rows]


def test_an_incident_is_scoped_and_drafted(scanned: Path) -> None:
    with meibo.open(scanned) as store:
        scope = store.incident(["crm/main.customers"], known_on="2026-11-20", cause="theft")
        rows = store.query("SELECT sum(rows) AS n FROM current_part WHERE asset_id = 'crm/main.customers'").n[
            0
        ]
    assert scope.rows == rows and scope.verdict == "yes"
    assert meibo.draft(scope, "report").startswith("# 漏えい等報告書")
    assert meibo.draft(scope, lang="en") != meibo.draft(scope)


@pytest.mark.parametrize(
    "asked",
    [{}, {"assets": ["crm/*"], "cause": "gone"}, {"assets": ["crm/*"], "first": datetime(2026, 1, 1)}],
)
def test_a_question_that_asks_nothing_is_refused(scanned: Path, asked: dict[str, object]) -> None:
    with meibo.open(scanned) as store, pytest.raises(Refused) as refused:
        store.incident(known_on="2026-11-20", **asked)  # type: ignore[arg-type]
    assert refused.value.code == "incident-question"


def test_an_order_is_not_looked_up_without_the_key(scanned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MEIBO_KEY", "MEIBO_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(scanned)
    with meibo.open(scanned) as store, pytest.raises(Refused):
        store.incident(orders=["A-1"], known_on="2026-11-20")
