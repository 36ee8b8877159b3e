"""The scope of a leak, from the store alone: persons, items by class, triggers, who could and who did read.

The parts of whole assets (table `whole_part`) and single rows of others (`scope_row`) are collected once, and
everything else is counted over them. A number that cannot be known is a bound, and what was not examined keeps the
upper one open: not examined is not clean.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time
from importlib import resources
from typing import Any, TypeVar

from pipelines.errors import Refused
from pipelines.incident.answer import Event, Exposure, Item, Loan, Look, MayRead, Persons, Scope
from pipelines.incident.deadlines import deadlines
from pipelines.incident.question import Question
from pipelines.incident.triggers import triggers
from pipelines.keys import KeyRing
from pipelines.policies import LeakReport, Track
from pipelines.reports.key_parameter import key_prefix
from pipelines.seal import Sealer
from pipelines.store.own_key import refuse_other_key
from pipelines.store.reader import Reader
from pipelines.subject.roles import KeyColumn, others

T = TypeVar("T")

#: An id may hold what means something in a pattern: ``share/[秘]名簿.csv``.
_IS_ASKED = "asset_id = $pattern OR asset_id GLOB $pattern"

#: Links weaker than this may hold two people together: for the upper bound their rows count one by one.
SURE = 0.8


def scope_of(reader: Reader, question: Question, report: LeakReport, keys: KeyRing | None = None) -> Scope:
    """Return the scope of an incident. `keys`: needed where `refs` are asked for.

    Raises `Refused` ``incident-no-asset``, ``incident-nothing`` where nothing in the store matches.
    """
    _collect(reader, question, keys)
    assets = _column(reader, "SELECT DISTINCT asset_id FROM scope_asset ORDER BY 1", "asset_id")
    unread = _unread(reader)
    persons = _persons(reader, is_open=bool(unread))
    items = _items(reader)
    scan = reader.arrow("SELECT scan_id, law_version FROM current_scan").to_pylist()[0]
    grounds = triggers(question, report, persons, items)
    improper = any(each.name == "improper_purpose" and each.met == "yes" for each in grounds)
    due = deadlines(report, question.known_on, improper=improper)
    exposures = _exposures(reader, question)
    loans = tuple(Loan(**row) for row in _rows(reader, _sql("loans")))
    return Scope(
        question=question,
        scan_id=scan["scan_id"],
        law_version=scan["law_version"],
        assets=tuple(assets),
        rows=_number(reader, _SCOPE_ROWS),
        persons=persons,
        items=items,
        triggers=grounds,
        protection={row["asset_id"]: row["protection"] or "unknown" for row in _rows(reader, _PROTECTION)},
        readers=tuple(MayRead(**row) for row in _rows(reader, _sql("readers"))),
        looks=tuple(Look(**row) for row in _looks(reader, question)),
        looks_known=bool(_number(reader, _LOGS)),
        loans=loans,
        exposures=exposures,
        timeline=tuple(_timeline(reader, question, exposures, loans)),
        deadlines=due,
        tracks=_tracks(report, question, items),
        unread=unread,
        as_of={row["asset_id"]: row["as_of_day"] for row in _rows(reader, _AS_OF)},
    )


def _collect(reader: Reader, question: Question, keys: KeyRing | None) -> None:
    """Make `scope_asset`, `whole_part` and `scope_row`: the assets, parts and rows the incident concerns."""
    reader.arrow("CREATE OR REPLACE TEMP TABLE scope_asset (asset_id TEXT)")
    reader.arrow(
        "CREATE OR REPLACE TEMP TABLE scope_row (asset_id TEXT, part_id TEXT, row BIGINT, moment TIMESTAMPTZ)"
    )
    for pattern in question.assets:
        found = reader.arrow(f"SELECT asset_id FROM current_asset WHERE {_IS_ASKED}", {"pattern": pattern})
        if not found.num_rows:
            raise Refused(
                "incident-no-asset",
                "--asset",
                "no asset of the last scans matches; see `meibo report inventory`",
            )
        reader.arrow(
            f"INSERT INTO scope_asset SELECT asset_id FROM current_asset WHERE {_IS_ASKED}",
            {"pattern": pattern},
        )
    if question.devices:
        _collect_devices(reader, question.devices, keys)
    reader.arrow("CREATE OR REPLACE TEMP TABLE whole_asset AS SELECT DISTINCT asset_id FROM scope_asset")
    reader.arrow(_sql("whole_assets"))
    if question.refs or question.mailings:
        bounds = {"first": question.first, "last": question.last}
        refs, mailings = _sealed(reader, question.refs, keys), list(question.mailings)
        _refuse_unknown("--order", refs, reader.arrow(_REFS, {"refs": refs})["ref_key"].to_pylist())
        _refuse_unknown("--mailing", mailings, _column(reader, _MAILINGS, "list"))
        reader.arrow(_sql("of_refs"), {"refs": refs, **bounds})
        reader.arrow(_sql("of_mailings"), {"mailings": mailings, **bounds})
        if not _number(reader, _SCOPE_ROWS):
            raise Refused("incident-nothing", "--from, --to", "no row of it is of that time")
        reader.arrow(
            "INSERT INTO scope_asset"
            " SELECT DISTINCT asset_id FROM scope_row ANTI JOIN scope_asset USING (asset_id)"
        )
    reader.arrow(_sql("numbered"))


def _collect_devices(reader: Reader, devices: Sequence[str], keys: KeyRing | None) -> None:
    """Add what was read out of devices to `scope_asset`."""
    kinds = ("IMEI" if _IMEI.search(device) else "PERSONAL_ID" for device in devices)
    for place, (kind, device) in enumerate(zip(kinds, devices, strict=True), 1):
        before = _number(reader, _SCOPE_ASSETS)
        reader.arrow(_sql("of_devices"), {"devices": [key_prefix(reader, "--device", kind, device, keys)]})
        if _number(reader, _SCOPE_ASSETS) == before:
            raise Refused(
                "incident-no-asset",
                _option("--device", place, len(devices)),
                "nothing was read out of it; see `meibo report device_residue`",
            )


def _sealed(reader: Reader, refs: Sequence[str], keys: KeyRing | None) -> list[bytes | None]:
    if not refs:
        return []
    if keys is None:
        raise Refused("key-missing", "MEIBO_KEY", "an order number is looked up by its keyed hash")
    refuse_other_key(reader, keys)
    return [Sealer(keys).seal("PERSONAL_ID", ref)[0] for ref in refs]


def _refuse_unknown(option: str, asked: Sequence[T], known: Collection[T]) -> None:
    """Refuse what no register holds by its place: beside what one holds it would be left out in silence."""
    for place, each in enumerate(asked, 1):
        if each not in known:
            where = _option(option, place, len(asked))
            raise Refused("incident-nothing", where, "no register of the last scans holds it")


def _option(name: str, place: int, of: int) -> str:
    """Name what an option gave without the value: an order number is somebody's."""
    return f"{name} {place} of {of}" if of > 1 else name


