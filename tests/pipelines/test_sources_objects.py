"""Objects of a store, from a real server over HTTP: what is listed, read, reported. Persons are invented."""

from __future__ import annotations

import gzip
import json
import logging
import os
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from pipelines.config import Estate
from pipelines.errors import NotExamined
from pipelines.keys import KeyRing
from pipelines.refs import AssetRef
from pipelines.source_config import FilesSource, ObjectsSource
from pipelines.sources import Gap, Source, find_asset, object_login, object_store, open_source
from pipelines.sources.object_login import credentials
from tests.buckets import ENVIRONMENT, HUNG_UP, Bucket, Faulty
from tests.canaries import plant_files, plant_image
from tests.pipelines.test_sources_archives import zipped

#: Keys that are no paths, and one as long as a store takes them.
ODD = (
    "a//b.txt", "/lead.txt", "//two.txt", "up/../x.txt", "../out.txt", "./dot.txt", "..", "full/", "100%20.txt",
    "sp ace+&?#.txt", "ctl\x01.txt", "か\u3099.txt", "が.txt", "b!c.txt", "back\\slash.txt", "~", "x" * 1_024,
)  # fmt: skip


def content(source: Source, asset: AssetRef) -> tuple[Any, ...]:
    """Return what an asset holds: kind, rows, gaps, and why nothing is read."""
    rows: list[Any] = []
    gaps: list[tuple[str, int]] = []
    try:
        for item in source.batches(asset):
            if isinstance(item, Gap):
                gaps.append((item.reason, item.rows))
            else:
                rows += [(name, item.column(name).to_pylist()) for name in item.schema.names]
    except NotExamined as fault:
        assert fault.place == asset.id
        return asset.kind, repr(rows), gaps, fault.code
    return asset.kind, repr(rows), gaps, ""


def contents(source: Source) -> dict[str, tuple[Any, ...]]:
    return {asset.id: content(source, asset) for asset in source.assets()}


def opened(bucket: Bucket, key: KeyRing, **more: Any) -> Source:
    return open_source(bucket.config(**more), key)


def reason(bucket: Bucket, key: KeyRing, **more: Any) -> str:
    with pytest.raises(NotExamined) as caught:
        list(opened(bucket, key, **more).assets())
    assert caught.value.place == "lake"
    return caught.value.code


@pytest.fixture
def away() -> Iterator[None]:
    """Forget, at the end, which stores did not answer."""
    yield
    object_store._away_until.clear()


# What is read


def test_every_format_reads_as_it_does_from_a_directory(bucket: Bucket, key: KeyRing, tmp_path: Path) -> None:
    share = tmp_path / "share"
    plant_files(share)
    plant_image(share / "申込書.png")
    # Beside its list an iOS backup is read as what it was on the phone; objects have nothing beside them.
    for manifest in list(share.rglob("Manifest.db")):
        shutil.rmtree(manifest.parent)
    table = pa.table({"氏名": ["山田 太郎"] * 70_000, "n": range(70_000)})
    pq.write_table(table, share / "groups.parquet", row_group_size=20_000)
    bucket.upload(share, "exports/")
    local = contents(open_source(FilesSource(kind="files", name="lake", path=share), key))
    remote = contents(opened(bucket, key, prefix="exports"))
    # A link is no object, and a log in a store lies beside no database.
    apart = {name for name in local | remote if local.get(name) != remote.get(name)}
    log, link = sorted(apart, reverse=True)
    assert (log, remote[log][3]) == ("lake/端末/torn.db-wal", "database-missing")
    assert link.endswith("様.txt") and link not in remote and local[link][3] == "file-missing"
    kinds = {kind for kind, *_ in remote.values()}
    assert kinds >= {
        "csv",
        "jsonl",
        "parquet",
        "xlsx",
        "text",
        "image",
        "table",
        "vcard",
        "icalendar",
        "plist",
    }
    assert sum("!" in name for name in remote) > 50


