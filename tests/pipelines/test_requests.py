"""The register of requests: due days from the policies, overdue said, no name in it."""

from __future__ import annotations

import json
import multiprocessing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.desk import requests
from pipelines.errors import Refused
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.policies import load_policies
from pipelines.reports.runner import run_report
from pipelines.results import AssetResult
from tests.commands import Command
from tests.pipelines.incidents import report, said, short_keys
from tests.pipelines.incidents import store as registered
from tests.pipelines.people import store as stored
from tests.pipelines.scans import KEYS, asset, examined, job, record, scan

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


def test_requests_noted_at_once_are_all_kept(tmp_path: Path) -> None:
    context, layout = multiprocessing.get_context("fork"), Layout(tmp_path / "new")
    desks = [context.Process(target=_note_ten, args=(layout, desk)) for desk in range(4)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join(60)
    assert {each.ref for each in requests.read(layout)} == {f"D-{n}" for n in range(40)}
    assert all(each.outcome == "granted" and each.matched for each in requests.read(layout))


def _note_ten(layout: Layout, desk: int) -> None:
    for number in range(10):
        ref = f"D-{desk * 10 + number}"
        add(layout, ref)
        requests.checked(layout, ref, ["PERSON"])
        requests.close(layout, ref, DAY, "granted")


def test_a_request_nobody_noted_leaves_no_register(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="request-unknown"):
        requests.close(Layout(tmp_path / "typo"), "D-1", DAY, "granted")
    assert not (tmp_path / "typo").exists()


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    layout = Layout(tmp_path).create()
    add(layout)
    for call, code in (
        (lambda: add(layout), "request-known"),
        (lambda: add(layout, "山田太郎"), "request-invalid"),
        (lambda: add(layout, "080-7351-9264"), "request-invalid"),
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

    assert states("2026-11-10") == ["answered", "open", "open", "unchecked", "unreadable"]
    assert states("2026-12-05") == ["answered", "copy-overdue", "overdue", "overdue", "unreadable"]


def test_without_any_register_of_requests_the_report_says_so_and_is_not_empty(tmp_path: Path) -> None:
    work = job(tmp_path)
    load(work, scan("s", []))
    assert [row["state"] for row in run_report(work.layout.store, "requests").rows] == ["not-declared"]
    add(work.layout)
    # At once, without another scan.
    assert [row["state"] for row in run_report(work.layout.store, "requests").rows] == ["overdue"]


def test_a_copy_of_an_identity_document_has_its_own_day_in_a_register_too(tmp_path: Path) -> None:
    received = datetime(2026, 11, 1, 3, tzinfo=UTC)
    gone = {"ended": datetime(2026, 11, 9, tzinfo=UTC)}
    store = registered(
        tmp_path,
        request=[
            {"ref": ref, "moment": received, "ended": received, "verified": ref != "R-4", "status": status}
            for ref, status in (("R-1", "応じた"), ("R-2", "応じた"), ("R-3", "応じた"), ("R-4", "不開示"))
        ],
        id_copy=[
            {"ref": "R-1", "moment": received, **gone},
            {"ref": "R-2", "moment": received},
            {"ref": "R-3", "moment": received, **gone}, {"ref": "R-3", "due": datetime(2026, 12, 4, tzinfo=UTC)},
            {"ref": "R-9", "moment": received},
        ],
    )  # fmt: skip
    rows = report(store, "requests", as_of="2026-12-03")
    assert sorted(said(rows, "state", "kind", "id_copy", "id_copy_erased"), key=str) == [
        ("answered", None, None, None),
        ("answered", None, date(2026, 12, 1), date(2026, 11, 9)),
        ("answered", None, date(2026, 12, 4), None),
        ("copy-overdue", "id_copy", date(2026, 12, 1), None),
        ("copy-overdue", None, date(2026, 12, 1), None),
    ]


def test_an_answer_that_is_yet_to_come_and_an_identity_check_nobody_noted_are_none(tmp_path: Path) -> None:
    received = datetime(2026, 11, 1, 3, tzinfo=UTC)
    done = {"moment": received, "ended": received, "status": "応じた"}
    store = registered(
        tmp_path,
        roles={
            "request": ("ref", "moment", "ended", "status", "verified"),
            "id_copy": ("ref", "moment", "ended"),
        },
        request=[
            {"ref": "R-1", **done, "verified": True},
            {"ref": "R-2", **done, "verified": True, "ended": datetime(2062, 11, 9, tzinfo=UTC)},
            {"ref": "R-3", **done},
            {"ref": "R-4", **done, "unread": ["verified"]},
        ],
        id_copy=[{"ref": "R-1", "moment": received, "ended": datetime(2062, 11, 9, tzinfo=UTC)}],
    )
    rows = {row["ref"]: row for row in report(store, "requests", as_of="2026-12-03")}
    first, second, third, fourth = (
        rows[f"k:{KEYS.value_key('PERSONAL_ID', f'R-{number}').hex()[:12]}"] for number in (1, 2, 3, 4)
    )
    assert (first["state"], first["id_copy_erased"]) == ("copy-overdue", None)
    assert (second["state"], second["closed"], second["days_over"]) == ("overdue", None, 18)
    assert (third["state"], fourth["state"]) == ("unchecked", "unreadable")


def test_who_asks_is_compared_with_what_is_held_and_no_value_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [
        {"id": "M-1", "name": "山田 太郎", "phone": "090-1234-5678", "born": "1980-01-02"},
        {"id": "M-2", "name": "山田 太郎", "phone": "090-9876-5432", "born": "1990-03-04"},
    ]
    work = job(tmp_path)
    stored(work, {"crm/customers": people})
    add(work.layout)
    monkeypatch.setenv("MEIBO_KEY", KEYS.secret.decode())

    def check(**given: str) -> tuple[int, list[str]]:
        asked = [word for kind, value in given.items() for word in (f"--{kind}", value)]
        done = CliRunner().invoke(app, ["request", "check", "D-1", *asked, "--out", str(tmp_path)])
        assert "1980" not in done.output
        return done.exit_code, list(requests.read(work.layout)[0].matched)

    assert check(name="山田太郎") == (2, [])
    assert check(name="鈴木花子") == (1, [])
    assert check(name="山田太郎", phone="03-1111-2222", member="M-1") == (2, ["PERSON", "PERSONAL_ID"])
    assert check(member="m-1", born="昭和55年1月2日") == (0, ["PERSON", "PERSONAL_ID", "DATE_OF_BIRTH"])
    assert "1980" not in (work.layout.state / "requests.json").read_text("utf-8")


def test_every_value_an_asker_gave_has_to_lead_to_the_same_person(tmp_path: Path, command: Command) -> None:
    people = [
        {"id": "M-1", "name": "山田 太郎", "phone": "090-1234-5678"},
        {"id": "M-2", "name": "鈴木 花子", "phone": "090-9876-5432"},
    ]
    work = job(tmp_path)
    stored(work, {"crm/customers": people, "crm/again": people[:1]})
    add(work.layout)

    def check(*given: str) -> tuple[int, str]:
        words = ("request", "check", "D-1", *given, "--out", tmp_path)
        code, printed, err = command(*words, key=KEYS.secret.decode())
        assert not any(number in printed + err for number in ("080", "090", "M-1", "山田"))
        return code, printed

    right, name = ("--phone", "090-1234-5678"), ("--name", "山田太郎")
    for wrong in ("080-9999-9999", "090-9876-5432"):
        said = check(*right, "--phone", wrong, *name, "--member", "M-1")
        assert said == (2, "D-1: 1 may be meant, name, member agrees, phone does not\n")
        assert requests.read(work.layout)[0].matched == ("PERSON", "PERSONAL_ID")
    assert check(*right, "--phone", "03-1111-2222") == (
        2,
        "D-1: 1 may be meant, nothing agrees, phone does not\n",
    )
    assert check(*right, "--phone", "09012345678", *name) == (
        0,
        "D-1: 1 may be meant, name, phone agrees\n",
    )


def test_the_sample_estate_gives_its_truth(scanned: Path, estate: Path) -> None:
    truth = json.loads((estate / "truth.json").read_text("utf-8"))["incidents"]["requests"]
    rows = report(scanned / "store.duckdb", "requests")
    expected = [each.split() for each in truth["keys"]]
    assert sorted(said(rows, "state", "ref")) == sorted(
        (state, *short_keys([ref])) for state, ref in expected
    )
    assert len(rows) == truth["rows"]


def test_a_damaged_register_stops_no_load_and_is_no_empty_one(tmp_path: Path) -> None:
    work = job(tmp_path)
    (work.layout.state / "requests.json").write_text("{", "utf-8")
    (work.layout.state / "audit.jsonl").write_text("{\n", "utf-8")
    load(work, scan("s", []))
    assert [row["state"] for row in run_report(work.layout.store, "requests").rows] == ["unreadable"]


def test_the_commands_note_list_and_close(tmp_path: Path, command: Command) -> None:
    def run(*arguments: object) -> tuple[int, str]:
        return command("request", *arguments, "--out", tmp_path)[:2]

    noted = run("add", "D-1", "--received", "2020-11-01", "--matched", "phone", "--id-copy")
    assert noted == (0, "D-1: due 2020-11-15, identity copy 2020-12-01\n")
    assert run("close", "D-1", "--outcome", "granted", "--day", "2020-11-05")[0] == 0
    assert run("list") == (0, "D-1\tdisclosure\t2020-11-01\t2020-11-15\t2020-11-05\tgranted\n")
    assert run("add", "D-1")[0] == 64
    assert run("add", "D-2", "--received", "2999-11-01")[0] == 64
    assert run("close", "D-1", "--id-copy-erased", "--day", "2999-11-05")[0] == 64
    assert run("list")[1].count("\n") == 1
