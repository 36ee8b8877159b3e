"""After the finding comes the decision: what it covers, when it reopens, who is told what."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.access import read_grants
from pipelines.cli.options import say_progress
from pipelines.desk.decisions import Decision, decide, decisions_file, read_decisions
from pipelines.errors import ConfigRefused, Refused
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.load import load
from pipelines.refs import Grant
from pipelines.reports.digest import digests, to_markdown
from pipelines.reports.runner import run_report
from pipelines.reports.since import report_since
from pipelines.results import AssetResult, ScanResult
from pipelines.store.database import open_writer
from pipelines.store.lock import exclusive
from pipelines.store.reader import Reader
from tests.commands import Command
from tests.pipelines.scans import KEYS, asset, examined, finding, job, not_examined, scan, typed

CUSTOMERS, LETTERS, LOCKED = asset("crm/main.customers"), asset("share/list.csv"), asset("share/locked.xlsx")
MEMO = asset("share/memo.txt")
OWNED = [{"match": "crm/*", "owner": "会員管理課"}]


def night(
    of: Job, day: int, phones: int = 100, audience: Any = "role", *, letters: bool = True
) -> ScanResult:
    """One night: a customer table of so many phone numbers, a list nobody owns, a file nobody can open."""
    assets = [
        AssetResult(
            asset=CUSTOMERS,
            fields=(typed("phone", "PHONE_NUMBER", phones), typed("name", "PERSON", 100, position=1)),
            parts=(examined(of.layout, CUSTOMERS, f"work-{phones}", rows=phones),),
        ),
        AssetResult(asset=LOCKED, parts=(not_examined(LOCKED, "file-encrypted"),)),
    ]
    if letters:
        field = typed("mail", "EMAIL_ADDRESS", 5)
        assets.append(
            AssetResult(
                asset=LETTERS, fields=(field,), parts=(examined(of.layout, LETTERS, "letters", rows=5),)
            )
        )
    access = (Grant(asset=CUSTOMERS.id, grantee="agent", via="grant", audience=audience),)
    return scan(f"scan-{day}", assets, day=day, access=access)


@pytest.fixture
def company(tmp_path: Path) -> Job:
    return job(tmp_path, assets=OWNED)


def decision(**facts: Any) -> Decision:
    given = {
        "asset": "crm/main.customers", "field": "phone", "entity_type": "PHONE_NUMBER", "state": "false_positive",
        "reason": "test numbers of the call centre", "who": "dpo",
        "decided_at": datetime(2026, 11, 20, 9, tzinfo=UTC),
    }  # fmt: skip
    return Decision.model_validate(given | facts)


def made(of: Job, **facts: Any) -> int:
    return decide(of.layout, of.keys, decision(**facts), decisions_file(of.estate, of.layout))


def triage(of: Job) -> dict[str, dict[str, Any]]:
    return {row["field"]: row for row in run_report(of.layout.store, "triage").rows}


@pytest.mark.parametrize(("lang", "said"), [("ja", "検査の途中です"), ("en", "A scan is in progress")])
def test_while_a_scan_is_in_progress_commands_say_that_they_show_the_scan_before(
    company: Job, lang: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say_progress(company.layout, lang)
    assert capsys.readouterr().err == ""
    (company.layout.state / "scan.json").write_text("{}", "utf-8")
    say_progress(company.layout, lang)
    assert said in capsys.readouterr().err


def test_without_a_decision_everything_is_new(company: Job) -> None:
    load(company, night(company, 1))
    assert {row["state"] for row in triage(company).values()} == {"new"}


def test_a_false_positive_leaves_the_reports_and_is_counted(company: Job) -> None:
    load(company, night(company, 1))
    assert made(company) == 1
    inventory = run_report(company.layout.store, "inventory")
    assert "phone" not in {row["field"] for row in inventory.rows}
    assert inventory.suppressed == 1
    assert len(run_report(company.layout.store, "inventory", everything=True).rows) == 3


def test_a_decision_about_one_place_is_met_by_its_name_whatever_signs_are_in_it(company: Job) -> None:
    listed, field = asset("share/[秘]名簿.csv"), typed("[主]mail", "EMAIL_ADDRESS", 3)
    held = AssetResult(
        asset=listed, fields=(field,), parts=(examined(company.layout, listed, "work-listed"),)
    )
    load(company, scan("scan-20", [held]))
    made = Decision(
        asset=listed.id, field=field.field, state="false_positive", reason="見本", who="太田",
        decided_at=datetime(2026, 11, 20, 3, tzinfo=UTC),
    )  # fmt: skip
    assert decide(company.layout, KEYS, made, company.layout.state / "decisions.yaml") == 1


def test_of_two_decisions_made_at_once_both_count(company: Job) -> None:
    load(company, night(company, 1))
    with ThreadPoolExecutor(2) as officers, exclusive(company.layout.lock):
        covered = [officers.submit(made, company, who=who) for who in ("dpo", "auditor")]
        # Both have begun, and wait.
        time.sleep(0.5)
        assert not any(each.done() for each in covered)
    assert [each.result() for each in covered] == [1, 1]
    with Reader(company.layout.store) as store:
        assert store.arrow("SELECT who FROM decision ORDER BY who")["who"].to_pylist() == ["auditor", "dpo"]


def test_a_decision_survives_the_next_scan(company: Job) -> None:
    load(company, night(company, 1))
    made(company)
    load(company, night(company, 2))
    row = triage(company)["phone"]
    assert (row["state"], row["reopened"], row["suppressed"]) == ("false_positive", None, True)


@pytest.mark.parametrize(
    ("then", "facts", "reopened"),
    [
        ({"phones": 101}, {}, "grew"),
        ({"phones": 101}, {"tolerance": 0.1}, None),
        ({"phones": 111}, {"tolerance": 0.1}, "grew"),
        ({"phones": 90}, {}, None),
        ({"audience": "company"}, {}, "audience-grew"),
        ({"audience": "owner"}, {}, None),
        ({}, {"state": "accepted", "until": date(2026, 11, 24)}, "expired"),
        ({}, {"state": "accepted", "until": date(2026, 11, 25)}, None),
        ({}, {"state": "repaired"}, "found-again"),
    ],
)
def test_a_decision_reopens_when_its_ground_is_gone(
    company: Job, then: dict[str, Any], facts: dict[str, Any], reopened: str | None
) -> None:
    load(company, night(company, 20))
    made(company, **facts)
    load(company, night(company, 25, **then))
    row = triage(company)["phone"]
    assert row["reopened"] == reopened
    assert row["suppressed"] == (reopened is None)


def test_a_pattern_covers_what_stood_there_when_it_was_decided_and_nothing_that_comes_later(
    company: Job,
) -> None:
    load(company, night(company, 20, letters=False))
    assert made(company, asset="*", field="*", entity_type="*") == 2
    assert report_since(company.layout.store, "inventory", "previous").rows == []
    decided = report_since(company.layout.store, "inventory", "previous", everything=True).rows
    assert [(row["change"], row["field"]) for row in decided] == [("new", "phone"), ("new", "name")]
    load(company, night(company, 25))
    rows = triage(company)
    assert {field: row["suppressed"] for field, row in rows.items()} == {
        "phone": True, "name": True, "mail": False,
    }  # fmt: skip
    assert (rows["mail"]["rows_then"], rows["mail"]["reopened"]) == (0, "came-later")
    new = report_since(company.layout.store, "inventory", "previous").rows
    assert [(row["change"], row["field"]) for row in new] == [("new", "mail")]
    load(company, night(company, 26))
    assert triage(company)["mail"]["reopened"] == "came-later"


def test_what_was_decided_stays_so_while_it_is_away_and_when_it_comes_back(company: Job) -> None:
    load(company, night(company, 20))
    made(company, asset="share/*", field="*", entity_type="*")
    load(company, night(company, 21, letters=False))
    later = datetime(2026, 11, 21, 9, tzinfo=UTC)
    made(company, asset="*", field="*", entity_type="*", state="confirmed", decided_at=later)
    load(company, night(company, 22))
    row = triage(company)["mail"]
    assert (row["state"], row["reopened"], row["rows_then"]) == ("false_positive", None, 5)


def memo(of: Job, day: int, phones: int) -> ScanResult:
    """One night: a text of one row with so many phone numbers."""
    found = [finding(0, "PHONE_NUMBER", field="text", start=at, end=at + 1) for at in range(phones)]
    part = examined(of.layout, MEMO, f"memo-{phones}", rows=1, findings=found)
    return scan(f"scan-{day}", [AssetResult(asset=MEMO, parts=(part,))], day=day)


@pytest.mark.parametrize(("then", "tolerance", "reopened"), [
    (202, 0, "grew"), (3, 0, "grew"), (3, 0.5, None), (2, 0, None), (1, 0, None),
])  # fmt: skip
def test_a_decision_about_a_text_reopens_when_more_stands_in_its_one_row(
    company: Job, then: int, tolerance: float, reopened: str | None
) -> None:
    load(company, memo(company, 20, 2))
    made(company, asset=MEMO.id, field="*", tolerance=tolerance)
    load(company, memo(company, 25, then))
    row = triage(company)["text"]
    assert (row["rows"], row["rows_then"], row["amount"], row["amount_then"]) == (1, 1, then, 2)
    assert row["reopened"] == reopened
    new = report_since(company.layout.store, "inventory", "previous").rows
    assert [row["change"] for row in new] == (["new"] if reopened else [])


def test_more_in_one_row_of_text_is_worse_than_before(company: Job) -> None:
    for day, phones in ((1, 202), (2, 302)):
        load(company, memo(company, day, phones))
    (row,) = report_since(company.layout.store, "inventory", "previous").rows
    assert (row["change"], row["before"], row["amount"], row["rows"]) == ("worsened", 202, 302, 1)


def test_a_store_of_before_amounts_were_noted_reopens_nothing_that_stayed(company: Job) -> None:
    load(company, memo(company, 20, 2))
    made(company, asset=MEMO.id, field="*")
    with open_writer(company.layout) as store:
        store.execute(
            "DROP VIEW current_triage; DROP MACRO amount_of; ALTER TABLE decided DROP COLUMN amount;"
            "DROP TABLE quasi_state"
        )
        store.execute(
            "CREATE VIEW current_triage AS SELECT 1; DELETE FROM schema_version WHERE version >= 12"
        )
    load(company, memo(company, 21, 2))
    assert triage(company)["text"]["reopened"] is None
    load(company, memo(company, 22, 3))
    assert triage(company)["text"]["reopened"] == "grew"


def test_what_people_wrote_into_the_file_covers_what_the_next_load_finds_and_nothing_later(
    company: Job,
) -> None:
    load(company, night(company, 20, letters=False))
    path = decisions_file(company.estate, company.layout)
    path.write_text(
        "- {asset: '*', state: false_positive, reason: 名簿, who: dpo, decided_at: 2026-11-01}\n", "utf-8"
    )
    load(company, night(company, 21, phones=120, letters=False))
    load(company, night(company, 22, phones=120))
    rows = triage(company)
    assert (rows["phone"]["rows_then"], rows["phone"]["suppressed"]) == (120, True)
    assert (rows["mail"]["rows_then"], rows["mail"]["suppressed"]) == (0, False)


def test_a_load_that_is_repeated_and_a_lost_writer_change_nothing_that_was_decided(company: Job) -> None:
    load(company, night(company, 20, letters=False))
    made(company, asset="*", field="*", entity_type="*")
    load(company, night(company, 21))
    known = triage(company)
    company.layout.writer.unlink()
    load(company, night(company, 21))
    assert triage(company) == known


def test_only_false_positives_and_acceptances_leave_the_reports(company: Job) -> None:
    load(company, night(company, 1))
    for state in ("confirmed", "in_repair"):
        made(company, state=state)
        assert run_report(company.layout.store, "inventory").suppressed == 0


def test_the_newest_decision_counts(company: Job) -> None:
    load(company, night(company, 1))
    made(company, field="*", entity_type="*", decided_at=datetime(2026, 11, 19, tzinfo=UTC))
    made(company, state="confirmed")
    states = {field: row["state"] for field, row in triage(company).items()}
    assert states == {"phone": "confirmed", "name": "false_positive", "mail": "new"}


def test_a_decision_that_covers_nothing_is_refused_and_changes_nothing(company: Job) -> None:
    load(company, night(company, 1))
    with pytest.raises(Refused, match="decision-covers-nothing"):
        made(company, asset="crm/main.custmers")
    assert not decisions_file(company.estate, company.layout).exists()
    assert {row["state"] for row in triage(company).values()} == {"new"}


def test_nothing_is_accepted_for_ever() -> None:
    with pytest.raises(ValueError, match="until"):
        decision(state="accepted")


def test_a_decision_is_not_written_beside_the_file_of_the_others(company: Job, tmp_path: Path) -> None:
    load(company, night(company, 1))
    of_the_estate = tmp_path / "decided.yaml"
    assert decide(company.layout, KEYS, decision(), of_the_estate) == 1
    another = decision(field="name", entity_type="PERSON")
    with pytest.raises(Refused, match="decisions-elsewhere"):
        decide(company.layout, KEYS, another, decisions_file(None, company.layout))
    assert triage(company)["phone"]["suppressed"]
    assert decide(company.layout, KEYS, another, of_the_estate) == 1


def test_people_edit_the_file_and_their_comments_stay(company: Job) -> None:
    load(company, night(company, 1))
    path = decisions_file(company.estate, company.layout)
    path.write_text(
        "# reviewed with legal\n"
        "- {asset: 'share/*', state: confirmed, reason: 名簿, who: dpo, decided_at: 2026-11-01}\n",
        "utf-8",
    )
    made(company)
    assert path.read_text("utf-8").startswith("# reviewed with legal\n- {asset")
    assert [each.state for each in read_decisions(path)] == ["confirmed", "false_positive"]
    assert triage(company)["mail"]["state"] == "confirmed"


@pytest.mark.parametrize("text", ["- {asset: x}", "- 4", "a: [", "\x00", "- {asset: x, state: fine}"])
def test_a_faulty_decisions_file_is_refused_without_its_values(tmp_path: Path, text: str) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigRefused) as refused:
        read_decisions(path)
    assert "fine" not in str(refused.value)


def test_what_is_said_twice_of_a_decision_or_a_grant_is_refused_with_both_lines(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("- asset: share/*\n  state: confirmed\n  state: accepted\n", "utf-8")
    for read in (read_decisions, read_grants):
        with pytest.raises(ConfigRefused, match="in lines 2 and 3"):
            read(path)


def test_a_name_in_a_reason_is_masked_where_it_is_kept(company: Job) -> None:
    load(company, night(company, 1))
    made(company, reason="相葉 汐里様の申し出による")
    assert "相葉" not in triage(company)["phone"]["reason"]
    (kept,) = read_decisions(decisions_file(company.estate, company.layout))
    assert "相葉" not in kept.reason and "様の申し出による" in kept.reason


def test_a_report_tells_what_is_new_worsened_and_gone_since_a_scan(company: Job) -> None:
    load(company, night(company, 1))
    load(company, night(company, 2, phones=120, letters=False))
    table = report_since(company.layout.store, "inventory", "previous")
    assert {(row["field"], row["change"], row["before"]) for row in table.rows} == {
        ("phone", "worsened", 100), ("mail", "gone", 5),
    }  # fmt: skip
    back = report_since(company.layout.store, "inventory", "2026-11-01")
    assert len(back.rows) == 2
    assert [column.name for column in table.report.columns][:2] == ["change", "before"]


def test_since_the_first_scan_everything_is_new(company: Job) -> None:
    load(company, night(company, 1))
    assert {row["change"] for row in report_since(company.layout.store, "inventory", "previous").rows} == {
        "new"
    }
    for unknown in ("scan-9", "2026-10-31", "2026-11-02"):
        with pytest.raises(Refused, match="scan-unknown"):
            report_since(company.layout.store, "inventory", unknown)
    assert not report_since(company.layout.store, "inventory", "2026-11-01").rows


def test_the_digest_tells_each_owner_its_own_and_nothing_twice(company: Job) -> None:
    load(company, night(company, 1))
    first = digests(company.layout)
    assert {each.owner for each in first.owners} == {"", "会員管理課"}
    unowned = {(line.what, line.report, line.rows) for line in first.owners[0].lines}
    assert ("not_examined", "coverage", 1) in unowned
    assert ("new", "inventory", 1) in unowned
    assert ("open", "stale", 1) in unowned  # nobody has said how long the list may be kept
    assert not [line for each in first.owners for line in each.lines if line.report == "why_access"]
    assert digests(company.layout) == first
    load(company, night(company, 2, phones=120))
    second = digests(company.layout)
    told = {(line.what, line.report) for each in second.owners for line in each.lines}
    assert ("worsened", "inventory") in told
    assert ("new", "inventory") not in told
    assert second.since == "scan-1"


def test_a_digest_for_an_owner_no_asset_has_is_refused_without_the_name(
    company: Job, command: Command
) -> None:
    load(company, night(company, 1))
    code, out, err = command("digest", "--owner", "会員管理科", "--out", company.layout.out, key=None)
    assert (code, out) == (64, "")
    assert "owner-unknown" in err and "--owner" in err
    assert "会員管理" not in err
    assert command("digest", "--owner", "会員管理課", "--out", company.layout.out, key=None)[0] == 0


def test_a_digest_for_one_owner_tells_what_was_not_examined_of_what_nobody_owns(company: Job) -> None:
    load(company, night(company, 1))
    load(company, night(company, 2))
    found = digests(company.layout, owner="会員管理課")
    told = [(each.owner, line.what, line.report, line.rows) for each in found.owners for line in each.lines]
    assert told == [("", "not_examined", "coverage", 1)]
    # The only source with assets of theirs is down: they are not told that there is nothing.
    unlisted = scan(
        "scan-3", [AssetResult(asset=LOCKED, parts=(not_examined(LOCKED, "listing-failed"),))], day=3
    )
    load(company, unlisted)
    with pytest.raises(Refused, match="owner-unknown"):
        digests(company.layout, owner="会員管理課")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_digest_is_markdown_without_values(company: Job, lang: Any) -> None:
    load(company, night(company, 1))
    text = to_markdown(digests(company.layout), lang)
    assert "report.html#inventory" in text
    assert ("## 管理者なし" if lang == "ja" else "## Nobody answers for these") in text


def test_a_snapshot_that_was_restored_by_itself_can_be_decided_about(company: Job) -> None:
    load(company, night(company, 1))
    shutil.rmtree(company.layout.state)
    assert made(company) == 1
    assert company.layout.state.stat().st_mode & 0o077 == 0
    assert triage(company)["phone"]["suppressed"]


def test_with_another_key_nothing_is_decided(company: Job) -> None:
    load(company, night(company, 1))
    path = decisions_file(None, company.layout)
    with pytest.raises(Refused, match="key-changed"):
        decide(company.layout, KeyRing(b"another secret of the tests"), decision(), path)
    assert not path.exists()


def test_the_commands_decide_compare_and_digest(
    company: Job, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(company, night(company, 1))
    out = company.layout.out
    key = KEYS.secret.decode()
    monkeypatch.chdir(out)
    code, _, err = command(
        "decide", "crm/main.customers", "--field", "phone", "--state", "accepted", "--until", "2027-01-31",
        "--reason", "在庫確認の電話", "--out", out, key=key,
    )  # fmt: skip
    assert code == 0, err
    _, shown, said = command("report", "inventory", "--out", out, "--format", "json", key=None)
    assert "phone" not in shown
    assert "1 行" in said
    assert command("report", "inventory", "--out", out, "--fail-on-new", key=None)[0] == 3
    load(company, night(company, 2))
    assert command("report", "inventory", "--out", out, "--fail-on-new", key=None)[0] == 0
    assert command("digest", "--out", out, "--format", "json", key=None)[0] == 0
    assert command("decide", "crm/*", "--state", "accepted", "--reason", "x", "--out", out, key=key)[0] == 64
