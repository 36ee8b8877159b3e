"""Nights over a bucket of a real server: what a night costs, what one leaves that cannot read all. Invented."""

from __future__ import annotations

import json
import logging
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import Estate
from pipelines.desk.reread import reread
from pipelines.extract import extract
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.plan import Manifest, plan, read
from pipelines.scan import scan
from pipelines.sources import object_login, object_store
from pipelines.store.reader import Reader
from pipelines.summary import Summary
from tests.buckets import ENVIRONMENT, Bucket, Faulty, Store
from tests.canaries import MAILS, NAMES, PHONES, leaks, rows
from tests.commands import Command
from tests.stores import tables

MEMO = "id,メモ,電話\n1,担当の山田 太郎様 080-1234-5678,090-1111-2222\n2,,090-1111-2223\n"
NOTE = "鈴木 花子様 電話 03-1234-5670\n"


@pytest.fixture(autouse=True)
def no_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page shows what is in the store; stores that did not answer are asked again by the next test."""
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)
    yield
    object_store._away_until.clear()
    object_login._client.cache_clear()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A server that may be stopped."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    server = Store(tmp_path / "own.log")
    yield server
    server.stop()


def job(out: Path, key: KeyRing, *sources: dict[str, Any]) -> Job:
    return Job(Estate.model_validate({"sources": sources}), Layout(out).create(), key)


def night(on: Job, **how: Any) -> Summary:
    return scan(on, workers=1, **how)


def current(on: Job) -> dict[str, str]:
    """Return of every asset why it was not examined tonight, "" where it was."""
    with Reader(on.layout.store) as store:
        parts = store.arrow("SELECT asset_id, reason FROM current_part").to_pylist()
    return {row["asset_id"]: row["reason"] or "" for row in parts}


def findings(on: Job) -> int:
    with Reader(on.layout.store) as store:
        return int(store.arrow("SELECT count(*) AS n FROM current_finding")["n"][0].as_py())


def filled(bucket: Bucket) -> Bucket:
    bucket.put("memo.csv", MEMO)
    bucket.put("2026/note.txt", NOTE)
    return bucket


def test_a_scan_of_objects_leaves_what_one_of_the_same_files_leaves(
    bucket: Bucket, key: KeyRing, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    for path, text in (("memo.csv", MEMO), ("2026/note.txt", NOTE), ("broken.csv", "a,b\n1,2\n1\n1,2,3\n")):
        (share / path).parent.mkdir(parents=True, exist_ok=True)
        (share / path).write_text(text, "utf-8")
    bucket.upload(share)
    remote = job(tmp_path / "remote", key, bucket.told(name="share"))
    local = job(tmp_path / "local", key, {"name": "share", "kind": "files", "path": str(share)})
    night(remote)
    night(local)
    one, other = tables(remote.layout.store), tables(local.layout.store)
    for name in ("asset", "part", "field", "finding", "value_key"):
        assert one[name] == other[name] != []
    # Who can read is known of files alone.
    assert one["access"] == [] != other["access"]


def test_what_objects_hold_may_be_listed_by_another_process(
    bucket: Bucket, key: KeyRing, tmp_path: Path
) -> None:
    """As it is after one killed who listed it: what was fetched has no name but the one this process gives it."""
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as packed:
        packed.writestr("memo.csv", MEMO)
    filled(bucket).put("old.zip", (tmp_path / "old.zip").read_bytes())
    here, apart = (job(tmp_path / out, key, bucket.told()) for out in ("here", "apart"))
    apart.layout.listing.touch()
    night(here)
    night(apart)
    assert current(apart) == current(here) and len(current(here)) == 3
    assert not apart.layout.listing.exists()


def test_an_unchanged_night_lists_and_fetches_nothing(bucket: Bucket, key: KeyRing, tmp_path: Path) -> None:
    on = job(tmp_path / "out", key, filled(bucket).told())
    night(on)
    before = tables(on.layout.store)
    with bucket.store.counted(bucket.name) as asked:
        again = night(on)
    assert asked == ["list"]
    assert [(each.parts, each.reused) for each in again.sources] == [(2, 2)]
    after = tables(on.layout.store)
    for name in ("finding", "value_key", "part"):
        assert after[name] == before[name]


def test_what_changed_is_read_again_and_what_was_deleted_is_gone(
    bucket: Bucket, key: KeyRing, tmp_path: Path
) -> None:
    on = job(tmp_path / "out", key, filled(bucket).told())
    night(on)
    # As long as before, and written in the same second perhaps: its tag is another.
    bucket.put("2026/note.txt", NOTE.replace("5670", "5671"))
    with bucket.store.counted(bucket.name) as asked:
        night(on)
    assert asked == ["list", "get 2026/note.txt", "get 2026/note.txt"]
    changed = findings(on)
    bucket.delete("2026/note.txt")
    night(on)
    assert current(on) == {"lake/memo.csv": ""}
    assert 0 < findings(on) < changed


def test_while_the_store_is_away_what_was_found_stays(own: Store, key: KeyRing, tmp_path: Path) -> None:
    bucket = filled(Bucket(own, "nightly"))
    on = job(tmp_path / "out", key, bucket.told())
    night(on)
    before = findings(on)
    own.stop()
    summary = night(on)
    assert current(on) == {
        "lake": "store-unreachable",
        "lake/2026/note.txt": "store-unreachable",
        "lake/memo.csv": "store-unreachable",
    }
    assert findings(on) == before > 0 and summary.not_examined > 0


def test_a_store_that_goes_away_between_listing_and_reading_costs_what_was_new(
    own: Store, key: KeyRing, tmp_path: Path
) -> None:
    bucket = filled(Bucket(own, "nightly"))
    on = job(tmp_path / "out", key, bucket.told())
    night(on)
    before = findings(on)
    bucket.put("2026/note.txt", NOTE * 2)
    planned = plan(on)
    own.stop()
    (asset,) = read(on.layout, planned, Manifest).assets(on.layout)
    (part,) = extract(on, asset)
    assert (part.status, part.reason) == ("not_examined", "store-unreachable")
    night(on)
    assert findings(on) == before


def test_of_a_listing_that_breaks_off_what_was_listed_is_read_and_the_rest_stays(
    bucket: Bucket, key: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "PAGE", 2)
    for number in range(4):
        bucket.put(f"{number}.txt", f"鈴木 花子様 電話 03-1234-567{number}\n")
    before = Faulty(bucket.store)
    try:
        on = job(tmp_path / "out", key, bucket.told(endpoint=before.endpoint))
        night(on)
        found = findings(on)
        bucket.put("0.txt", "電話 03-1234-5674\n")
        before.refused["…"] = 503, "SlowDown"
        night(on)
        away = "store-overloaded"
        assert current(on) == {
            "lake": away, "lake/0.txt": "", "lake/1.txt": "", "lake/2.txt": away, "lake/3.txt": away
        }  # fmt: skip
        # One name less: what stands behind the break is counted on.
        assert findings(on) == found - 1
        before.refused.clear()
        night(on)
        assert set(current(on).values()) == {""}
    finally:
        before.stop()


def test_a_bucket_that_is_empty_of_a_sudden_is_not_believed_unless_it_may_be(
    bucket: Bucket, key: KeyRing, tmp_path: Path
) -> None:
    on = job(tmp_path / "out", key, filled(bucket).told())
    night(on)
    before = findings(on)
    bucket.delete("memo.csv")
    bucket.delete("2026/note.txt")
    night(on)
    assert set(current(on).values()) == {"source-emptied"} and findings(on) == before
    believed = job(tmp_path / "out", key, bucket.told(may_be_empty=True))
    night(believed)
    assert current(believed) == {} and findings(believed) == 0


def test_a_prefix_below_which_nothing_lies_is_not_examined_unless_it_may_be_empty(
    bucket: Bucket, key: KeyRing, tmp_path: Path
) -> None:
    mistyped = filled(bucket).told("2026-typo")
    on = job(tmp_path / "out", key, mistyped)
    night(on)
    assert current(on) == {"lake": "prefix-missing"}
    night(on, confirm_empty=("lake",))
    assert current(on) == {}
    believed = job(tmp_path / "out", key, {**mistyped, "may_be_empty": True})
    night(believed)
    assert current(believed) == {}


def test_devices_in_a_bucket_are_known_to_the_reports(bucket: Bucket, key: KeyRing, tmp_path: Path) -> None:
    bucket.put("貸出機-01/DCIM/note.txt", NOTE)
    bucket.put("貸出機-02/", "")
    on = job(tmp_path / "out", key, bucket.told(devices="*"))
    night(on)
    with Reader(on.layout.store) as store:
        assets = store.arrow("SELECT asset_id, kind, device FROM current_asset ORDER BY 1").to_pylist()
    assert [tuple(row.values()) for row in assets] == [
        ("lake/貸出機-01#端末", "device", "lake/貸出機-01"),
        ("lake/貸出機-01/DCIM/note.txt", "text", "lake/貸出機-01"),
        ("lake/貸出機-02#端末", "device", "lake/貸出機-02"),
    ]
    with bucket.store.counted(bucket.name) as asked:
        night(on)
    assert asked == ["list"]


def test_an_object_in_an_archive_tier_is_tried_again_every_night(
    bucket: Bucket, key: KeyRing, tmp_path: Path
) -> None:
    bucket.put("cold.txt", NOTE, StorageClass="DEEP_ARCHIVE")
    on = job(tmp_path / "out", key, bucket.told())
    night(on)
    assert current(on) == {"lake/cold.txt": "object-archived"}
    with bucket.store.counted(bucket.name) as asked:
        night(on)
    assert asked == ["list", "get cold.txt", "get cold.txt"]


def test_a_wrong_secret_and_a_key_without_rights_are_refused_logins(
    own: Store, key: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = filled(Bucket(own, "guarded"))
    right, powerless = _users(own, bucket.name)

    def reason(access_key: str, secret: str) -> dict[str, str]:
        monkeypatch.setenv("LAKE_KEY", access_key)
        monkeypatch.setenv("LAKE_SECRET", secret)
        told = bucket.told(access_key_env="LAKE_KEY", secret_key_env="LAKE_SECRET")
        on = job(tmp_path / f"{access_key}{len(secret)}", key, told)
        night(on)
        return current(on)

    assert set(reason(*right).values()) == {""}
    assert reason(right[0], "a wrong secret") == {"lake": "store-login-refused"}
    assert reason("AKIANOBODYKNOWSTHIS0", right[1]) == {"lake": "store-login-refused"}
    assert reason(*powerless) == {"lake": "store-login-refused"}


def _users(server: Store, bucket: str) -> list[tuple[str, str]]:
    """Make one user who may read a bucket and one who may nothing; from here on the server asks for rights."""
    import botocore.session

    iam = botocore.session.Session().create_client(
        "iam", region_name="us-east-1", endpoint_url=server.endpoint
    )
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}*"}
    keys = []
    for name in ("reader", "powerless"):
        iam.create_user(UserName=name)
        if name == "reader":
            document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
            iam.put_user_policy(UserName=name, PolicyName="read", PolicyDocument=document)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        keys.append((made["AccessKeyId"], made["SecretAccessKey"]))
    asked = urllib.request.Request(
        f"{server.endpoint}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}
    )
    urllib.request.urlopen(asked).close()
    return keys


def test_a_value_in_an_object_is_shown_from_where_it_lies(
    bucket: Bucket, key: KeyRing, tmp_path: Path
) -> None:
    on = job(tmp_path / "out", key, filled(bucket).told())
    night(on)
    with bucket.store.counted(bucket.name) as asked:
        shown = dict(reread(on, "lake/2026/note.txt", {0: {"text": None}}))
    assert [cell.text for cell in shown.values()] == [NOTE]
    # No other object is asked for.
    assert asked == ["list", "get 2026/note.txt", "get 2026/note.txt"]


def test_the_command_line_scans_and_shows_objects(bucket: Bucket, tmp_path: Path, command: Command) -> None:
    estate, out = tmp_path / "estate.json", tmp_path / "out"
    estate.write_text(json.dumps({"sources": [filled(bucket).told()]}))
    scanned = "scan", "--estate", estate, "--out", out, "--workers", 2
    assert command(*scanned)[0] == 0
    code, shown, _ = command(
        "subject",
        "--phone",
        "090-1111-2222",
        "--estate",
        estate,
        "--out",
        out,
        "--reveal",
        "--reason",
        "test",
    )
    assert code in (0, 2) and "090-1111-2222" in shown
    bucket.put("cold.txt", NOTE, StorageClass="GLACIER")
    code, printed, _ = command(*scanned)
    assert code == 3
    code, printed, _ = command("report", "coverage", "--out", out, "--format", "json")
    assert "object-archived" in printed or "アーカイブ" in printed


def test_personal_data_in_keys_is_nowhere_in_what_a_scan_leaves(
    bucket: Bucket,
    tmp_path: Path,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    table = "\n".join(map(",".join, rows()))
    for number in range(5):
        bucket.put(f"{NAMES[number]}様/TEL_{PHONES[number]}/{MAILS[number]}.csv", table)
    bucket.put(f"{NAMES[7]}様.zip", b"PK\x03\x04" + table.encode())
    bucket.put(f"/{NAMES[8]}様//../{PHONES[8]}", table)
    bucket.put(f"{NAMES[9]}様_{PHONES[9]}.txt", table, StorageClass="GLACIER")
    # Large enough to lie on the disk while it is read.
    bucket.put(f"{NAMES[10]}様.png", b"\x89PNG\r\n\x1a\n" + table.encode() * 6_000)
    estate, out = tmp_path / "estate.json", tmp_path / "out"
    lost = {**bucket.told(name="lost"), "uri": f"s3://{bucket.name}-none/{PHONES[11]}"}
    estate.write_text(json.dumps({"sources": [bucket.told(), lost]}))
    scanned = "scan", "--estate", estate, "--out", out, "--full"
    code, *said = command(*scanned, "--workers", 2)
    assert code == 3
    with caplog.at_level(logging.DEBUG):
        code, *more = command(*scanned, "--workers", 1)
    assert code == 3
    assert leaks([out, temporary], [text.encode() for text in (*said, *more, caplog.text)]) == []
    assert list(temporary.iterdir()) == []
