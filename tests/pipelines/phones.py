"""What phones, and the tools that read them out, write: backups, and what apps keep in cells."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import plistlib
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from plistlib import UID
from typing import Any

UDID = "00008030-001A35E11A88002E"
PHONE_IMEI = "355674109900117"


def hash_of(domain: str, relative: str) -> str:
    return hashlib.sha1(f"{domain}-{relative}".encode()).hexdigest()


def keyed(root: Mapping[str, Any], kind: str) -> bytes:
    """Archive one object as NSKeyedArchiver does: strings are objects of their own, referred to by number."""
    objects: list[Any] = ["$null", {}]
    whole: dict[str, Any] = {}
    for name, value in root.items():
        if isinstance(value, str):
            objects.append(value)
            whole[name] = UID(len(objects) - 1)
        else:
            whole[name] = value
    objects.append({"$classname": kind, "$classes": [kind, "NSObject"]})
    objects[1] = {**whole, "$class": UID(len(objects) - 1)}
    archive = {
        "$version": 100_000, "$archiver": "NSKeyedArchiver", "$top": {"root": UID(1)}, "$objects": objects,
    }  # fmt: skip
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


def ios_backup(
    directory: Path, files: Mapping[tuple[str, str], bytes], *, encrypted: bool = False, **info: str
) -> Path:
    """Write a backup as Finder does; an encrypted one holds nothing readable but its property lists."""
    directory.mkdir(parents=True, exist_ok=True)
    about = {
        "Device Name": "iPhone",
        "IMEI": PHONE_IMEI,
        "Product Type": "iPhone12,1",
        "Target Type": "Device",
    }
    (directory / "Info.plist").write_bytes(plistlib.dumps({**about, **info}))
    status = {"BackupState": "new", "IsFullBackup": True, "SnapshotState": "finished", "Version": "3.3"}
    (directory / "Status.plist").write_bytes(plistlib.dumps(status, fmt=plistlib.FMT_BINARY))
    manifest = {"IsEncrypted": encrypted, "Version": "10.0", "WasPasscodeSet": True, "Lockdown": {}}
    (directory / "Manifest.plist").write_bytes(plistlib.dumps(manifest, fmt=plistlib.FMT_BINARY))
    database = directory / "Manifest.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(
            """
            CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
            CREATE INDEX FilesDomainIdx ON Files(domain);
            CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);
            """
        )
        for (domain, relative), content in files.items():
            hashed = hash_of(domain, relative)
            told = keyed({"RelativePath": relative, "Size": len(content), "Mode": 0o100644}, "MBFile")
            connection.execute("INSERT INTO Files VALUES (?, ?, ?, 1, ?)", (hashed, domain, relative, told))
            place = directory / hashed[:2] / hashed
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(_closed(content) if encrypted else content)
        folder = hash_of("HomeDomain", "Library")
        connection.execute("INSERT INTO Files VALUES (?, 'HomeDomain', 'Library', 2, NULL)", (folder,))
        connection.commit()
    if encrypted:
        database.write_bytes(_closed(database.read_bytes()))
    return directory


def android_backup(files: Mapping[str, bytes], *, compressed: bool = True, encryption: str = "none") -> bytes:
    """Write a backup as ``adb backup`` does."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    body = data.getvalue() if files else b""
    return f"ANDROID BACKUP\n5\n{int(compressed)}\n{encryption}\n".encode() + (
        zlib.compress(body) if compressed else body
    )


def attributed_body(text: str, mentioned: str = "") -> bytes:
    """Write a message as ``sms.db`` keeps it (column attributedBody): NSAttributedString as a typedstream."""
    said = _string(text)
    length = _integer(len(text))
    attribute, value = _string("__kIMMentionConfirmedMention"), _string(mentioned)
    part, number = (
        _string("__kIMMessagePartAttributeName"),
        b"\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00",
    )
    more = b"\x92\x84\x96\x96" + attribute + b"\x86\x92\x84\x96\x96" + value + b"\x86" if mentioned else b""
    return (
        b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00"
        + b"\x85\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+" + said + b"\x86\x84\x02iI\x01" + length
        + b"\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i" + (b"\x02" if mentioned else b"\x01") + more
        + b"\x92\x84\x96\x96" + part + b"\x86" + number + b"\x94\x84\x01*\x84\x99\x99\x00\x86\x86\x86"
    )  # fmt: skip


