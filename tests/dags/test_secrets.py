"""Secrets come from Airflow connections where the estate or the environment names none. Persons are invented."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.buckets import Bucket, Store
from tests.dags.home import Airflow
from tests.stores import tables

pytestmark = pytest.mark.airflow

KEY = "a secret of the tests only"
PASSWORD = "n1ght/ @wörd"
SECRET = "s3cret/of+the=bucket"


@pytest.fixture(scope="module")
def members(postgres: Any) -> Any:
    postgres.sql(
        f"CREATE ROLE meibo_night LOGIN PASSWORD '{PASSWORD}'",
        "CREATE SCHEMA night",
        "CREATE TABLE night.members (id int PRIMARY KEY, 電話番号 text)",
        "INSERT INTO night.members SELECT n, '090-1234-' || to_char(n, 'FM0000') FROM generate_series(1, 50) n",
        "GRANT USAGE ON SCHEMA night TO meibo_night",
        "GRANT SELECT ON night.members TO meibo_night",
    )
    return postgres


@pytest.fixture(scope="module")
def lake(store_server: Store) -> Bucket:
    """A bucket of one note; its endpoint and key are known to Airflow alone."""
    bucket = Bucket(store_server, "night-lake")
    bucket.put("phones.txt", "電話 090-1234-0001\n")
    return bucket


@pytest.fixture(scope="module")
def connections(
    airflow: Airflow, members: Any, lake: Bucket, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The key, the database's password and the bucket's secret in Airflow's metadata database."""
    storage = {
        "conn_type": "aws",
        "login": "AKIAFORTESTSONLY0000",
        "password": SECRET,
        "extra": json.dumps({"endpoint_url": lake.store.endpoint, "region_name": "us-east-1"}),
    }
    database = {
        "conn_type": "postgres",
        "host": members.host,
        "port": members.port,
        "schema": members.database,
        "login": "meibo_night",
        "password": PASSWORD,
    }
    path = tmp_path_factory.mktemp("connections") / "connections.json"
    key = {"conn_type": "generic", "password": KEY}
    path.write_text(json.dumps({"meibo_key": key, "Members-DB": database, "Lake": storage}))
    added = airflow.command("connections", "import", str(path))
    assert added.code == 0, added.log


@pytest.mark.usefixtures("connections")
def test_key_database_and_bucket_are_found_through_airflow_connections(
    airflow: Airflow, tmp_path: Path, lake: Bucket, keyless: None
) -> None:
    bucket = {"name": "lake", "kind": "objects", "uri": f"s3://{lake.name}", "airflow_connection": "Lake"}
    place = estate(tmp_path, "Members-DB", "nobody_made_it", more=[bucket])
    run = airflow.test("nightly_scan", **place)
    assert run.code == 0, run.log[-4000:]
    parts = tables(tmp_path / "out" / "store.duckdb")["part"]
    # A connection Airflow does not know is a source that was not examined.
    assert sorted(row[4:5] + row[-2:] for row in parts) == [
        (0, "not_examined", "connection-missing"),
        (1, "examined", ""),
        (50, "examined", ""),
    ]
    assert KEY not in run.log
    assert PASSWORD not in run.log and SECRET not in run.log


def test_without_any_key_the_task_says_how_to_give_one(
    airflow: Airflow, tmp_path: Path, keyless: None
) -> None:
    without = {"AIRFLOW_CONN_MEIBO_KEY": json.dumps({"conn_type": "generic"})}
    run = airflow.test("retention", **estate(tmp_path, "unused"), **without)
    assert run.code != 0
    assert "key-missing: MEIBO_KEY" in run.log


@pytest.fixture
def keyless(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MEIBO_KEY", "MEIBO_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def estate(directory: Path, *connections: str, more: Sequence[dict[str, str]] = ()) -> dict[str, str]:
    path = directory / "estate.yaml"
    sources = [
        {"name": f"crm{number}", "kind": "postgresql", "airflow_connection": name, "schemas": ["night"]}
        for number, name in enumerate(connections)
    ]
    path.write_text(json.dumps({"sources": [*sources, *more]}))
    return {"MEIBO_ESTATE": str(path), "MEIBO_OUT": str(directory / "out")}
