"""Backups of phones: files under their names there, with their logs; closed ones said once."""

from __future__ import annotations

import random
import tarfile
import zlib
from pathlib import Path

import pytest

from pipelines.keys import KeyRing
from pipelines.source_config import FilesSource
from pipelines.sources import Gap, Source, open_source
from tests.pipelines.phones import PHONE_IMEI, UDID, android_backup, hash_of, ios_backup
from tests.pipelines.test_sources_archives import listed, reasons, tarred, zipped
from tests.pipelines.test_sources_files import PNG, put, read, reason, root, source
from tests.pipelines.test_sources_sqlite_files import database, in_use

__all__ = ["root", "source"]

BOOK = "Library/AddressBook/AddressBook.sqlitedb"
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:山田 太郎\r\nTEL:090-1234-5678\r\nEND:VCARD\r\n".encode()
PERSONS = "CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First TEXT, Last TEXT);"


@pytest.fixture
def address_book(tmp_path: Path) -> dict[tuple[str, str], bytes]:
    """An address book whose one row is in its log alone, as in a phone that is in use."""
    path = tmp_path / "AddressBook.sqlitedb"
    with in_use(path) as connection:
        connection.executescript(f"{PERSONS} PRAGMA wal_checkpoint;")
        connection.execute("INSERT INTO ABPerson VALUES (1, '太郎', '山田')")
        connection.commit()
        return {
            ("HomeDomain", BOOK): path.read_bytes(),
            ("HomeDomain", f"{BOOK}-wal"): Path(f"{path}-wal").read_bytes(),
        }


def packed(backup: Path) -> bytes:
    names = sorted(path for path in backup.rglob("*") if path.is_file())
    return zipped({str(path.relative_to(backup.parent)): path.read_bytes() for path in names})


def test_files_of_a_backup_are_shown_by_what_they_are_and_databases_read_with_their_logs(
    root: Path, source: Source, address_book: dict[tuple[str, str], bytes]
) -> None:
    files = address_book | {
        ("HomeDomain", "Library/Preferences/a.plist"): b'<plist version="1.0"><dict/></plist>',
        ("CameraRollDomain", "Media/DCIM/100APPLE/IMG_0001.PNG"): PNG,
        ("AppDomain-jp.example.app", "Documents/export.csv"): "氏名,電話\n山田,090-1\n佐藤,090-2\n".encode(
            "cp932"
        ),
    }
    ios_backup(root / UDID, files)
    shown = {key.removeprefix(f"{UDID}/"): kind for key, kind in listed(source).items()}
    assert shown == {
        "Info.plist": "plist",
        "Manifest.plist": "plist",
        "Status.plist": "plist",
        "Manifest.db#Files": "table",
        "Manifest.db#Properties": "table",
        f"HomeDomain/{BOOK}#ABPerson": "table",
        f"HomeDomain/{BOOK}-wal": "table",
        "HomeDomain/Library/Preferences/a.plist": "plist",
        "CameraRollDomain/Media/DCIM/100APPLE/IMG_0001.PNG": "image",
        "AppDomain-jp.example.app/Documents/export.csv": "csv",
    }
    assert read(source, "#ABPerson")[0] == {"ROWID": ["1"], "First": ["太郎"], "Last": ["山田"]}
    assert read(source, "-wal") == ({}, [])


def test_names_in_paths_of_a_backup_are_masked(root: Path, source: Source) -> None:
    ios_backup(root / UDID, {("AppDomain-x", "Documents/山田太郎様_090-1234-5678.txt"): b"a"})
    assert not [each.id for each in source.assets() if "山田" in each.id or "5678" in each.id]


def test_globs_of_names_on_the_device_choose_files_of_a_backup(root: Path, key: KeyRing) -> None:
    ios_backup(root / UDID, {("MediaDomain", "Library/a.txt"): b"a", ("HomeDomain", "b.txt"): b"b"})

    def chosen(**globs: tuple[str, ...]) -> list[str]:
        config = FilesSource(kind="files", name="share", path=root, **globs)  # type: ignore[arg-type]
        return [each for each in listed(open_source(config, key)) if each.endswith(".txt")]

    assert chosen(exclude=("**/MediaDomain/**",)) == [f"{UDID}/HomeDomain/b.txt"]
    assert chosen(include=("a.txt",)) == [f"{UDID}/MediaDomain/Library/a.txt"]