def _string(text: str) -> bytes:
    return _integer(len(text.encode())) + text.encode()


def _integer(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else b"\x81" + number.to_bytes(2, "little")


def apple_note(text: str) -> bytes:
    """Write a note as ``NoteStore.sqlite`` keeps it (ZICNOTEDATA.ZDATA): a gzipped message of messages."""
    note = field(2, text.encode()) + field(3, field(1, b"\x08\x00") + field(5, bytes(range(128, 144))))
    return gzip.compress(field(2, b"\x08\x00\x10\x00" + field(3, note)), mtime=0)


def field(number: int, value: bytes) -> bytes:
    """Write a field of a protocol buffer that holds bytes."""
    size, length = len(value), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + value


def _closed(content: bytes) -> bytes:
    """Bytes as a cipher leaves them."""
    stream = b"".join(
        hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(len(content) // 32 + 1)
    )
    return bytes(one ^ other for one, other in zip(content, stream, strict=False))


#: Tables as apps make them, and rows. Sources: queries of iLEAPP, ALEAPP and MVT; Chromium.
APPS: dict[str, tuple[tuple[str, tuple[tuple[Any, ...], ...]], ...]] = {
    "HomeDomain/Library/CallHistoryDB/CallHistory.storedata": (
        (
            "ZCALLRECORD (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZDURATION FLOAT, ZDATE TIMESTAMP, "
            "ZADDRESS BLOB, ZNAME VARCHAR, ZISO_COUNTRY_CODE VARCHAR)",
            ((1, 2, 31.5, 700000000.25, b"+819012345601", "山田 太郎", "jp"),),
        ),
    ),
    "com.android.providers.contacts/databases/calllog.db": (
        (
            "calls (_id INTEGER PRIMARY KEY, number TEXT, date INTEGER, duration INTEGER, type INTEGER, "
            "name TEXT, geocoded_location TEXT)",
            ((1, "09012345602", 1760000000000, 12, 1, "佐藤 花子", "日本"),),
        ),
    ),
    "HomeDomain/Library/SMS/sms.db": (
        (
            "message (ROWID INTEGER PRIMARY KEY, guid TEXT, text TEXT, handle_id INTEGER, attributedBody BLOB)",
            ((1, "a", None, 1, attributed_body("渡辺健太さんの携帯は090-1234-5603です")),),
        ),
        ("handle (ROWID INTEGER PRIMARY KEY, id TEXT, service TEXT)", ((1, "+819012345604", "iMessage"),)),
    ),
    "com.android.providers.telephony/databases/mmssms.db": (
        (
            "sms (_id INTEGER PRIMARY KEY, thread_id INTEGER, address TEXT, date INTEGER, body TEXT)",
            ((1, 1, "09012345605", 1760000000000, "伊藤翔太様、ご予約を承りました"),),
        ),
        (
            "part (_id INTEGER PRIMARY KEY, mid INTEGER, ct TEXT, text TEXT)",
            ((1, 1, "text/plain", "加藤美咲さん"),),
        ),
    ),
    "HomeDomain/Library/Safari/History.db": (
        (
            "history_items (id INTEGER PRIMARY KEY, url TEXT, visit_count INTEGER)",
            ((1, "https://example.jp/mypage?mail=ichiro.suzuki@example.jp", 1),),
        ),
        (
            "history_visits (id INTEGER PRIMARY KEY, history_item INTEGER, title TEXT)",
            ((1, 1, "小林直樹様のページ"),),
        ),
    ),
    "com.android.chrome/app_chrome/Default/Web Data": (
        (
            "autofill (name VARCHAR, value VARCHAR, value_lower VARCHAR, PRIMARY KEY (name, value))",
            (("tel", "09012345606", "09012345606"),),
        ),
        (
            "address_type_tokens (guid VARCHAR, type INTEGER, value VARCHAR, PRIMARY KEY (guid, type))",
            (("g", 7, "中村 結衣"), ("g", 77, "東京都千代田区丸の内一丁目2番3号"), ("g", 14, "09012345607")),
        ),
        (
            "credit_cards (guid VARCHAR PRIMARY KEY, name_on_card VARCHAR, card_number_encrypted BLOB)",
            (("c", "KENTA WATANABE", b"v10\x8f\x02\xfe\x99\x10"),),
        ),
    ),
    "AppDomainGroup-group.com.apple.notes/NoteStore.sqlite": (
        (
            "ZICNOTEDATA (Z_PK INTEGER PRIMARY KEY, ZNOTE INTEGER, ZDATA BLOB)",
            ((1, 1, apple_note("暗証は別紙\n高橋真一さん 090-1234-5608")),),
        ),
    ),
    "jp.naver.line.android/databases/naver_line": (
        ("contacts (m_id TEXT PRIMARY KEY, name TEXT, server_name TEXT)", (("u1", "吉田 さくら", "さくら"),)),
        (
            "chat_history (id INTEGER PRIMARY KEY, from_mid TEXT, content TEXT, parameter TEXT)",
            ((1, "u1", "電話は090-1234-5609、松本まで", None),),
        ),
    ),
    "AppDomainGroup-group.com.linecorp.line/Library/Line.sqlite": (
        ("ZUSER (Z_PK INTEGER PRIMARY KEY, ZMID VARCHAR, ZNAME VARCHAR)", ((1, "u2", "井上 大輔"),)),
        (
            "ZMESSAGE (Z_PK INTEGER PRIMARY KEY, ZSENDER INTEGER, ZTEXT VARCHAR)",
            ((1, 1, "木村です。090-1234-5610"),),
        ),
    ),
    "HomeDomain/Library/Passes/passes23.sqlite": (
        (
            "pass (pid INTEGER PRIMARY KEY, unique_id TEXT, encoded_pass BLOB)",
            (
                (
                    1,
                    "p",
                    keyed(
                        {"organizationName": "架空鉄道", "passenger": "清水 陽菜様 090-1234-5611"}, "PKPass"
                    ),
                ),
            ),
        ),
    ),
}


def write_apps(directory: Path) -> None:
    """Write the databases of `APPS`, and what apps keep beside databases."""
    for place, tables in APPS.items():
        path = directory / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            for definition, rows in tables:
                name = definition.partition(" ")[0]
                connection.execute(f"CREATE TABLE {definition}")
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
            connection.commit()
    files = {
        "data/jp.example/shared_prefs/user.xml": (
            "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map>\n"
            '    <string name="user_name">林 由美子</string>\n'
            '    <string name="tel">09012345612</string>\n</map>\n'
        ).encode(),
        "data/jp.example/files/datastore/user.preferences_pb": field(
            1, field(1, b"user_tel") + field(2, field(5, b"090-1234-5613"))
        ),
        "HomeDomain/Library/Passes/ticket.pkpass": _pass("森 健太様 090-1234-5614"),
    }
    for place, content in files.items():
        (directory / place).parent.mkdir(parents=True, exist_ok=True)
        (directory / place).write_bytes(content)


def _pass(passenger: str) -> bytes:
    """Write a pass of Apple Wallet: an archive with its data, texts in UTF-16, and a signature."""
    data = io.BytesIO()
    told = {"formatVersion": 1, "boardingPass": {"primaryFields": [{"key": "passenger", "value": passenger}]}}
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("pass.json", json.dumps(told, ensure_ascii=False))
        archive.writestr("ja.lproj/pass.strings", '"seat" = "7号車12A 阿部様";\n'.encode("utf-16"))
        archive.writestr("manifest.json", json.dumps({"pass.json": "0" * 40}))
        archive.writestr("signature", b"0\x82\x0c\xf5\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02" + bytes(40))
    return data.getvalue()