def _persons(reader: Reader, *, is_open: bool) -> Persons:
    fields = _other_fields(reader)
    given = {"assets": [asset for asset, _ in fields], "fields": [field for _, field in fields]}
    reader.arrow(_OTHER_FIELD, given)
    row = reader.arrow(_sql("persons"), {"sure": SURE}).to_pylist()[0]
    lower = row["subjects"] or int(row["somebody"])
    if row["named"] == row["subjects"] > 0:
        lower = min(lower, max(row["names"], row["ids"]))
    unknown = sum(row[name] for name in ("unlinked", "unseen", "mentioned", "besides"))
    upper = max(row["most"] + unknown, lower)
    return Persons(lower=lower, upper=upper, open=is_open)


def _other_fields(reader: Reader) -> list[tuple[str, str]]:
    """Return (asset, column) of the key columns that name somebody else than the row's person."""
    columns: dict[tuple[str, str | None], list[KeyColumn]] = {}
    for row in _rows(reader, _KEY_COLUMNS):
        column = KeyColumn(row["field"], row["position"], row["entity_type"])
        columns.setdefault((row["asset_id"], row["person_key"]), []).append(column)
    return [(asset, field) for (asset, key), of in columns.items() for field in others(of, key)]


def _items(reader: Reader) -> tuple[Item, ...]:
    return tuple(Item(**{**row, "kinds": tuple(row["kinds"])}) for row in _rows(reader, _sql("items")))


