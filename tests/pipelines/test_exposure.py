"""Who can read what: levels, the role policy, every way one by one; who gets it outside."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest

from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.load import load
from pipelines.refs import Grant
from pipelines.reports.runner import Row, run_report
from pipelines.results import AssetResult
from pipelines.source_config import FilesSource
from pipelines.sources import open_source
from pipelines.sources.acl import AccessList, parse_acl
from tests.pipelines.scans import asset, examined, job, scan, typed

POLICY = """
role_policy:
  - {grantee: agent*, entity_types: [PHONE_NUMBER], sensitivity: 1}
  - {grantee: audit, sensitivity: 5}
"""


def estate(out: Path, policy: str = "", **rule: Any) -> Job:
    out.mkdir(parents=True, exist_ok=True)
    (out / "own.yaml").write_text(policy or "notice_days: 30", "utf-8")
    return job(out / "meibo", policies=out / "own.yaml", assets=[{"match": "crm/*", **rule}])


def people(work: Job, name: str = "crm/people") -> AssetResult:
    where = asset(name)
    fields = (
        typed("name", "PERSON", 10),
        typed("phone", "PHONE_NUMBER", 10),
        typed("card", "CREDIT_CARD", 10),
    )
    return AssetResult(asset=where, fields=fields, parts=(examined(work.layout, where, name[-4:], rows=10),))


def report(work: Job, name: str) -> list[Row]:
    return run_report(work.layout.store, name).rows


def grant(grantee: str, audience: str = "role", **facts: Any) -> Grant:
    return Grant(asset="crm/people", grantee=grantee, via="grant", audience=audience, **facts)  # type: ignore[arg-type]


class TestRolePolicy:
    def test_what_a_rule_does_not_allow_is_beyond_the_policy_to_the_line(self, tmp_path: Path) -> None:
        work = estate(tmp_path, POLICY)
        readers = (grant("agent_1"), grant("audit"), grant("stranger"), grant("dba", "owner"))
        load(work, scan("s", [people(work)], access=readers))
        ways = {
            row["grantee"]: (row["state"], row["beyond"], row["rule"]) for row in report(work, "why_access")
        }
        assert ways == {
            "agent_1": ("beyond-policy", ["CREDIT_CARD", "PERSON"], "agent*"),
            "audit": ("within-policy", [], "audit"),
            "stranger": ("no-rule", [], None),
            "dba": ("within-policy", [], None),
        }
        states = {
            (row["entity_type"], row["audience"]): (row["state"], row["beyond"])
            for row in report(work, "exposure")
        }
        assert states["CREDIT_CARD", "role"] == ("beyond-policy", 1)
        assert states["PHONE_NUMBER", "role"] == ("no-rule", 0)
        assert states["PERSON", "owner"] == ("within-policy", 0)

    def test_columns_a_grant_is_limited_to_are_all_that_is_compared(self, tmp_path: Path) -> None:
        work = estate(tmp_path, POLICY)
        load(work, scan("s", [people(work)], access=(grant("agent_1", columns=("phone",)),)))
        (row,) = report(work, "why_access")
        assert (row["state"], row["entity_types"], row["columns"]) == (
            "within-policy",
            ["PHONE_NUMBER"],
            ["phone"],
        )

    def test_without_a_policy_nothing_is_called_beyond_it(self, tmp_path: Path) -> None:
        work = estate(tmp_path)
        load(work, scan("s", [people(work)], access=(grant("agent_1"),)))
        assert {row["state"] for row in report(work, "exposure")} == {"no-policy"}

    def test_an_unknown_audience_is_a_level_of_its_own(self, tmp_path: Path) -> None:
        work = estate(tmp_path, POLICY)
        load(work, scan("s", [people(work)]))
        (row,) = report(work, "why_access")
        assert (row["state"], row["audience"], row["via"]) == ("unknown", "unknown", "no-grant-known")
        assert {(row["state"], row["audience"]) for row in report(work, "exposure")} == {
            ("unknown", "unknown")
        }


@pytest.mark.parametrize(
    ("protection", "unprotected", "words"),
    [("encrypted", 0, ["encrypted"]), ("plain", 10, ["plain"]), (None, 10, ["unknown"])],
)
def test_rows_nobody_called_encrypted_count_as_unprotected(
    tmp_path: Path, protection: str | None, unprotected: int, words: list[str]
) -> None:
    work = estate(tmp_path, protection=protection)
    load(work, scan("s", [people(work)], access=(grant("agent_1"),)))
    assert {(row["unprotected"], *row["protection"]) for row in report(work, "exposure")} == {
        (unprotected, *words)
    }


class TestProvidedTo:
    def test_missing_facts_are_shown_and_entrustment_needs_no_record(self, tmp_path: Path) -> None:
        recipients = [
            {"recipient": "配信会社", "relation": "entrustee", "country": "JP", "method": "API", "basis": "契約"},
            {"recipient": "Vendor", "relation": "third_party", "country": "US", "method": "API", "basis": "契約"},
            {"recipient": "Agreed", "relation": "third_party", "country": "US", "method": "API",
             "basis": "本人同意", "record": "台帳"},
            {"recipient": "Refused", "relation": "third_party", "country": "US", "method": "API",
             "basis": "契約（本人の同意なし）", "record": "台帳"},
            {"recipient": "GmbH", "relation": "third_party", "country": "DE"},
        ]  # fmt: skip
        work = estate(tmp_path, provided_to=recipients)
        load(work, scan("s", [people(work)]))
        found = {row["recipient"]: (row["state"], row["missing"]) for row in report(work, "provided_to")}
        assert found == {
            "配信会社": ("complete", []),
            "Vendor": ("incomplete", ["record", "consent-abroad"]),
            "Agreed": ("complete", []),
            "Refused": ("incomplete", ["consent-abroad"]),
            "GmbH": ("incomplete", ["method", "basis", "record"]),
        }

    @pytest.mark.parametrize(
        ("rule", "access"),
        [
            ({"entrustee": "X社"}, ()),
            ({"country": "US"}, ()),
            ({}, (grant("upload", "entrustee"),)),
            ({}, (grant("web", "public"),)),
        ],
    )
    def test_what_leaves_the_company_without_a_word_is_not_declared(
        self, tmp_path: Path, rule: dict[str, Any], access: tuple[Grant, ...]
    ) -> None:
        work = estate(tmp_path, **rule)
        load(work, scan("s", [people(work)], access=access))
        assert [(row["state"], row["missing"]) for row in report(work, "provided_to")] == [
            ("not-declared", ["recipient"])
        ]

    def test_what_everybody_can_read_is_not_said_to_be_an_entrustees(self, tmp_path: Path) -> None:
        work = estate(tmp_path)
        access = (grant("upload", "entrustee"), grant("web", "public"))
        load(work, scan("s", [people(work)], access=access))
        assert [row["audience"] for row in report(work, "provided_to")] == ["public"]

    def test_what_stays_at_home_is_not_listed(self, tmp_path: Path) -> None:
        work = estate(tmp_path, country="JP")
        load(work, scan("s", [people(work)], access=(grant("agent_1"),)))
        assert report(work, "provided_to") == []


#: owner rw, user 4242 r, owning group r, group 4343 rw, mask as given, others nothing.
def acl(mask: int, named: int = 4) -> bytes:
    entries = [
        (0x01, 6, 0),
        (0x02, named, 4242),
        (0x04, 4, 0),
        (0x08, 6, 4343),
        (0x10, mask, 0),
        (0x20, 0, 0),
    ]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *each) for each in entries)


class TestAccessLists:
    def test_named_users_and_groups_read_as_far_as_the_mask_lets_them(self) -> None:
        assert parse_acl(acl(4)) == AccessList(True, (4242,), (4343,))
        assert parse_acl(acl(0)) == AccessList(False, (), ())
        assert parse_acl(acl(4, named=2)) == AccessList(True, (), (4343,))

    @pytest.mark.parametrize("raw", [b"", b"\x02\0\0\0abc", struct.pack("<I", 9)])
    def test_what_is_no_access_list_says_nothing(self, raw: bytes) -> None:
        assert parse_acl(raw) is None

    def test_files_tell_who_their_access_list_names(self, tmp_path: Path, key: KeyRing) -> None:
        (tmp_path / "list.csv").write_text("氏名\n山田 太郎\n", "utf-8")
        try:
            os.setxattr(tmp_path / "list.csv", "system.posix_acl_access", acl(4))
        except OSError:
            pytest.skip("no access lists on this file system")
        tmp_path.chmod(0o755)
        source = open_source(FilesSource(kind="files", name="share", path=tmp_path), key)
        (listed,) = source.assets()
        found = {(each.grantee, each.via, each.audience) for each in source.grants([listed])}
        assert {("uid 4242", "access list", "role"), ("gid 4343", "access list", "department")} <= found
        assert not [each for each in found if each[0] == "others"]


def test_the_sample_estate_shows_who_reads_beyond_the_policy_and_what_leaves(scanned: Path) -> None:
    store = scanned / "store.duckdb"
    ways = run_report(store, "why_access").rows
    beyond = {(row["asset"], row["grantee"]) for row in ways if row["state"] == "beyond-policy"}
    assert ("share/会員名簿.csv", "all_staff") in beyond
    assert ("crm/main.staff", "hr_clerk") not in beyond
    out = {
        (row["asset"], row["recipient"]): (row["state"], row["missing"])
        for row in run_report(store, "provided_to").rows
    }
    assert out["share/newsletter.tsv", "配信委託先（見本）"] == ("complete", [])
    assert out["keeping/main.app_accounts", "利用解析事業者（見本）"] == (
        "incomplete", ["basis", "record", "consent-abroad"]
    )  # fmt: skip
