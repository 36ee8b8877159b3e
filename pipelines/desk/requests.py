"""Requests of persons (開示等の請求): received, due, answered; and the end of the copy of an identity document.

``state/requests.json`` (mode 600) holds no value: who asks is a reference of the company's own (a ticket
number), and of the identity check only which kinds of identifiers matched what is already held. What is noted
stands in the report at once; while a scan holds the store, from the end of that scan.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import Any, Literal, get_args

import pyarrow as pa
from pydantic import Field, ValidationError

from pipelines.errors import Refused, writing_to
from pipelines.layout import Layout, replacing
from pipelines.places import is_personal
from pipelines.policies import Policies
from pipelines.refs import Ref
from pipelines.store.database import open_writer, publish, transaction
from pipelines.store.lock import exclusive

#: 開示, 訂正等, 利用停止・消去等, 第三者提供の停止, 第三者提供記録の開示 (APPI 33-35).
RequestKind = Literal["disclosure", "correction", "stop", "stop_provision", "provision_record"]
Outcome = Literal["granted", "partly", "refused", "withdrawn"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)

#: Seconds to wait for whoever writes the store; what is noted waits for the next load where that is not enough.
_PATIENCE = 5.0
#: Seconds to wait for whoever changes the register.
_TURN = 10.0


class Request(Ref):
    """One request. `matched`: entity types that agreed with data already held when identity was checked."""

    ref: str = Field(pattern=r"^[A-Za-z0-9_.\-]{1,40}$")
    kind: RequestKind
    received: date
    due: date
    closed: date | None = None
    outcome: Outcome | None = None
    matched: tuple[str, ...] = ()
    id_copy: date | None = None
    """Day by which a copy of an identity document is to be erased; None: none was taken."""
    id_copy_erased: date | None = None


def add(
    layout: Layout,
    policies: Policies,
    ref: str,
    kind: str,
    received: date,
    *,
    matched: Sequence[str] = (),
    id_copy: bool = False,
) -> Request:
    """Note a request; the due days come from the policies (`request_days`, `id_copy_days`).

    Raises `Refused` ``request-known``, ``request-invalid``, ``output-unwritable``.
    """
    if is_personal(ref):
        raise Refused("request-invalid", "", "a reference of your own, with no personal data in it")
    try:
        new = Request.model_validate(
            {
                "ref": ref,
                "kind": kind,
                "received": received,
                "due": received + _days(policies, "request_days"),
                "matched": tuple(matched),
                "id_copy": received + _days(policies, "id_copy_days") if id_copy else None,
            }
        )
    except ValidationError:
        raise Refused("request-invalid", "", "a reference is 1-40 of A-Z a-z 0-9 _ . - and no name") from None
    with writing_to("--out"):
        layout.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _register(layout) as known:
        if any(each.ref == ref for each in known):
            raise Refused("request-known", "", "that reference is in the register; see `meibo request list`")
        known.append(new)
    return new


def close(
    layout: Layout, ref: str, day: date, outcome: str | None = None, *, id_copy_erased: bool = False
) -> Request:
    """Note the answer (`outcome`) or that the copy of the identity document is erased, or both.

    Raises `Refused` ``request-unknown``, ``request-invalid`` (before it was received; unknown outcome).
    """
    with _register(layout) as known:
        found = _found(known, ref)
        if day < found.received or (outcome is None and not id_copy_erased):
            raise Refused("request-invalid", "", "say what was done, not before the day it was received")
        changes: dict[str, Any] = {}
        if outcome is not None:
            if outcome not in OUTCOMES:
                raise Refused("request-invalid", "--outcome", "one of " + ", ".join(OUTCOMES))
            changes |= {"outcome": outcome, "closed": day}
        if id_copy_erased:
            changes["id_copy_erased"] = day
        new = found.model_copy(update=changes)
        known[known.index(found)] = new
    return new


def checked(layout: Layout, ref: str, matched: Sequence[str]) -> Request:
    """Note which entity types agreed with data already held. Raises `Refused` ``request-unknown``."""
    with _register(layout) as known:
        found = _found(known, ref)
        new = found.model_copy(update={"matched": tuple(dict.fromkeys((*found.matched, *matched)))})
        known[known.index(found)] = new
    return new


def read(layout: Layout) -> list[Request]:
    """Return the register, oldest first; raises `Refused` ``requests-unreadable``."""
    try:
        raw = json.loads((layout.state / "requests.json").read_text("utf-8"))
        return [Request.model_validate(each) for each in raw]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError):
        raise Refused("requests-unreadable", "state/requests.json", "restore it from a backup") from None


def rows(layout: Layout) -> list[dict[str, Any]]:
    """Return the register as rows of table `request`; a damaged file stops no scan and is no empty register."""
    try:
        return [{**each.model_dump(), "matched": list(each.matched)} for each in read(layout)]
    except Refused:
        never = date(1970, 1, 1)
        return [{"ref": "?", "kind": "unreadable", "received": never, "due": never, "matched": []}]


def _days(policies: Policies, name: str) -> timedelta:
    return timedelta(days=policies.settings[name].value or 0)


def _found(known: Sequence[Request], ref: str) -> Request:
    for each in known:
        if each.ref == ref:
            return each
    raise Refused("request-unknown", "", "see `meibo request list`")


@contextmanager
def _register(layout: Layout) -> Iterator[list[Request]]:
    """Give the register to change, then write it and bring it to the store."""
    if not layout.state.is_dir():
        yield []
        return
    # A lock of its own: the other is held through a scan, and for that nobody waits who only notes something.
    with exclusive(layout.state / "requests.lock", _TURN):
        known = read(layout)
        yield known
        _write(layout, known)
    if layout.store.exists():
        with suppress(Refused):
            _bring(layout)


def _write(layout: Layout, requests: Sequence[Request]) -> None:
    ordered = sorted(requests, key=lambda each: (each.received, each.ref))
    with replacing(layout.state / "requests.json") as beside:
        beside.touch(0o600)
        beside.write_text(json.dumps([each.model_dump(mode="json") for each in ordered], indent=1), "utf-8")


def _bring(layout: Layout) -> None:
    with exclusive(layout.lock, _PATIENCE):
        with open_writer(layout) as store:
            with transaction(store):
                store.execute("DELETE FROM request")
                schema = store.execute("SELECT * FROM request LIMIT 0").to_arrow_table().schema
                store.register("incoming", pa.Table.from_pylist(rows(layout), schema=schema))
                store.execute("INSERT INTO request BY NAME SELECT * FROM incoming")
                store.unregister("incoming")
            store.execute("CHECKPOINT")
        publish(layout)