def test_what_a_backup_lists_and_does_not_hold_is_told(root: Path, source: Source) -> None:
    ios_backup(root / UDID, {("HomeDomain", "a.txt"): b"a", ("HomeDomain", "b.txt"): b"b"})
    hashed = hash_of("HomeDomain", "b.txt")
    (root / UDID / hashed[:2] / hashed).unlink()
    assert Gap("file-missing") in read(source, "#Files")[1]
    assert read(source, "#Properties")[1] == []


def test_an_encrypted_backup_is_told_once_and_its_property_lists_are_read(
    root: Path, source: Source, address_book: dict[tuple[str, str], bytes]
) -> None:
    ios_backup(root / UDID, address_book, encrypted=True, **{"Phone Number": "090-1234-5678"})
    assert listed(source) == {
        f"{UDID}/Info.plist": "plist",
        f"{UDID}/Manifest.db": "unreadable",
        f"{UDID}/Manifest.plist": "plist",
        f"{UDID}/Status.plist": "plist",
    }
    assert reason(source, "Manifest.db") == "backup-encrypted"
    assert read(source, "Info.plist")[0]["Phone Number"] == ["090-1234-5678"]


def test_without_a_manifest_that_can_be_read_files_are_read_under_their_hashes(
    root: Path, source: Source
) -> None:
    ios_backup(root / UDID, {("HomeDomain", "a"): CARD})
    (root / UDID / "Manifest.db").write_bytes(b"\0" * 4096)
    hashed = hash_of("HomeDomain", "a")
    assert listed(source)[f"{UDID}/{hashed[:2]}/{hashed}"] == "vcard"
    assert reason(source, "Manifest.db") == "format-unsupported"


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_manifest_never_ends_in_anything_but_assets(root: Path, source: Source, seed: int) -> None:
    ios_backup(root / UDID, {("HomeDomain", f"{number}.txt"): b"a" for number in range(30)})
    draw = random.Random(seed)
    content = bytearray((root / UDID / "Manifest.db").read_bytes())
    for _ in range(40):
        content[draw.randrange(100, len(content))] = draw.randrange(256)
    (root / UDID / "Manifest.db").write_bytes(
        content[: draw.randrange(512, len(content))] if seed % 2 else content
    )
    read_out = [each for each in source.assets() if each.id.endswith(".txt") or "Manifest" not in each.id]
    assert len([each for each in read_out if not each.id.endswith(".plist")]) == 30
    reasons(source)


def test_a_manifest_that_leads_elsewhere_only_names(root: Path, source: Source) -> None:
    put(root, "secret.txt", "秘密")
    ios_backup(root / UDID, {("..", "/../../secret.txt"): b"a"})
    assert f"{UDID}/secret.txt" in listed(source)
    assert read(source, f"{UDID}/secret.txt")[0] == {"text": ["a"]}


@pytest.mark.parametrize("packer", [packed, None])
def test_a_packed_backup_is_read_as_an_unpacked_one(
    root: Path, source: Source, tmp_path: Path, address_book: dict[tuple[str, str], bytes], packer: object
) -> None:
    backup = ios_backup(tmp_path / UDID, address_book | {("AppDomain-x", "a.vcf"): CARD})
    files = {
        str(path.relative_to(tmp_path)): path.read_bytes() for path in backup.rglob("*") if path.is_file()
    }
    name = "a.zip" if packer else "a.tar"
    put(root, name, zipped(files) if packer else tarred(files))
    shown = {key.removeprefix(f"{name}!{UDID}/"): kind for key, kind in listed(source).items()}
    assert shown[f"HomeDomain/{BOOK}#ABPerson"] == "table" and shown["AppDomain-x/a.vcf"] == "vcard"
    assert read(source, "#ABPerson")[0]["Last"] == ["山田"]
    assert read(source, "sqlitedb-wal") == ({}, [])


def test_an_encrypted_backup_in_an_archive_is_told_once(
    root: Path, source: Source, tmp_path: Path, address_book: dict[tuple[str, str], bytes]
) -> None:
    put(root, "a.zip", packed(ios_backup(tmp_path / UDID, address_book, encrypted=True)))
    assert [key.rpartition("/")[2] for key in listed(source)] == [
        "Info.plist", "Manifest.db", "Manifest.plist", "Status.plist",
    ]  # fmt: skip
    assert reasons(source) == {f"a.zip!{UDID}/Manifest.db": "backup-encrypted"}