def test_keys_that_are_no_paths_are_read(bucket: Bucket, key: KeyRing) -> None:
    for each in ODD:
        bucket.put(each, f"本文 {each[:9]}")
    source = opened(bucket, key)
    read = {asset.locator: content(source, asset) for asset in source.assets()}
    assert {each: read[each][1:] for each in read} == {
        each: (repr([("text", [f"本文 {each[:9]}"])]), [], "") for each in ODD
    }
    ids = [asset.id for asset in source.assets()]
    assert len(set(ids)) == len(ODD) and all(id_.isprintable() for id_ in ids)
    assert {"lake/a//b.txt", "lake//lead.txt", "lake/up/../x.txt", "lake/が.txt", "lake/が.txt~2"} < set(ids)


def test_an_empty_object_that_ends_in_a_slash_is_a_directory(bucket: Bucket, key: KeyRing) -> None:
    bucket.put("a/", "")
    bucket.put("a/empty.txt", "")
    assert [asset.id for asset in opened(bucket, key).assets()] == ["lake/a/empty.txt"]


def test_a_prefix_is_read_as_a_directory_is(bucket: Bucket, key: KeyRing) -> None:
    for each in ("a/in.txt", "a/b/deep.txt", "ab/beside.txt", "top.txt"):
        bucket.put(each, "x")
    assert [asset.id for asset in opened(bucket, key, prefix="a").assets()] == [
        "lake/b/deep.txt",
        "lake/in.txt",
    ]
    chosen = opened(bucket, key, include=["**/*.txt"], exclude=["a/**"])
    assert [asset.locator for asset in chosen.assets()] == ["ab/beside.txt", "top.txt"]
    assert reason(bucket, key, include=["*.csv"]) == "nothing-included"


def test_more_objects_than_a_page_holds_are_listed(bucket: Bucket, key: KeyRing) -> None:
    for number in range(2_101):
        bucket.put(f"{number:05}.txt", "")
    with bucket.store.counted(bucket.name) as asked:
        listed = [asset.locator for asset in opened(bucket, key).assets()]
    assert listed == [f"{number:05}.txt" for number in range(2_101)]
    # Of an empty object there is nothing to fetch.
    assert asked == ["list"] * 3


def test_personal_data_in_a_key_is_masked_and_the_object_still_found(bucket: Bucket, key: KeyRing) -> None:
    bucket.put("解約/090-1234-5678.txt", "本文")
    source = opened(bucket, key)
    (asset,) = source.assets()
    assert "090-1234-5678" not in asset.id and asset.id.startswith("lake/解約/‹PHONE_NUMBER ")
    assert content(source, asset)[1:] == (repr([("text", ["本文"])]), [], "")


def test_of_a_large_file_only_the_beginning_is_fetched_to_list_it(bucket: Bucket, key: KeyRing) -> None:
    bucket.put("large.csv", "a,b\n" + "1,2\n" * 200_000)
    before = Faulty(bucket.store)
    try:
        with bucket.store.counted(bucket.name) as asked:
            (asset,) = opened(bucket, key, endpoint=before.endpoint).assets()
        assert (asset.kind, asked) == ("csv", ["list", "get large.csv"])
        assert before.sent < 70_000
    finally:
        before.stop()


