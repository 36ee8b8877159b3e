"""The loader: all or nothing, idempotent, immutable parts, the same store after any interruption."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.desk.decisions import decisions_file
from pipelines.errors import ConfigRefused, MeiboError, Refused
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.refs import PartRef
from pipelines.results import AssetResult, BundleRef, PartResult, ScanResult, not_examined_id
from pipelines.store import database
from pipelines.store.database import catch_up, open_writer, publish
from pipelines.store.files import FINDING_FILE
from pipelines.store.reader import Reader
from tests.pipelines.scans import (
    TABLES,
    asset,
    estate_job,
    estate_scan,
    examined,
    finding,
    job,
    key,
    not_examined,
    plain,
    scan,
    typed,
    write,
)


def contents(store: Path) -> dict[str, list[str]]:
    with Reader(store) as reader:
        return {table: sorted(map(repr, reader.arrow(f"FROM {table}").to_pylist())) for table in TABLES}


@pytest.fixture
def demo(tmp_path: Path) -> Job:
    return estate_job(tmp_path)


def test_everything_of_a_scan_is_in_its_tables(demo: Job) -> None:
    result = estate_scan(demo.layout)
    load(demo, result)
    counts = {table: len(rows) for table, rows in contents(demo.layout.store).items()}
    assert counts["retention_class"] > 10
    assert counts["entity"] > 20
    assert {table: counts[table] for table in TABLES if table not in {"entity", "retention_class"}} == {
        "scan": 1, "scan_source": 2, "asset": 4, "part": 5, "scan_part": 5, "field": 4, "finding": 5,
        "value_key": 3, "activity": 4, "access": 3, "declaration": 1, "decision": 0, "record": 0, "picture": 0,
    }  # fmt: skip
    with Reader(demo.layout.store) as reader:
        customers = reader.arrow("FROM asset WHERE asset_id = 'crm/public.customers'").to_pylist()[0]
        found = reader.arrow("FROM finding WHERE entity_type = 'JP_DRIVER_LICENSE'").to_pylist()[0]
    assert (customers["owner"], customers["row_key"], customers["retention"]) == ("CRM team", "id", "members")
    assert customers["last_activity_column"] == "last_login"
    assert (found["part_id"], len(found["quad"]), len(found["value_key"])) == ("work-photo", 8, 16)


def test_loading_the_same_result_twice_gives_equal_tables(demo: Job) -> None:
    result = estate_scan(demo.layout)
    load(demo, result)
    before = contents(demo.layout.store)
    load(demo, ScanResult.model_validate_json(result.model_dump_json()))
    assert contents(demo.layout.store) == before


def test_a_part_already_in_the_store_is_neither_read_nor_inserted_again(demo: Job) -> None:
    load(demo, estate_scan(demo.layout))
    second = estate_scan(demo.layout, "scan-2", day=21)
    shutil.rmtree(demo.layout.work)
    load(demo, second)
    with Reader(demo.layout.store) as reader:
        assert reader.query("SELECT count(*) AS n FROM finding")["n"].item() == 5
        assert set(reader.query("SELECT scan_id FROM current_part")["scan_id"]) == {"scan-2"}


def test_two_assets_of_equal_content_share_one_part_and_are_both_reported(tmp_path: Path) -> None:
    work = job(tmp_path)
    first, second = asset("crm/a.csv"), asset("crm/b.csv")
    twins = [
        AssetResult(asset=each, parts=(examined(work.layout, each, "same", findings=[finding(0)]),))
        for each in (first, second)
    ]
    load(work, scan("s", twins))
    with Reader(work.layout.store) as reader:
        assert reader.query("SELECT count(*) AS n FROM finding")["n"].item() == 1
        assert sorted(reader.query("SELECT asset_id FROM current_finding")["asset_id"]) == [
            "crm/a.csv",
            "crm/b.csv",
        ]


def test_a_scan_loaded_anew_with_other_parts_leaves_no_orphans(demo: Job) -> None:
    load(demo, estate_scan(demo.layout))
    letters = asset("share/list.csv")
    smaller = AssetResult(asset=letters, parts=(examined(demo.layout, letters, "work-letters", rows=5),))
    load(demo, scan("scan-1", [smaller]))
    after = contents(demo.layout.store)
    assert [len(after[table]) for table in ("part", "scan_part", "finding", "value_key")] == [1, 1, 0, 0]


def test_another_key_is_refused_and_the_store_stays_as_it_was(demo: Job) -> None:
    load(demo, estate_scan(demo.layout))
    before = contents(demo.layout.store)
    other = Job(demo.estate, demo.layout, KeyRing(b"quite another key, also for tests"))
    with pytest.raises(Refused) as refusal:
        load(other, estate_scan(demo.layout))
    assert refusal.value.code == "key-changed"
    assert contents(demo.layout.store) == before


def test_a_loader_that_cannot_get_the_lock_is_refused(demo: Job) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", f"from tests.pipelines.chores import hold; hold({str(demo.layout.out)!r})"],
        stdout=subprocess.PIPE,
        env=environment(),
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Refused) as refusal:
            load(demo, estate_scan(demo.layout), timeout=0.2)
        assert refusal.value.code == "locked"
    finally:
        holder.kill()
        holder.wait()


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda path: path.unlink(), "findings-missing"),
        (lambda path: path.write_bytes(b"PAR1 no more"), "findings-broken"),
        (
            lambda path: pq.write_table(pq.read_table(path).append_column("value", [["山田"] * 4]), path),
            "findings-schema",
        ),
    ],
)
def test_a_damaged_findings_file_stops_the_load_and_changes_nothing(
    demo: Job, damage: Any, code: str
) -> None:
    load(demo, scan("scan-0", []))
    before = contents(demo.layout.store)
    result = estate_scan(demo.layout)
    damage(demo.layout.work / "work-customers" / "findings.parquet")
    with pytest.raises(MeiboError) as error:
        load(demo, result)
    assert (error.value.code, error.value.place) == (code, "work-customers")
    assert contents(demo.layout.store) == before


def test_a_load_that_ends_half_way_leaves_the_earlier_scan(demo: Job) -> None:
    load(demo, estate_scan(demo.layout))
    before = contents(demo.layout.store)
    faulty = decisions_file(demo.estate, demo.layout)
    faulty.write_text("- a decision", "utf-8")
    # The scan is loaded a second time, as one that was killed before its end is: its rows were taken out.
    for scan_id in ("scan-1", "scan-2"):
        with pytest.raises(ConfigRefused):
            load(demo, estate_scan(demo.layout, scan_id, day=21))
    faulty.unlink()
    with open_writer(demo.layout):
        pass
    publish(demo.layout)
    assert contents(demo.layout.store) == before


@pytest.mark.parametrize("snapshot", ["older", "removed"])
def test_a_load_that_ends_half_way_leaves_what_was_never_published(demo: Job, snapshot: str) -> None:
    load(demo, estate_scan(demo.layout))
    older = demo.layout.store.read_bytes()
    load(demo, estate_scan(demo.layout, "scan-2", day=21))
    before = contents(demo.layout.store)
    demo.layout.store.unlink()
    if snapshot == "older":
        demo.layout.store.write_bytes(older)
        os.utime(demo.layout.store, ns=(0, 0))
    decisions_file(demo.estate, demo.layout).write_text("- a decision", "utf-8")
    with pytest.raises(ConfigRefused):
        load(demo, estate_scan(demo.layout, "scan-3", day=22))
    assert contents(demo.layout.store) == before
    with open_writer(demo.layout) as store:
        assert store.execute("SELECT count(*) FROM scan").fetchone() == (2,)


def test_a_load_that_finds_too_little_memory_gives_the_same_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in ("ample", "scarce"):
        (tmp_path / home).mkdir()
    ample, scarce = estate_job(tmp_path / "ample"), estate_job(tmp_path / "scarce")
    load(ample, estate_scan(ample.layout))
    begun: list[int] = []

    def counted(store: duckdb.DuckDBPyConnection, work: Callable[[], None]) -> None:
        def begin() -> None:
            begun.append(len(begun))
            work()

        database.with_room(store, begin)

    monkeypatch.setattr(database, "LEAST_MEMORY", 4 << 20)
    monkeypatch.setattr("pipelines.load.with_room", counted)
    load(scarce, estate_scan(scarce.layout))
    assert len(begun) > 1
    assert contents(scarce.layout.store) == contents(ample.layout.store)


def test_a_snapshot_that_finds_no_room_is_published_by_the_next_run(
    demo: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(demo, estate_scan(demo.layout))
    before = contents(demo.layout.store)

    def without_room(layout: Layout) -> None:
        allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, allowed[1]))
        try:
            publish(layout)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, allowed)

    with monkeypatch.context() as full:
        full.setattr("pipelines.load.publish", without_room)
        with pytest.raises(MeiboError) as error:
            load(demo, estate_scan(demo.layout, "scan-2", day=21))
    assert (error.value.code, error.value.place) == ("disk-full", "store.duckdb")
    assert error.value.__cause__ is None and error.value.__suppress_context__
    assert contents(demo.layout.store) == before
    catch_up(demo.layout)
    with Reader(demo.layout.store) as reader:
        assert set(reader.query("SELECT scan_id FROM scan")["scan_id"]) == {"scan-1", "scan-2"}


def test_special_care_information_with_a_sample_never_enters_the_store(tmp_path: Path) -> None:
    work, notes = job(tmp_path), asset("crm/notes")
    part = examined(work.layout, notes, "w", findings=[finding(0, "JP_SPECIAL_CARE", masked="糖■■")])
    with pytest.raises(MeiboError) as error:
        load(work, scan("s", [AssetResult(asset=notes, parts=(part,))]))
    assert error.value.code == "load-failed"
    assert "糖" not in str(error.value)


def test_a_scan_of_one_source_keeps_what_is_known_of_the_others(demo: Job) -> None:
    load(demo, estate_scan(demo.layout))
    letters = asset("share/list.csv")
    part = examined(demo.layout, letters, "work-letters-2", rows=6)
    only = AssetResult(asset=letters, fields=(typed("mail", "EMAIL_ADDRESS", 6),), parts=(part,))
    load(demo, scan("scan-2", [only], day=21, sources=("share",)))
    with Reader(demo.layout.store) as reader:
        now = reader.query("SELECT asset_id, scan_id FROM current_asset ORDER BY asset_id")
        assert list(now.itertuples(index=False, name=None)) == [
            ("crm/public.customers", "scan-1"),
            ("share/list.csv", "scan-2"),
        ]
        assert reader.query("SELECT scan_id, partial FROM current_scan").values.tolist() == [["scan-2", True]]


def test_a_scan_of_the_whole_estate_forgets_sources_that_are_gone(tmp_path: Path) -> None:
    work, old = job(tmp_path), asset("gone/table")
    load(work, scan("s1", [AssetResult(asset=old, parts=(not_examined(old, "permission-denied"),))]))
    load(work, scan("s2", [], day=21))
    with Reader(work.layout.store) as reader:
        assert reader.query("SELECT source FROM current_source ORDER BY 1")["source"].tolist() == [
            "crm",
            "share",
        ]


def test_a_gap_has_one_id_from_scan_to_scan_until_it_grows() -> None:
    gap = PartRef(asset=asset("crm/a"), index=3, rows=5, status="not_examined", reason="row-broken")
    assert not_examined_id(gap) == not_examined_id(gap.model_copy())
    assert not_examined_id(gap) != not_examined_id(gap.model_copy(update={"rows": 6}))


names = st.sampled_from(["crm/a", "crm/b", "share/c.csv"])
cells = st.tuples(names, st.integers(0, 2), st.sampled_from(["w1", "w2", "w3", ""]), st.integers(0, 3))


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(cells, max_size=5), min_size=1, max_size=3))
def test_the_store_after_any_history_of_loads_depends_only_on_the_last_of_each_scan(
    history: list[list[tuple[str, int, str, int]]],
) -> None:
    """Every scan is loaded twice, the first time with another scan's parts."""
    with tempfile.TemporaryDirectory() as directory:
        restless, straight = job(Path(directory) / "a"), job(Path(directory) / "b")
        for number, scanned in enumerate(history):
            load(restless, generated(restless, f"s{number}", history[number - 1]))
            load(restless, generated(restless, f"s{number}", scanned))
            load(straight, generated(straight, f"s{number}", scanned))
        ours, theirs = contents(restless.layout.store), contents(straight.layout.store)
        # `part` names the place a shared part was first read from, which depends on the history.
        for both in (ours, theirs):
            both["part"] = [str(len(both["part"]))]
        assert ours == theirs