def test_a_device_called_by_its_own_identifier_is_told_by_the_imei_in_its_backup(
    root: Path, key: KeyRing
) -> None:
    ios_backup(root / UDID, {})
    ios_backup(root / "貸出機-03" / UDID, {}, IMEI="990000862471854")
    ios_backup(root / "0123456789abcdef0123456789abcdef01234567", {}, IMEI="")
    of = open_source(FilesSource(kind="files", name="share", path=root, devices="*"), key)
    rows = [
        batch.to_pylist()[0]
        for asset in of.assets()
        if asset.kind == "device"
        for batch in of.batches(asset)
        if not isinstance(batch, Gap)
    ]
    assert {(each["IMEI"], each["管理番号"]) for each in rows} == {
        (PHONE_IMEI, None),
        (None, "貸出機-03"),
        (None, "0123456789abcdef0123456789abcdef01234567"),
    }


@pytest.mark.parametrize("compressed", [True, False])
def test_a_backup_of_android_is_read_file_by_file(
    root: Path, source: Source, tmp_path: Path, compressed: bool
) -> None:
    with in_use(tmp_path / "x.db") as connection:
        connection.executescript(f"{PERSONS} PRAGMA wal_checkpoint;")
        connection.execute("INSERT INTO ABPerson VALUES (1, '太郎', '山田')")
        connection.commit()
        files = {
            "apps/jp.example/_manifest": b"1\njp.example\n1\n28\n",
            "apps/jp.example/db/x.db": (tmp_path / "x.db").read_bytes(),
            "apps/jp.example/db/x.db-wal": (tmp_path / "x.db-wal").read_bytes(),
            "shared/0/Download/c.vcf": CARD,
        }
    put(root, "phone.ab", android_backup(files, compressed=compressed))
    assert listed(source) == {
        "phone.ab!apps/jp.example/_manifest": "text",
        "phone.ab!apps/jp.example/db/x.db#ABPerson": "table",
        "phone.ab!apps/jp.example/db/x.db-wal": "table",
        "phone.ab!shared/0/Download/c.vcf": "vcard",
    }
    assert read(source, "#ABPerson")[0]["Last"] == ["山田"]
    assert read(source, "x.db-wal") == ({}, [])
    assert read(source, "c.vcf")[0]["氏名"] == ["山田 太郎"]


def test_a_log_in_an_archive_without_its_database_is_told(root: Path, source: Source, tmp_path: Path) -> None:
    with in_use(tmp_path / "x.db") as connection:
        connection.executescript(PERSONS)
        log = (tmp_path / "x.db-wal").read_bytes()
    put(root, "a.zip", zipped({"x.db-wal": log, "y.db": database(tmp_path / "y.db").read_bytes()}))
    assert reason(source, "x.db-wal") == "database-missing"


def test_closed_empty_and_damaged_backups_of_android_are_told_apart(root: Path, source: Source) -> None:
    put(root, "closed.ab", android_backup({"a": b"a"}, encryption="AES-256"))
    put(root, "empty.ab", android_backup({}))
    put(root, "header.ab", b"ANDROID BACKUP\n5\n1")
    noise = random.Random(1).randbytes(90_000).hex().encode()
    put(root, "torn.ab", android_backup({"a": b"a", "b.txt": noise})[:60_000])
    put(root, "broken.ab", b"ANDROID BACKUP\n5\n1\nnone\nno stream of zlib")
    told = reasons(source)
    assert told["closed.ab"] == "backup-encrypted"
    assert read(source, "empty.ab") == ({}, [])
    assert told["torn.ab!b.txt"] == "file-damaged" and "torn.ab!a" not in told
    for name in ("header", "broken"):
        assert reason(source, f"{name}.ab!{name}") == "file-damaged"


def test_a_bomb_in_a_backup_of_android_is_refused(root: Path, source: Source) -> None:
    zeros = zlib.compressobj()
    info = tarfile.TarInfo("a")
    info.size = 400 << 20
    body = (
        zeros.compress(info.tobuf())
        + b"".join(zeros.compress(bytes(1 << 20)) for _ in range(400))
        + zeros.flush()
    )
    put(root, "bomb.ab", b"ANDROID BACKUP\n5\n1\nnone\n" + body)
    assert set(reasons(source).values()) == {"too-large"}
