"""One estate with every input that is broken: each is told by a code, none stops the scan or shows a value."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import meibo as notebook
from tests.commands import meibo

#: Stands in every broken file, and may stand nowhere in what the scan prints.
PERSON, PHONE, SECRET = "勅使河原 健太郎", "090-8765-4321", "correct-horse-battery"

ROWS = [("氏名", "電話番号"), *((PERSON, f"090-1234-{n:04}") for n in range(40))]
GOOD = "\n".join(map(",".join, ROWS)) + "\n"


class Scanned(NamedTuple):
    """What a scan answered and left."""

    code: int
    summary: dict[str, Any]
    printed: str
    out: Path

    def reasons(self, asset: str) -> list[str]:
        return [reason for place, reason in self.summary["reasons"] if place == asset]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, postgres: Any) -> Scanned:
    home = tmp_path_factory.mktemp("broken")
    share = home / "share"
    share.mkdir()
    write_files(share)
    write_tables(home / "wide.sqlite")
    (home / "not.sqlite").write_text(f"{PERSON},{PHONE}\n" * 100)
    for name, secret in (("no-server", SECRET), ("wrong-password", SECRET)):
        (home / name).write_text(secret)
        (home / name).chmod(0o600)
    hba = postgres.data / "pg_hba.conf"
    hba.write_text("local all bad_input scram-sha-256\n" + hba.read_text())
    postgres.sql(f"CREATE ROLE bad_input LOGIN PASSWORD '{SECRET[::-1]}'", "SELECT pg_reload_conf()")
    database = {"kind": "postgresql", "database": "postgres", "user": "bad_input"}
    sources = [
        {"name": "share", "kind": "files", "path": "share"},
        {"name": "nowhere", "kind": "files", "path": "nowhere"},
        {"name": "wide", "kind": "sqlite", "path": "wide.sqlite"},
        {"name": "not", "kind": "sqlite", "path": "not.sqlite"},
        {"name": "missing", "kind": "sqlite", "path": "missing.sqlite"},
        {"name": "no-server", **database, "host": "127.0.0.1", "port": 1, "password_file": "no-server"},
        {"name": "wrong-password", **database, "host": postgres.host, "password_file": "wrong-password"},
        {"name": "no-password", **database, "host": postgres.host, "password_env": "UNSET_IN_THE_TESTS"},
    ]
    estate = home / "estate.yaml"
    estate.write_text(yaml.safe_dump({"sources": sources}))
    done = meibo("scan", "--estate", estate, "--out", home / "out", "--workers", 1, "--json")
    printed = (done.stdout + done.stderr).decode()
    assert done.returncode == 3, printed
    return Scanned(done.returncode, json.loads(done.stdout), printed, home / "out")


def write_files(share: Path) -> None:
    (share / "good.csv").write_text(GOOD, "utf-8")
    (share / "row.csv").write_text(
        GOOD + f'{PERSON},"{PHONE}\n' + f"{PERSON},{PHONE},1,2\n" + GOOD[8:], "utf-8"
    )
    (share / "long.csv").write_text(GOOD + f"{'x' * 10_000_000},{PHONE}\n", "utf-8")
    (share / "codes.csv").write_bytes(
        GOOD.encode("cp932") + b"\xff\xfe\xfd,\x81\n" + GOOD[8:].encode("euc-jp")
    )
    (share / "empty.csv").write_bytes(b"")
    (share / "header.csv").write_text("氏名,電話番号\n", "utf-8")
    (share / "emoji.csv").write_text(f"氏名,氏名,📞,,📞\n{PERSON},{PERSON},{PHONE},,{PHONE}\n" * 3, "utf-8")
    (share / "fake.xlsx").write_text(GOOD, "utf-8")
    openpyxl.Workbook().save(share / "blank.xlsx")
    (share / "cut.xlsx").write_bytes((share / "blank.xlsx").read_bytes()[:2_000])
    pq.write_table(pa.table({"氏名": [PERSON] * 5_000, "電話": [PHONE] * 5_000}), share / "whole.parquet")
    (share / "cut.parquet").write_bytes((share / "whole.parquet").read_bytes()[:-200])
    (share / "line.jsonl").write_text(f'{{"tel": "{PHONE}"}}\n{{"tel": "{PHONE}\n{{"tel": "{PHONE}"}}\n')
    (share / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + PHONE.encode() * 50)
    (share / "unknown.bin").write_bytes(bytes(range(256)) * 40)
    (share / "gone.csv").symlink_to(share / "never.csv")
    (share / "outside.csv").symlink_to(share.parent / "wide.sqlite")
    os.mkfifo(share / "pipe.csv")
    (share / "closed.csv").write_text(GOOD, "utf-8")
    (share / "closed.csv").chmod(0)


def write_tables(path: Path) -> None:
    with sqlite3.connect(path) as database:
        columns = ", ".join(f'"列{n}" TEXT' for n in range(1_999))
        database.execute(f'CREATE TABLE wide ("電話📱" TEXT, {columns})')
        database.executemany('INSERT INTO wide ("電話📱", "列1998") VALUES (?, ?)', [(PHONE, "x")] * 30)
        database.execute("CREATE TABLE vacant (氏名 TEXT, 電話 TEXT)")
        database.execute('CREATE TABLE "表 😀" ("名前" TEXT)')
        database.execute('INSERT INTO "表 😀" VALUES (?)', [PERSON])
    database.close()


@pytest.mark.parametrize(
    ("asset", "code"),
    [
        ("share/row.csv", "row-broken"),
        ("share/codes.csv", "encoding-broken"),
        ("share/fake.xlsx", "file-damaged"),
        ("share/cut.xlsx", "file-damaged"),
        ("share/cut.parquet", "file-damaged"),
        ("share/line.jsonl", "row-broken"),
        ("share/broken.png", "image-unreadable"),
        ("share/unknown.bin", "format-unsupported"),
        ("share/gone.csv", "file-missing"),
        ("share/outside.csv", "link-outside"),
        ("share/pipe.csv", "not-a-file"),
        ("nowhere", "directory-missing"),
        ("not", "file-damaged"),
        ("missing", "file-missing"),
        ("no-server", "database-unreachable"),
        ("wrong-password", "database-login-refused"),
        ("no-password", "password-missing"),
    ],
)
def test_what_cannot_be_read_is_told_by_a_code(broken: Scanned, asset: str, code: str) -> None:
    assert broken.reasons(asset) == [code]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_told_by_a_code(broken: Scanned) -> None:
    assert broken.reasons("share/closed.csv") == ["file-unreadable"]


def test_everything_else_is_examined(broken: Scanned) -> None:
    unread = {place for place, _ in broken.summary["reasons"]}
    files = (
        "good.csv",
        "long.csv",
        "empty.csv",
        "header.csv",
        "emoji.csv",
        "blank.xlsx#Sheet",
        "whole.parquet",
    )
    assert not unread & {*(f"share/{name}" for name in files), "wide/main.wide", "wide/main.vacant"}
    with notebook.open(broken.out) as store:
        parts = store.query("SELECT asset_id, status, sum(rows) AS n FROM current_part GROUP BY ALL")
        fields = store.query("SELECT asset_id, field, entity_type FROM current_field")
    rows = {(asset, status): int(n) for asset, status, n in parts.itertuples(index=False)}
    types = {(asset, field): kind for asset, field, kind in fields.itertuples(index=False)}
    assert rows["share/good.csv", "examined"] == 40
    assert rows["share/row.csv", "examined"] >= 80
    assert rows["share/long.csv", "examined"] == 41
    assert rows["share/line.jsonl", "examined"] == 2
    assert rows["share/empty.csv", "examined"] == rows["wide/main.vacant", "examined"] == 0
    assert rows["wide/main.wide", "examined"] == 30
    assert types["share/good.csv", "氏名"] == "PERSON"
    assert types["share/good.csv", "電話番号"] == types["wide/main.wide", "電話📱"] == "PHONE_NUMBER"
    assert sum(asset == "wide/main.wide" for asset, _ in types) == 2_000
    assert [field for asset, field in types if asset == "share/emoji.csv"] == [
        "氏名", "氏名#2", "📞", "column_4", "📞#2",
    ]  # fmt: skip


def test_nothing_printed_holds_a_value_or_a_traceback(broken: Scanned) -> None:
    held = [
        word for word in (*PERSON.split(), "8765", SECRET, SECRET[::-1], "1234-00") if word in broken.printed
    ]
    assert not held
    assert not re.search(r"Traceback|File \"|Error", broken.printed)