_KEY_COLUMNS = """
    SELECT asset_id, person_key, field, position, entity_type
    FROM current_field JOIN (SELECT asset_id, person_key FROM current_asset) AS asset USING (asset_id)
    SEMI JOIN scope_asset USING (asset_id) WHERE key_column AND entity_type IS NOT NULL
    ORDER BY asset_id, position, field
"""

_OTHER_FIELD = """
    CREATE OR REPLACE TEMP TABLE other_field AS
    SELECT unnest($assets::TEXT[]) AS asset_id, unnest($fields::TEXT[]) AS field
"""

_SCOPE_ROWS = """
    SELECT (SELECT coalesce(sum(rows * times), 0) FROM whole_part) + (SELECT count(*) FROM scope_row) AS n
"""

#: Fourteen digits, and signs between them: anything else is the company's own number.
_IMEI = re.compile(r"(?:\d\D?){14}")

_SCOPE_ASSETS = "SELECT count(*) AS n FROM scope_asset"

_REFS = "SELECT DISTINCT ref_key FROM current_record WHERE list_contains($refs::BLOB[], ref_key)"
_MAILINGS = "SELECT DISTINCT list FROM current_record WHERE register = 'send' AND list IS NOT NULL"

_PROTECTION = (
    "SELECT asset_id, protection FROM current_asset SEMI JOIN scope_asset USING (asset_id) ORDER BY 1"
)


_AS_OF = """
    SELECT asset_id, as_of_day FROM current_asset SEMI JOIN scope_asset USING (asset_id)
    WHERE as_of_scan IS NOT NULL ORDER BY 1
"""

_LOGS = "SELECT count(*) AS n FROM current_record WHERE register IN ('lookup', 'reader')"


def _looks(reader: Reader, question: Question) -> list[dict[str, Any]]:
    bounds = {"first": question.first, "last": question.last}
    return list(reader.arrow(_sql("looks"), bounds).to_pylist())


def _exposures(reader: Reader, question: Question) -> tuple[Exposure, ...]:
    bounds = {"first": question.first, "last": question.last}
    return tuple(Exposure(**row) for row in reader.arrow(_sql("exposures"), bounds).to_pylist())


def _timeline(
    reader: Reader, question: Question, exposures: Sequence[Exposure], loans: Sequence[Loan]
) -> list[Event]:
    began = [each.first for each in exposures if each.first]
    ended = [each.last for each in exposures if each.last]
    still = any(each.last_by == "still" for each in exposures)
    events = [Event(at=datetime.combine(question.known_on, time(), UTC), what="known")]
    if began:
        events.append(Event(at=min(began), what="exposed-from"))
    if ended:
        events.append(Event(at=max(ended), what="exposed-still" if still else "exposed-until"))
    for row in _rows(reader, _sql("seen")):
        events.append(Event(at=row["first"], what="first-seen", place=row["asset_id"]))
        if row["last"] != row["first"]:
            events.append(Event(at=row["last"], what="last-seen", place=row["asset_id"]))
    for loan in loans:
        turns = {"lent": loan.lent, "returned": loan.returned, "wiped": loan.wiped}
        events += [Event(at=at, what=what, place=loan.device) for what, at in turns.items() if at]
    return sorted(set(events), key=lambda event: (event.at, event.what, event.place))


def _tracks(report: LeakReport, question: Question, items: Sequence[Item]) -> tuple[Track, ...]:
    tracks = [report.tracks[report.track]]
    if report.track == "telecommunications":
        tracks.append(report.tracks["secrecy"])
    if any(item.entity_type == "JP_MY_NUMBER" for item in items):
        tracks.append(report.tracks["my_number"])
    if question.entrusted:
        tracks.append(report.tracks["entrustee"])
    return tuple(tracks)


def _unread(reader: Reader) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    return tuple(
        (row["asset_id"], row["parts"], tuple(row["reasons"])) for row in _rows(reader, _sql("unread"))
    )


def _sql(name: str) -> str:
    return (resources.files("pipelines.incident") / f"{name}.sql").read_text("utf-8")


def _rows(reader: Reader, sql: str) -> list[dict[str, Any]]:
    return list(reader.arrow(sql).to_pylist())


def _column(reader: Reader, sql: str, name: str) -> list[Any]:
    return list(reader.arrow(sql)[name].to_pylist())


def _number(reader: Reader, sql: str) -> int:
    return int(reader.arrow(sql)["n"].to_pylist()[0])