def test_an_archive_is_fetched_once_for_all_that_is_in_it(
    bucket: Bucket, key: KeyRing, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(20):
            archive.writestr(f"{number:02}.txt", f"本文 {number}")
    bucket.put("a.zip", (tmp_path / "a.zip").read_bytes())
    source = opened(bucket, key)
    assets = list(source.assets())
    before = len(bucket.store.requests())
    assert [content(source, asset)[1] for asset in assets] == [
        repr([("text", [f"本文 {number}"])]) for number in range(20)
    ]
    lines = bucket.store.log.read_text("utf-8").splitlines()
    fetched = [line for line in lines if f"/{bucket.name}/a.zip" in line][-20:]
    assert len(bucket.store.requests()) - before == 20
    assert [" 304 " in line for line in fetched] == [False] + [True] * 19
    # Once it is another, it is fetched again.
    bucket.put("a.zip", b"PK\x05\x06" + bytes(18))
    assert content(source, assets[3])[3] == "file-missing"


def test_a_packed_file_is_called_as_the_object_is(bucket: Bucket, key: KeyRing, tmp_path: Path) -> None:
    bucket.put("log.csv.gz", gzip.compress(b"a,b\n1,2\n3,4\n"))
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as packed:
        (tmp_path / "in.txt").write_text("本文")
        packed.add(tmp_path / "in.txt", "in.txt")
    bucket.put("x.tgz", (tmp_path / "x.tgz").read_bytes())
    assert sorted(contents(opened(bucket, key))) == ["lake/log.csv.gz!log.csv", "lake/x.tgz!in.txt"]


def test_a_large_object_is_read_from_a_file_without_a_name(
    bucket: Bucket, key: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    bucket.put("山田太郎.csv", "a,氏名\n" + "1,山田 太郎\n" * 3_000_000)
    source = opened(bucket, key)
    (asset,) = source.assets()
    batches = source.batches(asset)
    next(batches)
    assert list(tmp_path.iterdir()) == []
    inodes = {
        os.fstat(int(each.name)).st_ino: each for each in Path("/proc/self/fd").iterdir() if each.exists()
    }
    assert any(str(each.readlink()).startswith(str(tmp_path)) for each in inodes.values())
    assert sum(item.num_rows for item in batches if isinstance(item, pa.RecordBatch)) > 2_000_000


def test_slices_of_parquet_are_those_of_a_file(bucket: Bucket, key: KeyRing, tmp_path: Path) -> None:
    path = tmp_path / "groups.parquet"
    pq.write_table(pa.table({"n": range(90_000)}), path, row_group_size=30_000)
    bucket.upload(tmp_path)
    told = []
    for source in (open_source(FilesSource(kind="files", name="s", path=tmp_path), key), opened(bucket, key)):
        (asset,) = source.assets()
        slices = source.slices(asset, None, 9)  # type: ignore[attr-defined]
        told.append([(each.digest, each.rows, sum(b.num_rows for b in each.read())) for each in slices])
    assert told[0] == told[1] and [rows for _, rows, _ in told[1]] == [30_000] * 3


def test_only_what_may_be_meant_is_fetched_to_find_one_asset(bucket: Bucket, key: KeyRing) -> None:
    for each in ("a.txt", "090-1234-5678/b.txt", "090-1234-5679/b.txt", "c.zip", "c.zip.txt"):
        bucket.put(each, "本文")
    source = opened(bucket, key)
    wanted = next(asset for asset in source.assets() if asset.locator == "090-1234-5679/b.txt")
    with bucket.store.counted(bucket.name) as asked:
        assert find_asset(source, wanted.id) == wanted
    assert asked == ["list", "get 090-1234-5679/b.txt"]
    assert find_asset(source, "lake/none.txt") is None


def test_devices_are_prefixes_and_archives(bucket: Bucket, key: KeyRing, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("in.txt", "本文")
    for each in ("phones/356938035643809/DCIM/", "phones/356938035643809/note.txt", "phones/list.csv"):
        bucket.put(each, "" if each.endswith("/") else "本文")
    bucket.put("phones/貸出機-02.zip", (tmp_path / "b.zip").read_bytes())
    source = opened(bucket, key, devices="phones/*")
    devices = [asset for asset in source.assets() if asset.kind == "device"]
    (first, second) = (next(iter(source.batches(asset))) for asset in devices)
    assert isinstance(first, pa.RecordBatch) and isinstance(second, pa.RecordBatch)
    assert first.column("IMEI").to_pylist() == ["356938035643809"]
    assert second.column("管理番号").to_pylist() == ["貸出機-02"]
    assert None not in first.column("読み出し日時").to_pylist() + second.column("読み出し日時").to_pylist()
    assert [asset.id for asset in devices][1] == "lake/phones/貸出機-02.zip#端末"
    assert "356938035643809" not in devices[0].id
    assert find_asset(source, devices[0].id) == devices[0]


# What cannot be read


def test_a_store_that_cannot_be_listed_says_why(
    bucket: Bucket, key: KeyRing, away: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("a.txt", "x")
    assert reason(bucket, key, uri="s3://no-such-bucket") == "bucket-missing"
    assert reason(bucket, key, endpoint="http://127.0.0.1:1") == "store-unreachable"
    assert reason(bucket, key, profile="nobody") == "credentials-missing"
    assert reason(bucket, key, access_key_env="NOT_SET", secret_key_env="NOT_SET") == "credentials-missing"
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False) if "KEY" in name else None
    object_login._client.cache_clear()
    assert reason(bucket, key) == "credentials-missing"


def test_without_the_client_the_source_says_what_to_install(
    bucket: Bucket, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    object_login._client.cache_clear()
    monkeypatch.setitem(sys.modules, "botocore", None)
    assert reason(bucket, key) == "objects-not-installed"


def test_a_store_that_did_not_answer_is_not_asked_for_every_object(
    bucket: Bucket, key: KeyRing, away: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "AWAY_SECONDS", 1_000.0)
    bucket.put("a.txt", "x")
    source = opened(bucket, key)
    (asset,) = source.assets()
    assert content(source, asset)[3] == ""
    monkeypatch.setattr(source._store, "_config", bucket.config(endpoint="http://127.0.0.1:1"))  # type: ignore[attr-defined]
    assert content(source, asset)[3] == "store-unreachable"
    asked: list[object] = []
    monkeypatch.setattr(object_store, "connect", asked.append)
    assert content(source, asset)[3] == "store-unreachable"
    assert asked == []


def test_objects_that_cannot_be_read_are_assets_that_say_why(bucket: Bucket, key: KeyRing) -> None:
    bucket.put("cold.txt", "本文", StorageClass="GLACIER")
    bucket.put("sealed.txt", "本文", Metadata={"x-amz-key-v2": "a key"})
    bucket.put("torn.pdf", b"%PDF-1.7\n")
    bucket.put("program", bytes(range(256)) * 9)
    bucket.put("fine.txt", "本文")
    read = contents(opened(bucket, key))
    assert {name.removeprefix("lake/"): told[3] for name, told in read.items()} == {
        "cold.txt": "object-archived",
        "sealed.txt": "object-encrypted",
        "torn.pdf": "file-damaged",
        "program": "format-unsupported",
        "fine.txt": "",
    }


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "InvalidRequest", "object-encrypted"),
        (400, "InvalidArgument", "object-encrypted"),
        (400, "KMS.DisabledException", "object-encrypted"),
        (403, "AccessDenied", "object-refused"),
        (404, "NoSuchKey", "file-missing"),
        (403, "ExpiredToken", "store-login-refused"),
        (503, "SlowDown", "store-overloaded"),
        (418, "Teapot", "store-refused"),
    ],
)
def test_what_a_store_answers_is_told_by_a_code_of_ours(
    bucket: Bucket, key: KeyRing, monkeypatch: pytest.MonkeyPatch, status: int, code: str, expected: str
) -> None:
    monkeypatch.setattr(object_login, "ATTEMPTS", 1)
    bucket.put("a.txt", "本文")
    before = Faulty(bucket.store, refused={"a.txt": (status, code)})
    try:
        source = opened(bucket, key, endpoint=before.endpoint)
        if expected == "store-login-refused":
            # No other object can be read either: the source as a whole was not examined.
            assert reason(bucket, key, endpoint=before.endpoint) == expected
        else:
            assert [told[3] for told in contents(source).values()] == [expected]
    finally:
        before.stop()


def test_an_object_that_is_never_answered_costs_no_other(bucket: Bucket, key: KeyRing) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        bucket.put(name, "本文")
    before = Faulty(bucket.store, refused={"b.txt": HUNG_UP})
    try:
        read = contents(opened(bucket, key, endpoint=before.endpoint))
        assert [told[3] for told in read.values()] == ["", "store-overloaded", ""]
    finally:
        before.stop()


def test_an_archive_that_was_not_given_while_it_was_listed_is_not_taken_for_an_empty_one(
    bucket: Bucket, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_login, "ATTEMPTS", 1)
    bucket.put("a.zip", zipped({"a.txt": b"text"}))
    before = Faulty(bucket.store, refused={"a.zip": (503, "SlowDown")})
    try:
        source = opened(bucket, key, endpoint=before.endpoint)
        (asset,) = source.assets()
        before.refused.clear()
        assert content(source, asset)[3] == "store-overloaded"
    finally:
        before.stop()


def test_an_object_that_vanished_after_it_was_listed_is_told(bucket: Bucket, key: KeyRing) -> None:
    bucket.put("a.txt", "本文")
    source = opened(bucket, key)
    (asset,) = source.assets()
    bucket.delete("a.txt")
    assert content(source, asset)[3] == "file-missing"


def test_a_connection_that_breaks_is_taken_up_where_it_broke(bucket: Bucket, key: KeyRing) -> None:
    text = "".join(f"{number},山田 太郎\n" for number in range(100_000))
    bucket.put("a.csv", f"n,氏名\n{text}")
    before = Faulty(bucket.store, breaks=3, after=200_000, longer_than=300_000)
    try:
        source = opened(bucket, key, endpoint=before.endpoint)
        (asset,) = source.assets()
        rows = sum(item.num_rows for item in source.batches(asset) if isinstance(item, pa.RecordBatch))
        assert (rows, before.breaks) == (100_000, 0)
    finally:
        before.stop()


def test_a_long_download_may_break_as_often_as_it_gets_on(
    bucket: Bucket, key: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "WORTH_IT", 100_000)
    bucket.put("a.csv", "n,氏名\n" + "1,山田 太郎\n" * 100_000)
    before = Faulty(bucket.store, breaks=6, after=200_000, longer_than=300_000)
    try:
        source = opened(bucket, key, endpoint=before.endpoint)
        (asset,) = source.assets()
        rows = sum(item.num_rows for item in source.batches(asset) if isinstance(item, pa.RecordBatch))
        assert (rows, before.breaks) == (100_000, 0)
    finally:
        before.stop()


def test_a_download_that_breaks_again_and_again_is_not_examined(bucket: Bucket, key: KeyRing) -> None:
    bucket.put("a.csv", "n,氏名\n" + "1,山田 太郎\n" * 100_000)
    before = Faulty(bucket.store, breaks=99, after=1_000, longer_than=300_000)
    try:
        (told,) = contents(opened(bucket, key, endpoint=before.endpoint)).values()
        assert told == ("csv", "[]", [], "download-broken")
    finally:
        before.stop()


def test_an_object_that_changes_while_it_is_read_is_told(bucket: Bucket, key: KeyRing) -> None:
    bucket.put("a.csv", "n,氏名\n" + "1,山田 太郎\n" * 100_000)
    put = lambda: bucket.put("a.csv", "n,氏名\n" + "2,山田 花子\n" * 100_000)  # noqa: E731
    before = Faulty(bucket.store, breaks=1, after=200_000, longer_than=300_000, then=put)
    try:
        (told,) = contents(opened(bucket, key, endpoint=before.endpoint)).values()
        assert told[3] == "changed-while-reading"
    finally:
        before.stop()


def test_nothing_of_a_key_is_logged_or_raised(
    bucket: Bucket, key: KeyRing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bucket.put("勅使河原健太郎_090-3333-4444.txt", "本文", StorageClass="GLACIER")
    source = opened(bucket, key)
    (asset,) = source.assets()
    with pytest.raises(NotExamined) as caught:
        list(source.batches(asset))
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    said = f"{caught.value} {caplog.text}"
    assert "勅使河原" not in said and "3333" not in said and "%E5%8B%85" not in said


# How it is configured


def test_credentials_come_from_where_the_estate_says(bucket: Bucket, tmp_path: Path) -> None:
    private, open_file = tmp_path / "private", tmp_path / "open"
    for path in (private, open_file):
        path.write_text("[default]\naws_access_key_id = key\naws_secret_access_key = s%c/r=t\n")
    private.chmod(0o600)
    open_file.chmod(0o644)
    extra = {"region_name": "ap-northeast-1", "endpoint_url": "http://127.0.0.1:9"}
    environ = {
        "K": "key",
        "S": "s%c/r=t",
        "AIRFLOW_CONN_LAKE": json.dumps(
            {"conn_type": "aws", "login": "key", "password": "s%c/r=t", "extra": extra}
        ),
        "AIRFLOW_CONN_URI": "aws://key:s%25c%2Fr%3Dt@/?region_name=ap-northeast-1",
        "AIRFLOW_CONN_ROLE": json.dumps({"conn_type": "aws", "extra": json.dumps({"role_arn": "x"})}),
        "AIRFLOW_CONN_BARE": json.dumps({"conn_type": "aws", "login": "key"}),
    }

    def given(**more: Any) -> tuple[str, ...] | str:
        try:
            found = credentials(bucket.config(**more), environ)
        except NotExamined as fault:
            return fault.code
        assert "s%c" not in repr(found)
        return found.key, found.secret, found.region, found.endpoint

    assert given() == ("", "", "", "")
    assert given(access_key_env="K", secret_key_env="S") == ("key", "s%c/r=t", "", "")
    assert given(credentials_file=private) == ("key", "s%c/r=t", "", "")
    assert given(airflow_connection="lake") == ("key", "s%c/r=t", "ap-northeast-1", "http://127.0.0.1:9")
    assert given(airflow_connection="uri") == ("key", "s%c/r=t", "ap-northeast-1", "")
    assert given(credentials_file=open_file) == "credentials-file-mode"
    assert given(credentials_file=tmp_path / "none") == "credentials-missing"
    assert given(access_key_env="K", secret_key_env="none") == "credentials-missing"
    assert given(airflow_connection="none") == "connection-missing"
    assert given(airflow_connection="role") == "connection-unsupported"
    assert given(airflow_connection="bare") == "credentials-missing"


@pytest.mark.parametrize(
    "wrong",
    [
        {"uri": "s3://key:secret@bucket"}, {"uri": "gs://bucket"}, {"uri": "bucket/prefix"}, {"uri": "s3://"},
        {"endpoint": "https://key:secret@host"}, {"endpoint": "host:9000"}, {"endpoint": "http://host/path"},
        {"access_key_env": "A"}, {"session_token_env": "T"}, {"secret_access_key": "in clear"},
        {"anonymous": True, "profile": "p"}, {"credentials_file": "f", "airflow_connection": "c"},
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_source_is_refused_before_anything_is_asked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        ObjectsSource.model_validate({"name": "lake", "kind": "objects", "uri": "s3://bucket"} | wrong)
    assert "secret@" not in " ".join(each["msg"] for each in caught.value.errors())


def test_bucket_and_prefix_are_taken_from_the_uri() -> None:
    def parts(uri: str) -> tuple[str, str]:
        (source,) = Estate.model_validate(
            {"sources": [{"name": "lake", "kind": "objects", "uri": uri}]}
        ).sources
        assert isinstance(source, ObjectsSource)
        return source.bucket, source.prefix

    assert parts("s3://a.bucket") == parts("s3://a.bucket/") == ("a.bucket", "")
    assert parts("s3://bucket/x/y") == parts("s3://bucket/x/y/") == ("bucket", "x/y/")
    assert parts("s3://bucket//x") == ("bucket", "/x/")