def generated(work: Job, scan_id: str, scanned: list[tuple[str, int, str, int]]) -> ScanResult:
    parts: dict[str, dict[int, PartResult]] = {}
    for name, index, work_key, found in scanned:
        where = asset(name)
        rows = [finding(row) for row in range(len(work_key) and int(work_key[1]))]
        parts.setdefault(name, {})[index] = (
            examined(work.layout, where, work_key, index=index, findings=rows, keys=[key(1)])
            if work_key
            else not_examined(where, "row-broken", index=index, rows=found)
        )
    return scan(
        scan_id,
        [
            AssetResult(asset=asset(name), fields=(plain("memo"),), parts=tuple(each.values()))
            for name, each in parts.items()
        ],
    )


@pytest.mark.slow
def test_a_million_findings_of_one_asset_are_loaded(tmp_path: Path) -> None:
    work, notes = job(tmp_path), asset("crm/notes")
    n = 1_000_000
    rng = np.random.default_rng(0)
    write(work.layout, "big", "findings.parquet", [finding(0)], FINDING_FILE)
    one = pq.read_table(work.layout.work / "big" / "findings.parquet")
    columns = {name: pa.repeat(one[name][0], n) for name in FINDING_FILE.names}
    columns["row"] = pa.array(np.arange(n))
    columns["value_key"] = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), n, [None, pa.py_buffer(rng.bytes(16 * n))]
    )
    pq.write_table(pa.table(columns, schema=FINDING_FILE), work.layout.work / "big" / "findings.parquet")
    part = PartResult(
        part=PartRef(asset=notes, index=0, rows=n), part_id="big", findings=Path("big/findings.parquet")
    )
    load(work, scan("s", [AssetResult(asset=notes, parts=(part,))]))
    with Reader(work.layout.store) as reader:
        assert reader.query('SELECT rows, "distinct" FROM current_holding').values.tolist() == [[n, n]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What two loads leave that nobody disturbed."""
    calm = estate_job(tmp_path_factory.mktemp("calm"))
    load(calm, estate_scan(calm.layout, "scan-0", day=10))
    load(calm, estate_scan(calm.layout))
    return contents(calm.layout.store)


#: By what has just happened when the loader is killed: module, function, its call or return, whether the writer's
#: database is then between two scans.
MOMENTS = {
    "the parts are in": ("pipelines.load", "_insert_parts", "return", False),
    "the note is written": ("pipelines.load", "_replace_scan", "call", True),
    "some rows of the scan are in": ("pipelines.load", "_insert_arrow", "return", True),
    "a derived step is done, not committed": ("pipelines.loading.settled", "settle", "return", True),
    "the note has gone": ("pipelines.store.database", "publish", "call", False),
    "the snapshot is copied, not in its place": ("shutil", "copyfile", "return", False),
    "the snapshot is in its place": ("pipelines.store.database", "publish", "return", False),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_the_next_run_gives_the_same_store(
    tmp_path: Path, undisturbed: dict[str, list[str]], moment: str
) -> None:
    killed = estate_job(tmp_path / "killed")
    load(killed, estate_scan(killed.layout, "scan-0", day=10))
    module, function, event, between = MOMENTS[moment]
    arguments = f"{str(tmp_path / 'killed')!r}, {module!r}, {function!r}, {event!r}"
    loader = subprocess.run(
        [
            *(sys.executable, "-c"),
            f"from tests.pipelines.work import die_while_loading; die_while_loading({arguments})",
        ],
        env=environment(),
    )
    assert loader.returncode == -signal.SIGKILL
    assert killed.layout.unfinished.exists() == between
    with Reader(killed.layout.store) as reader:  # old or new, never half
        published = len(reader.query("FROM scan_part"))
    assert published == (10 if moment == "the snapshot is in its place" else 5)
    load(killed, estate_scan(killed.layout))
    assert contents(killed.layout.store) == undisturbed


def environment() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}


def test_a_bundle_whose_results_are_gone_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    on = estate_job(tmp_path)
    gone = BundleRef(work_key="ab" * 16, first="share/note.txt")
    with pytest.raises(MeiboError, match="findings-missing"):
        load(on, scan("scan-1", [], bundles=(gone,)))
    assert not on.layout.store.exists()
