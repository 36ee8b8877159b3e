"""Easy collation: equal values across assets, how few people descriptions leave; small numbers hidden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import MeiboError
from pipelines.job import Job
from pipelines.load import load
from pipelines.loading import collation
from pipelines.reports.runner import Row, run_report
from pipelines.results import AssetResult
from pipelines.store.database import open_writer, publish
from tests.pipelines.scans import KEYS, asset, examined, job, scan, typed


def key(row: int, entity_type: str, value: str, field: str) -> dict[str, Any]:
    return {
        "field": field, "row": row, "row_key": None, "entity_type": entity_type,
        "value_key": KEYS.value_key(entity_type, value), "alt_key": None,
    }  # fmt: skip


def table(
    work: Job, name: str, cells: list[tuple[int, str, str]], *types: str, part: str = "work"
) -> AssetResult:
    """`cells`: (row, entity type, value); a field is called like its type."""
    where = asset(name)
    return AssetResult(
        asset=where,
        fields=tuple(typed(each, each, 10, position=place) for place, each in enumerate(types)),
        parts=(
            examined(
                work.layout, where, f"{part}-{name[-3:]}", rows=10,
                keys=[key(row, entity_type, value, entity_type) for row, entity_type, value in cells],
            ),
        ),
    )  # fmt: skip


def report(work: Job, kind: str) -> list[Row]:
    return [row for row in run_report(work.layout.store, "joinability").rows if row["kind"] == kind]


class TestJoins:
    def test_columns_with_the_same_values_lead_from_one_asset_to_the_other(self, tmp_path: Path) -> None:
        work = job(tmp_path)
        numbers = [(row, "PERSONAL_ID", f"M{row}") for row in range(20)]
        crm = table(
            work,
            "crm/one",
            [*numbers, *((row, "PERSON", f"名{row}") for row in range(20))],
            "PERSONAL_ID",
            "PERSON",
        )
        log = table(work, "crm/two", numbers[:10], "PERSONAL_ID")
        load(work, scan("s", [crm, log]))
        found = {(row["asset"], row["with_asset"]): row for row in report(work, "join")}
        log_to_crm = found["crm/two", "crm/one"]
        assert (log_to_crm["shared"], log_to_crm["coverage"], log_to_crm["coverage_other"]) == (
            "10",
            100.0,
            50.0,
        )
        assert log_to_crm["adds"] == ["PERSON"]  # a log of numbers is about named people
        assert found["crm/one", "crm/two"]["adds"] == []
        assert not log_to_crm["estimated"]

    def test_small_numbers_are_not_told(self, tmp_path: Path) -> None:
        work = job(tmp_path)
        numbers = [(row, "PERSONAL_ID", f"M{row}") for row in range(4)]
        load(work, scan("s", [table(work, "crm/one", numbers), table(work, "crm/two", numbers)]))
        assert {(row["shared"], row["coverage"]) for row in report(work, "join")} == {("<5", None)}

    def test_values_of_another_type_or_of_the_same_asset_are_no_join(self, tmp_path: Path) -> None:
        work = job(tmp_path)
        one = table(work, "crm/one", [(row, "PERSONAL_ID", str(row)) for row in range(9)])
        two = table(work, "crm/two", [(row, "PHONE_NUMBER", str(row)) for row in range(9)])
        born = [(row, "DATE_OF_BIRTH", "1990-01-01") for row in range(9)]
        load(work, scan("s", [one, two, table(work, "crm/aaa", born), table(work, "crm/bbb", born)]))
        assert report(work, "join") == []


class TestGroups:
    def test_the_smallest_group_and_who_stands_alone_are_counted_per_set(self, tmp_path: Path) -> None:
        work = job(tmp_path)
        cells = []
        for row in range(20):
            cells.append((row, "DATE_OF_BIRTH", "1990-01-01" if row < 12 else f"198{row - 12}-05-05"))
            cells.append((row, "QUASI", "男"))
        load(work, scan("s", [table(work, "crm/one", cells)]))
        groups = {tuple(row["quasi"]): row for row in report(work, "group")}
        born = groups["DATE_OF_BIRTH",]
        assert (born["rows"], born["smallest_group"], born["unique_share"], born["few"]) == (
            20,
            "<5",
            40.0,
            "8",
        )
        assert groups["DATE_OF_BIRTH", "QUASI"]["rows"] == 20

    def test_a_set_nobody_stands_out_in_says_so_and_few_people_are_not_counted_out(
        self, tmp_path: Path
    ) -> None:
        work = job(tmp_path)
        same = [(row, "DATE_OF_BIRTH", "1990-01-01") for row in range(12)]
        load(
            work,
            scan(
                "s",
                [table(work, "crm/one", same), table(work, "crm/two", [*same, (12, "DATE_OF_BIRTH", "x")])],
            ),
        )
        by_asset = {
            row["asset"]: (row["smallest_group"], row["unique_share"], row["few"])
            for row in report(work, "group")
        }
        assert by_asset == {"crm/one": ("12", None, "0"), "crm/two": ("<5", None, "<5")}


def test_an_asset_that_vanished_joins_nothing_any_more(tmp_path: Path) -> None:
    work = job(tmp_path)
    numbers = [(row, "PERSONAL_ID", f"M{row}") for row in range(9)]
    one, two = table(work, "crm/one", numbers), table(work, "crm/two", numbers)
    load(work, scan("s1", [one, two]))
    load(work, scan("s2", [one], day=21))
    assert report(work, "join") == []


def test_the_same_parts_are_not_compared_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = job(tmp_path)
    one = table(work, "crm/one", [(row, "PERSONAL_ID", f"M{row}") for row in range(9)])
    load(work, scan("s1", [one]))
    monkeypatch.setattr(collation, "QUASI_SETS", (("NO SUCH COLUMN",),))
    load(work, scan("s2", [one], day=21))
    changed = table(work, "crm/one", [(row, "PERSONAL_ID", f"M{row}") for row in range(8)], part="other")
    with pytest.raises(MeiboError):
        load(work, scan("s3", [changed], day=22))


def test_people_are_grouped_again_only_where_parts_are_others(tmp_path: Path) -> None:
    work = job(tmp_path)

    def people(name: str, births: int, part: str = "work") -> AssetResult:
        cells = [(row, "DATE_OF_BIRTH", f"19{row % births + 10}0101") for row in range(20)]
        return table(work, name, cells, "DATE_OF_BIRTH", part=part)

    def grouped() -> dict[str, tuple[int, int]]:
        with open_writer(work.layout) as store:
            rows = store.execute("SELECT asset_id, rows, groups FROM quasi_group").fetchall()
        return {asset_id: (rows, groups) for asset_id, rows, groups in rows}

    load(work, scan("s1", [people("crm/one", 2), people("crm/two", 4), people("crm/six", 5)]))
    assert grouped() == {"crm/one": (20, 2), "crm/two": (20, 4), "crm/six": (20, 5)}
    with open_writer(work.layout) as store:
        store.execute("UPDATE quasi_group SET rows = 21 WHERE asset_id = 'crm/one'")
    load(work, scan("s2", [people("crm/one", 2), people("crm/two", 10, "other")], day=21))
    assert grouped() == {"crm/one": (21, 2), "crm/two": (20, 10)}


def test_a_crowd_of_equal_keys_is_sampled_and_the_estimate_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = job(tmp_path)
    monkeypatch.setattr(collation, "MOST_PAIRS", 2_000)
    numbers = [(row, "PERSONAL_ID", f"M{row}") for row in range(2_000)]
    load(work, scan("s", [table(work, name, numbers) for name in ("crm/one", "crm/two", "crm/six")]))
    rows = report(work, "join")
    assert len(rows) == 6 and all(row["estimated"] for row in rows)
    assert all(70 <= row["coverage"] <= 100 for row in rows)


@pytest.mark.slow
def test_a_million_keys_over_five_hundred_assets_are_compared(tmp_path: Path) -> None:
    """One part in ten of the target: a million keys over 500 assets, each person in five of them."""
    work = job(tmp_path)
    load(work, scan("s", [AssetResult(asset=asset(f"crm/t{n:04d}"), fields=(typed("id", "PERSONAL_ID"),),
                                      parts=(examined(work.layout, asset(f"crm/t{n:04d}"), f"w{n}"),))
                          for n in range(500)]))  # fmt: skip
    with open_writer(work.layout) as store:
        _fill(store)
        collation.compare(store)
    publish(work.layout)
    assert report(work, "join")


def _fill(store: duckdb.DuckDBPyConnection) -> None:
    store.execute("DELETE FROM collation_state")
    columns = {row[0] for row in store.execute("DESCRIBE value_key").fetchall()}
    extra = ", NULL" * (len(columns) - 7)
    store.execute(
        "INSERT INTO value_key SELECT 'w' || (n % 500), 'id', n // 500, NULL, 'PERSONAL_ID',"
        f" unhex(md5((n // 5)::TEXT)), NULL{extra} FROM range(1000000) AS t(n)"
    )


def test_the_sample_estate_shows_that_the_order_list_names_its_members(estate: Path, scanned: Path) -> None:
    rows = run_report(scanned / "store.duckdb", "joinability").rows
    accounts = [row for row in rows if row["asset"] == "keeping/main.app_accounts"]
    joins = {row["with_asset"]: row for row in accounts if row["field"] == "会員番号"}
    # Every account is one of the customers, by construction.
    assert joins["crm/main.customers"]["coverage"] == 100
    groups = {tuple(row["quasi"]) for row in accounts if row["kind"] == "group"}
    assert ("DATE_OF_BIRTH", "JP_POSTAL_CODE", "QUASI") in groups
    assert json.loads((estate / "truth.json").read_text("utf-8"))["assets"]["keeping/main.app_accounts"]
