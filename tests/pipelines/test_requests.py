"""The register of requests: due days from the policies, overdue said, no name in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines import requests
from pipelines.errors import Refused
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.policies import load_policies
from pipelines.reports.runner import run_report
from pipelines.results import AssetResult
from tests.commands import meibo
from tests.pipelines.scans import asset, examined, job, record, scan

DAY = date(2026, 11, 1)


def add(layout: Layout, ref: str = "D-1", kind: str = "disclosure", **facts: Any) -> requests.Request:
    return requests.add(layout, load_policies(), ref, kind, DAY, **facts)


def test_a_request_is_due_by_the_policies_and_its_identity_copy_has_a_day_of_its_own(tmp_path: Path) -> None:
    layout = Layout(tmp_path).create()
    noted = add(layout, matched=["PHONE_NUMBER"], id_copy=True)
    assert (noted.due, noted.id_copy) == (date(2026, 11, 15), date(2026, 12, 1))
    closed = requests.close(layout, "D-1", date(2026, 11, 10), "granted")
    assert (closed.closed, closed.id_copy_erased) == (date(2026, 11, 10), None)
    erased = requests.close(layout, "D-1", date(2026, 11, 11), id_copy_erased=True)
    assert requests.read(layout) == [erased]
    assert (layout.state / "requests.json").stat().st_mode & 0o777 == 0o600


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    layout = Layout(tmp_path).create()
    add(layout)
    for call, code in (
        (lambda: add(layout), "request-known"),
        (lambda: add(layout, "山田太郎"), "request-invalid"),
        (lambda: add(layout, "D-2", "party"), "request-invalid"),
        (lambda: requests.close(layout, "D-9", DAY, "granted"), "request-unknown"),
        (lambda: requests.close(layout, "D-1", date(2026, 10, 1), "granted"), "request-invalid"),
        (lambda: requests.close(layout, "D-1", DAY), "request-invalid"),
    ):
        with pytest.raises(Refused) as refusal:
            call()
        assert refusal.value.code == code
    (layout.state / "requests.json").write_text("{", "utf-8")
    with pytest.raises(Refused, match="requests-unreadable"):
        requests.read(layout)


def test_the_report_has_noted_and_registered_requests_and_says_what_is_overdue(tmp_path: Path) -> None:
    work = job(tmp_path)
    add(work.layout, "D-1")
    add(work.layout, "D-2", id_copy=True)
    requests.close(work.layout, "D-2", date(2026, 11, 2), "partly")
    desk = asset("crm/requests")
    records = [
        record("request", 0, ref="R-1", moment=datetime(2026, 11, 1, 3, tzinfo=UTC), kind="開示"),
        record("request", 1, ref="R-2", moment=datetime(2026, 11, 1, 3, tzinfo=UTC),
               ended=datetime(2026, 11, 3, tzinfo=UTC)),
        record("request", 2, ref="R-3"),
    ]  # fmt: skip
    part = examined(work.layout, desk, "w", records=records)
    load(work, scan("s", [AssetResult(asset=desk, parts=(part,))]))

    def states(as_of: str) -> list[str]:
        return sorted(row["state"] for row in run_report(work.layout.store, "requests", as_of=as_of).rows)

    assert states("2026-11-10") == ["answered", "answered", "open", "open", "unreadable"]
    assert states("2026-12-05") == ["answered", "copy-overdue", "overdue", "overdue", "unreadable"]


def test_without_any_register_of_requests_the_report_says_so_and_is_not_empty(tmp_path: Path) -> None:
    work = job(tmp_path)
    load(work, scan("s", []))
    assert [row["state"] for row in run_report(work.layout.store, "requests").rows] == ["not-declared"]
    add(work.layout)
    load(work, scan("t", [], day=22))
    assert [row["state"] for row in run_report(work.layout.store, "requests").rows] == ["overdue"]


def test_a_damaged_register_stops_no_load_and_is_no_empty_one(tmp_path: Path) -> None:
    work = job(tmp_path)
    (work.layout.state / "requests.json").write_text("{", "utf-8")
    (work.layout.state / "audit.jsonl").write_text("{\n", "utf-8")
    load(work, scan("s", []))
    assert [row["state"] for row in run_report(work.layout.store, "requests").rows] == ["unreadable"]


def test_the_commands_note_list_and_close(tmp_path: Path) -> None:
    def run(*arguments: object) -> tuple[int, str]:
        done = meibo("request", *arguments, "--out", tmp_path)
        return done.returncode, done.stdout.decode()

    noted = run("add", "D-1", "--received", "2026-11-01", "--matched", "phone", "--id-copy")
    assert noted == (0, "D-1: due 2026-11-15, identity copy 2026-12-01\n")
    assert run("close", "D-1", "--outcome", "granted", "--day", "2026-11-05")[0] == 0
    assert run("list") == (0, "D-1\tdisclosure\t2026-11-01\t2026-11-15\t2026-11-05\tgranted\n")
    assert run("add", "D-1")[0] == 64
