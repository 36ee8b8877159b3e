"""What stops a command from outside, a path that cannot be written or a full disk, is told as that."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from pipelines.errors import MeiboError, NotExamined, Refused
from pipelines.steps import _code
from tests.commands import MEIBO, Command, environment


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file where a directory is expected; its name is personal data."""
    path = tmp_path / "山田太郎"
    path.write_text("")
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """An estate of one directory."""
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "a.csv").write_text("氏名,電話番号\n" + "佐藤健太,090-1234-5678\n" * 50, "utf-8")
    path = tmp_path / "estate.yaml"
    path.write_text("sources: [{name: share, kind: files, path: share}]\n", "utf-8")
    return path


@pytest.mark.parametrize("below", ["", "x", "x/y"])
def test_an_output_directory_that_cannot_be_one_is_refused(
    command: Command, tiny: Path, file: Path, below: str
) -> None:
    code, out, err = command("scan", "--estate", tiny, "--out", file / below)
    assert (code, out) == (64, "")
    assert (
        err.strip().splitlines()[0] == "meibo: output-unwritable: --out (name a place this user may write to)"
    )


@pytest.mark.parametrize("place", ["/proc/meibo-out", "/" + "x" * 300])
def test_an_output_directory_that_cannot_be_written_is_refused(
    command: Command, tiny: Path, place: str
) -> None:
    code, _, err = command("scan", "--estate", tiny, "--out", place)
    assert (code, "output-unwritable: --out" in err) == (64, True)


def test_a_register_of_requests_is_not_kept_in_a_file(command: Command, file: Path) -> None:
    code, _, err = command("request", "add", "R-1", "--kind", "disclosure", "--out", file, key=None)
    assert (code, "output-unwritable: --out" in err) == (64, True)


def test_a_sample_estate_is_not_written_over_a_file(command: Command, file: Path) -> None:
    code, _, err = command("demo", file, "--size", "small", key=None)
    assert (code, "output-unwritable: DIRECTORY" in err) == (64, True)


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("incident", "--known-on", "2026-11-20", "--asset", "*", "--drafts", "{file}"), "--drafts"),
        (("subject", "--phone", "090-1234-5678", "--export-keys", "{file}/keys"), "--export-keys"),
        (("ledger", "export", "{file}/ledger.xlsx"), "FILE"),
    ],
)
def test_what_cannot_be_written_is_named_by_its_option(
    command: Command, scanned: Path, file: Path, arguments: tuple[str, ...], place: str
) -> None:
    code, _, err = command(*(each.format(file=file) for each in arguments), "--out", scanned)
    assert (code, f"output-unwritable: {place} " in err, "山田" in err) == (64, True, False), err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [("detect", "090-1234-5678"), ("detect", "--json", "090-1234-5678")])
def test_a_full_disk_is_told_as_one(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [MEIBO, *arguments], env=environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr.decode().splitlines()[0]) == (
        74,
        "meibo: disk-full (make room where it writes, --out and temporary files, and run it again)",
    )


@pytest.mark.parametrize("most", [8, 100])
def test_a_scan_that_may_write_no_more_stops_as_one(tiny: Path, tmp_path: Path, most: int) -> None:
    scan = [str(MEIBO), "scan", "--estate", str(tiny), "--out", str(tmp_path / "out"), "--workers", "1"]
    # So many kB are the most a file may have: the store has more.
    done = subprocess.run(
        ["bash", "-c", f'ulimit -f {most}; exec "$@"', "-", *scan],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 74, done.stderr.decode()
    assert "meibo: disk-full (" in done.stderr.decode()
    assert not (tmp_path / "out" / "store.duckdb").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_what_this_user_may_not_touch_is_told_as_such(command: Command, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o500)
    code, _, err = command("scan", "--estate", tiny, "--out", tmp_path / "out")
    assert (code, "output-unwritable" in err) == (64, True)


def test_only_what_was_done_in_part_ends_with_3() -> None:
    assert [each.exit_code for each in (NotExamined, Refused, MeiboError)] == [3, 64, 74]


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.ENOSPC, "disk-full"), (errno.EROFS, "disk-read-only"), (errno.ENOENT, "other")],
)
def test_an_asset_that_a_disk_kept_from_being_examined_says_so(number: int, reason: str) -> None:
    assert _code(OSError(number, "090-1234-5678"), "other") == reason
