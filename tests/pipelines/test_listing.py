"""Files that kill whoever lists what is in them. Everything is invented."""

from __future__ import annotations

import multiprocessing
import signal
import zipfile
from pathlib import Path

import pytest

from pipelines.config import Estate
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.nights import listing
from pipelines.scan import scan
from pipelines.store.reader import Reader
from tests.pipelines.scans import KEYS
from tests.pipelines.work import list_safely_or_die, plan_and_die


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr("pipelines.scan.write_page", lambda layout: layout.report)
    share = tmp_path / "share"
    share.mkdir()
    (share / "note.csv").write_text("id,電話\n1,090-1111-2222\n", "utf-8")
    with zipfile.ZipFile(share / "deadly.zip", "w") as packed:
        packed.writestr("old.csv", "id,電話\n2,090-1111-3333\n")
    estate = Estate.model_validate({"sources": [{"name": "share", "kind": "files", "path": str(share)}]})
    return Job(estate, Layout(tmp_path / "out").create(), KEYS)


def reasons(on: Job) -> dict[str, str]:
    scan(on, workers=1)
    with Reader(on.layout.store) as store:
        return {
            row["asset_id"]: row["reason"]
            for row in store.arrow("SELECT asset_id, reason FROM current_part").to_pylist()
        }


def test_a_file_that_kills_who_lists_it_costs_one_scan_and_then_itself_alone(
    on: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = multiprocessing.get_context("spawn").Process(target=plan_and_die, args=(on,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with monkeypatch.context() as deadly:
        deadly.setattr(listing, "list_safely", list_safely_or_die)
        for _ in range(2):
            assert reasons(on) == {"share/note.csv": "", "share/deadly.zip": "worker-crashed"}
    # It was not its fault, or it was mended.
    assert reasons(on) == {"share/note.csv": "", "share/deadly.zip!old.csv": ""}
    assert not on.layout.listing.exists()


def test_a_file_that_cannot_be_listed_apart_says_why(on: Job) -> None:
    share = on.layout.out.parent / "share"
    (share / "deadly.zip").write_bytes(b"PK\3\4 broken")
    here = reasons(on)
    on.layout.listing.touch()
    assert reasons(on) == here
    assert not on.layout.listing.exists()
