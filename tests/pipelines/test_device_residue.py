"""Incident B, the loaner phone: what it still holds, whose it is, who could see it. Every person is invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.load import load
from pipelines.reports.runner import Row
from pipelines.results import AssetResult
from pipelines.seal import Sealer
from tests.commands import KEY
from tests.pipelines.incidents import report, said
from tests.pipelines.scans import (
    KEYS,
    asset,
    examined,
    finding,
    job,
    not_examined,
    plain,
    record,
    scan,
    typed,
)

ONE, OTHER = "35207911223344", "35674108990011"
LENT = datetime(2026, 11, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def loan(
    device: str = ONE, *, person: str = "M1", after: int = 0, days: int | None = 4, **more: Any
) -> dict[str, Any]:
    start = LENT + after * DAY
    return {"device": device, "person": person, "moment": start, "ended": days and start + days * DAY, **more}


class Shop:
    """A share ``phones`` with a directory per device, and the ledgers of the shop."""

    def __init__(self, tmp_path: Path) -> None:
        rules = [
            {"match": f"crm/{kind}", "records": {"kind": kind, "columns": {"device": "d", **more}}}
            for kind, more in (("device", {"ref": "r", "status": "s"}), ("wipe", {"verified": "v"}))
        ]
        self.job: Job = job(
            tmp_path,
            sources=[
                {"name": "crm", "kind": "files", "path": "."},
                {"name": "phones", "kind": "files", "path": ".", "devices": "*"},
            ],
            assets=rules,
        )
        self.assets: list[AssetResult] = []

    def register(self, kind: str, *rows: dict[str, Any]) -> Shop:
        where = asset(f"crm/{kind}")
        numbered = [record(kind, **{"row": number, **row}) for number, row in enumerate(rows)]
        part = examined(self.job.layout, where, f"work-{kind}", records=numbered)
        self.assets.append(AssetResult(asset=where, parts=(part,)))
        return self

    def read_out(self, at: datetime, device: str | None = ONE, at_place: str = "", **more: Any) -> Shop:
        place = f"phones/{at_place or device or more['ref']}"
        where = asset(f"{place}#端末", kind="device")
        row = record("extraction", device=device, moment=at, **more)
        part = examined(self.job.layout, where, f"work-{place[-6:]}", records=[row])
        self.assets.append(AssetResult(asset=where, parts=(part,)))
        return self

    def holds(self, path: str, *fields: Any, **files: Any) -> Shop:
        where = asset(f"phones/{path}", kind="image" if "pictures" in files else "table")
        part = examined(self.job.layout, where, f"work-{path.replace('/', '-')}", **files)
        self.assets.append(AssetResult(asset=where, fields=fields, parts=(part,)))
        return self

    def cannot_read(self, path: str) -> Shop:
        where = asset(f"phones/{path}")
        self.assets.append(AssetResult(asset=where, parts=(not_examined(where, "file-damaged"),)))
        return self

    def rows(self, **parameters: Any) -> list[Row]:
        load(self.job, scan("s", self.assets))
        return report(self.job.layout.store, "device_residue", **parameters)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def picture(row: int = 0, kind: str = "other", **facts: Any) -> dict[str, Any]:
    return {"row": row, "page": 1, "kind": kind, "captured": None, "located": False} | facts


def shown(row: int, entity_type: str, **facts: Any) -> dict[str, Any]:
    return finding(row, entity_type, field="image", page=1, **facts)


def test_a_device_wiped_and_read_out_clean_after_its_return_may_be_lent(shop: Shop) -> None:
    shop.register("device", loan()).register(
        "wipe", {"device": ONE, "moment": LENT + 4.5 * DAY, "verified": True}
    )
    (row,) = shop.read_out(LENT + 5 * DAY).rows()
    assert (row["state"], row["reasons"], row["items"]) == ("lendable", [], None)


@pytest.mark.parametrize(
    ("wiped", "verified", "read_out", "reasons"),
    [
        (None, True, 5, ["no-wipe"]),
        (3, True, 5, ["wiped-before-return"]),
        (4.5, False, 5, ["no-wipe"]),
        (4.5, None, 5, ["no-wipe"]),
        (4.5, True, 3, ["read-out-before-return"]),
        (4.5, True, None, ["never-read-out"]),
    ],
)
def test_without_a_wipe_that_succeeded_and_a_reading_out_after_its_return_it_may_not(
    shop: Shop, wiped: float | None, verified: bool | None, read_out: float | None, reasons: list[str]
) -> None:
    shop.register("device", loan())
    wipes = [{"device": ONE, "moment": LENT + wiped * DAY, "verified": verified}] if wiped else []
    shop.register("wipe", *wipes)
    if read_out:
        shop.read_out(LENT + read_out * DAY)
    rows = [row for row in shop.rows() if row["device"]]
    assert said(rows, "state", "reasons") == [("not-lendable", reasons)]


def test_what_is_left_bars_lending_though_a_certificate_says_wiped(shop: Shop) -> None:
    shop.register("device", loan()).register(
        "wipe", {"device": ONE, "moment": LENT + 4.5 * DAY, "verified": True}
    )
    shop.read_out(LENT + 5 * DAY).holds(f"{ONE}/DCIM/1.jpg", pictures=[picture(kind="driver_license")])
    device, item = shop.rows()
    assert (device["state"], device["reasons"], device["items"]) == ("not-lendable", ["residue"], 1)
    assert (item["item"], item["items"], item["severity"]) == ("identity-document", 1, 4)


def test_a_picture_is_of_whoever_had_the_device_when_it_was_taken_and_later_borrowers_could_see_it(
    shop: Shop,
) -> None:
    shop.register(
        "device", loan(person="M1"), loan(person="M2", after=6), loan(person="M3", after=12, days=None)
    )
    shop.register("wipe").read_out(LENT + 11 * DAY)
    shop.holds(f"{ONE}/1.jpg", pictures=[picture(kind="my_number_card_back", captured=LENT + DAY)])
    device, item = shop.rows()
    keys = {person: f"k:{KEYS.value_key('PERSONAL_ID', person).hex()[:12]}" for person in ("M1", "M2", "M3")}
    assert (item["borrower"], item["borrowers"]) == (keys["M1"], 1)
    assert item["seen_by"] == sorted([keys["M2"], keys["M3"]])
    assert str(item["seen_since"]) == "2026-11-08"
    assert (device["state"], device["seen_by"]) == ("lent-uncleared", item["seen_by"])
    assert {"residue", "no-wipe"} <= set(device["reasons"])


def test_what_says_no_time_is_of_one_of_the_borrowers_since_the_last_wipe(shop: Shop) -> None:
    shop.register("device", *(loan(person=f"M{n}", after=5 * n) for n in range(4)))
    shop.register("wipe", {"device": ONE, "moment": LENT + 4.5 * DAY, "verified": True})
    shop.read_out(LENT + 14.5 * DAY).holds(f"{ONE}/note.txt", findings=[finding(0)])
    item = shop.rows()[1]
    assert (item["item"], item["borrower"], item["borrowers"], len(item["seen_by"])) == ("other", None, 2, 2)


def test_two_loans_of_one_person_are_one_borrowers(shop: Shop) -> None:
    shop.register("device", loan(), loan(after=6)).register("wipe").read_out(LENT + 11 * DAY)
    item = shop.holds(f"{ONE}/note.txt", findings=[finding(0)]).rows()[1]
    assert (item["borrower"] is not None, item["borrowers"], item["seen_by"]) == (True, 1, None)


def test_nobody_could_see_it_after_the_wipe_that_followed(shop: Shop) -> None:
    shop.register("device", loan(), loan(person="M2", after=6))
    shop.register("wipe", {"device": ONE, "moment": LENT + 5.5 * DAY, "verified": True}).read_out(
        LENT + 5 * DAY
    )
    shop.holds(f"{ONE}/1.jpg", pictures=[picture(kind="train_booking", captured=LENT + DAY)])
    device, item = shop.rows()
    assert (item["item"], item["seen_by"], item["seen_since"]) == ("booking", None, None)
    assert device["state"] == "not-lendable"


def test_every_picture_counts_once_as_the_gravest_that_is_in_it(shop: Shop) -> None:
    shop.register("device", loan()).register("wipe").read_out(LENT + 5 * DAY)
    shop.holds(
        f"{ONE}/DCIM",
        pictures=[
            picture(0, captured=LENT + DAY),
            picture(1, captured=LENT + DAY, located=True),
            picture(2),
            picture(3, kind="driver_license", captured=LENT + DAY, located=True),
            picture(4),
        ],
        findings=[shown(2, "JP_TRAIN_RESERVATION"), shown(3, "PERSON"), shown(4, "FACE", value_key=None)],
    )
    counted = dict(said(shop.rows(), "item", "items"))
    assert counted == {None: 5, "picture": 2, "located-picture": 1, "booking": 1, "identity-document": 1}


def test_pictures_from_before_the_first_loan_and_numbers_of_the_device_are_not_left_over(shop: Shop) -> None:
    shop.register("device", loan()).register(
        "wipe", {"device": ONE, "moment": LENT + 4.5 * DAY, "verified": True}
    )
    shop.read_out(LENT + 5 * DAY)
    shop.holds(f"{ONE}/sample.jpg", pictures=[picture(captured=LENT - 90 * DAY)])
    shop.holds(f"{ONE}/info.txt", findings=[finding(0, "IMEI"), finding(0, "IP_ADDRESS")])
    assert said(shop.rows(), "state", "items") == [("lendable", None)]


def test_a_table_of_contacts_counts_its_rows_and_the_people_in_it(shop: Shop) -> None:
    shop.register("device", loan()).register("wipe").read_out(LENT + 5 * DAY)
    keys = [
        {"field": "電話", "row": row, "row_key": None, "entity_type": "PHONE_NUMBER", "alt_key": None,
         "value_key": KEYS.value_key("PHONE_NUMBER", str(row % 30)), "family_key": None}
        for row in range(40)
    ]  # fmt: skip
    fields = (typed("氏名", "PERSON", 40), typed("電話", "PHONE_NUMBER", 38), plain("色", 40))
    shop.holds(f"{ONE}/contacts2.db#data", *fields, keys=keys)
    device, item = shop.rows()
    assert (item["item"], item["items"], item["persons"], device["persons"]) == ("contacts", 40, 30, 30)


def test_files_nobody_could_read_bar_lending(shop: Shop) -> None:
    shop.register("device", loan()).register(
        "wipe", {"device": ONE, "moment": LENT + 4.5 * DAY, "verified": True}
    )
    (row,) = shop.read_out(LENT + 5 * DAY).cannot_read(f"{ONE}/a.bin").rows()
    assert (row["state"], row["reasons"], row["not_examined"]) == ("not-lendable", ["part-not-examined"], 1)


def test_of_several_times_a_device_was_read_out_the_last_counts(shop: Shop) -> None:
    shop.register("device", loan()).register(
        "wipe", {"device": ONE, "moment": LENT + 4.5 * DAY, "verified": True}
    )
    shop.read_out(LENT + 4.2 * DAY, at_place="1106").holds("1106/1.jpg", pictures=[picture(kind="passport")])
    (row,) = shop.read_out(LENT + 5 * DAY, at_place="1107").rows()
    assert (row["state"], row["asset"]) == ("lendable", "phones/1107#端末")


def test_the_ledger_may_call_devices_by_a_number_of_its_own(shop: Shop) -> None:
    wipe = {"device": ONE, "moment": LENT + 4.5 * DAY, "verified": True}
    shop.register("device", loan(ref="貸出-07")).register("wipe", wipe)
    (row,) = shop.read_out(LENT + 5 * DAY, None, ref="貸出-07").rows()
    assert row["state"] == "lendable"


def test_a_device_called_lendable_that_is_not_is_told_and_fails_the_gate(shop: Shop) -> None:
    shop.register("device", loan(status="貸出可"), loan(OTHER, status="修理中")).register("wipe")
    states = {row["device"]: row["state"] for row in shop.read_out(LENT + 5 * DAY).rows() if row["device"]}
    assert sorted(states.values()) == ["not-lendable", "offered-uncleared"]


def test_a_device_in_no_ledger_is_not_to_be_lent(shop: Shop) -> None:
    shop.register("device").register("wipe")
    (row,) = [row for row in shop.read_out(LENT).rows() if row["device"]]
    assert (row["state"], row["reasons"]) == ("not-lendable", ["not-in-ledger"])


def test_a_new_device_may_be_lent_and_what_was_read_out_during_a_loan_may_be_the_borrowers(
    shop: Shop,
) -> None:
    shop.register("device", loan(days=None), {"device": OTHER}).register("wipe")
    shop.read_out(LENT + DAY).holds(f"{ONE}/1.jpg", pictures=[picture(captured=LENT + 0.5 * DAY)])
    states = [row["state"] for row in shop.rows() if row["device"] and not row["item"]]
    assert sorted(states) == ["lendable", "on-loan"]


def test_one_device_is_asked_for_by_its_number(shop: Shop) -> None:
    shop.register("device", loan(), loan(OTHER)).register("wipe").read_out(LENT + 5 * DAY)
    key = f"k:{KEYS.value_key('IMEI', OTHER).hex()[:12]}"
    assert {row["device"] for row in shop.rows(device=key)} == {key}


def test_without_ledgers_nothing_can_be_said_and_that_is_said(tmp_path: Path) -> None:
    work = job(tmp_path)
    load(work, scan("s", []))
    rows = report(work.layout.store, "device_residue")
    assert said(rows, "state", "register") == [
        ("not-declared", "device"), ("not-declared", "extraction"), ("not-declared", "wipe")
    ]  # fmt: skip


def test_the_sample_estate_gives_the_truth(scanned: Path, estate: Path) -> None:
    truth = json.loads((estate / "truth.json").read_text("utf-8"))["incidents"]["device_residue"]
    sealer = Sealer(KeyRing.from_environment({"MEIBO_KEY": KEY}))

    def keyed(entity_type: str, value: str) -> str | None:
        key = None if value == "-" else sealer.seal(entity_type, value)[0]
        return key and f"k:{key.hex()[:12]}"

    expected = [
        (keyed("IMEI", imei), state, None if item == "-" else item, keyed("PERSONAL_ID", borrower))
        for imei, state, item, borrower in map(str.split, truth["keys"])
    ]
    rows = report(scanned / "store.duckdb", "device_residue")
    assert len(rows) == truth["rows"]
    assert sorted(said(rows, "device", "state", "item", "borrower"), key=repr) == sorted(expected, key=repr)


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_loans_on_one_day_the_one_that_has_not_ended_counts(shop: Shop, turn: int) -> None:
    """Ledgers note days: what was lent again on the day it came back is not at the shop."""
    loans = [
        {"device": ONE, "person": "A", "moment": LENT, "ended": LENT},
        {"device": ONE, "person": "B", "moment": LENT},
    ]
    shop.register("device", *loans[::turn])
    shop.register("wipe", {"device": ONE, "moment": LENT, "verified": True})
    (row,) = shop.read_out(LENT + DAY).rows()
    assert (row["state"], row["reasons"]) == ("on-loan", [])


def test_a_loan_of_no_day_keeps_a_device_from_being_lendable(shop: Shop) -> None:
    shop.register("device", {"device": ONE, "person": "A"}).register("wipe")
    (row,) = shop.read_out(LENT).rows()
    assert (row["state"], row["reasons"]) == ("not-lendable", ["unreadable-date"])


@pytest.mark.parametrize("later", ["wipe", "extraction"])
def test_what_is_dated_after_the_scan_clears_no_device(shop: Shop, later: str) -> None:
    """A slip of the pen in a certificate, the clock of a phone: nobody knows when that was."""
    future = datetime(2062, 4, 1, tzinfo=UTC)
    wiped = future if later == "wipe" else LENT + 5 * DAY
    shop.register("device", loan()).register("wipe", {"device": ONE, "moment": wiped, "verified": True})
    (row,) = shop.read_out(future if later == "extraction" else LENT + 6 * DAY).rows()
    assert row["state"] == "not-lendable"
    assert row["reasons"] == ["future-date", "no-wipe" if later == "wipe" else "never-read-out"]
