"""A hundred values planted over all kinds of sources are nowhere in what scans leave behind."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import yaml

import meibo as notebook
from tests.canaries import (
    CANARIES,
    leaks,
    plant_files,
    plant_image,
    plant_mariadb,
    plant_postgres,
    plant_sqlite,
)
from tests.commands import KEY, environment, meibo
from tests.mariadb import MariaDb

#: The command line with every library's own log at its most talkative, on standard error.
VERBOSE = """
import logging, sys
from pipelines.cli import main

class Stubborn(logging.StreamHandler):
    def setLevel(self, level):
        self.level = logging.DEBUG

logging.root.addHandler(Stubborn(sys.stderr))
logging.root.setLevel(logging.DEBUG)
main(sys.argv[1:])
"""


class Left(NamedTuple):
    """What two scans left: one whose sources fail here and there, and one of everything again, talking."""

    out: Path
    temporary: Path
    plain: subprocess.CompletedProcess[bytes]
    verbose: subprocess.CompletedProcess[bytes]


@pytest.fixture(scope="module")
def left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Any) -> Left:
    home, temporary = tmp_path_factory.mktemp("planted"), tmp_path_factory.mktemp("temporary")
    out = tmp_path_factory.mktemp("canaries") / "out"
    plant_files(home / "share")
    plant_image(home / "share/申込書.png")
    plant_sqlite(home / "crm.sqlite")
    plant_postgres(postgres)
    mariadb = request.getfixturevalue("mariadb") if MariaDb.installed() else None
    if mariadb:
        plant_mariadb(mariadb)
    (home / "estate.yaml").write_text(yaml.safe_dump(estate(postgres, mariadb), allow_unicode=True), "utf-8")
    scan = ("scan", "--estate", home / "estate.yaml", "--out", out)
    plain = meibo(*scan, TMPDIR=str(temporary))
    verbose = subprocess.run(
        [sys.executable, "-c", VERBOSE, *map(str, scan), "--full", "--workers", "1"],
        env=environment(KEY, TMPDIR=str(temporary)),
        capture_output=True,
        timeout=900,
        check=False,
    )
    return Left(out, temporary, plain, verbose)


def estate(server: Any, mariadb: Any) -> dict[str, Any]:
    database = {"kind": "postgresql", "host": server.host, "database": server.database, "user": server.user}
    columns = {"key": "会員番号", "status": "状態", "last_activity": "メモ"}
    return {
        "sources": [
            {"name": "share", "kind": "files", "path": "share"},
            {"name": "crm", "kind": "sqlite", "path": "crm.sqlite"},
            {"name": "pg", **database},
            *(
                [{"name": "my", "kind": "mysql", "host": mariadb.host, "user": mariadb.user}]
                if mariadb
                else []
            ),
            {"name": "down", "kind": "postgresql", "host": "127.0.0.1", "port": 1, "database": CANARIES[0]},
        ],
        "assets": [
            {"match": "crm/*members", "columns": columns},
            {"match": "pg/*members", "columns": columns},
        ],
    }


def test_the_canaries_were_all_met(left: Left) -> None:
    assert len(set(CANARIES)) == 100
    assert (left.plain.returncode, left.verbose.returncode) == (3, 3), left.plain.stderr.decode()
    with notebook.open(left.out) as store:
        parts = store.query("SELECT asset_id, rows, status, reason FROM current_part")
        kinds = set(store.query("SELECT DISTINCT kind FROM current_asset")["kind"])
        found = set(store.query("SELECT DISTINCT entity_type FROM current_holding")["entity_type"])
    assert kinds >= {"csv", "jsonl", "parquet", "xlsx", "text", "image", "table", "view", "source"}
    assert found >= {"PERSON", "PHONE_NUMBER", "EMAIL_ADDRESS", "JP_ADDRESS", "JP_MY_NUMBER", "CREDIT_CARD"}
    reasons = set(parts[parts.status == "not_examined"].reason)
    assert reasons >= {"file-damaged", "row-broken", "format-unsupported", "database-unreachable"}
    assert "view-broken" in reasons or not MariaDb.installed()
    assert sum(parts[parts.status == "examined"].rows) > 200
    for source in ("crm", "pg", *(["my"] if MariaDb.installed() else [])):
        of_cells = parts[parts.asset_id.str.match(f"{source}/.*#画像")]
        assert {*of_cells.status} == {"examined", "not_examined"}
        assert any(parts.asset_id.str.match(f"{source}/.*!.*/1!.*csv"))


def test_no_canary_is_printed(left: Left) -> None:
    streams = [left.plain.stdout, left.plain.stderr, left.verbose.stdout, left.verbose.stderr]
    assert leaks(texts=streams) == []
    assert len(left.verbose.stderr) > 1_000


def test_no_canary_is_in_the_output_directory(left: Left) -> None:
    assert leaks([left.out]) == []


def test_no_canary_is_in_the_directory_for_temporary_files(left: Left) -> None:
    assert leaks([left.temporary]) == []


def test_the_search_finds_what_it_is_to_find(tmp_path: Path) -> None:
    value = CANARIES[3]
    for name, content in (
        ("raw.txt", value.encode()),
        ("utf16.txt", value.encode("utf-16")),
        ("cp932.txt", value.encode("cp932")),
        ("base64.txt", base64.b64encode(b"x" + value.encode() + b"xyz")),
        ("escaped.json", json.dumps(value).encode()),
        ("address.txt", f"GET /bucket/{quote(value)} HTTP/1.1".encode()),
        (f"{value}.txt", os.urandom(9)),
    ):
        (tmp_path / name).write_bytes(content)
        assert leaks([tmp_path]), name
        (tmp_path / name).unlink()
    assert leaks([tmp_path]) == []
