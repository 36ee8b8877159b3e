"""Decisions: after the finding comes what people make of it.

A decision covers asset, field and entity type (shell-style globs) and says: confirmed, false positive, accepted
until a day, in repair, repaired; with reason, who and when. It lies in a YAML file people may edit and review
(the estate's `decisions`, else ``state/decisions.yaml``), survives re-scans, and reopens by itself when it
expires, when there is more than there was, when more people can read it, or when what was repaired is found again.

It speaks of what stood there when the store first heard of it: at once by `decide`, at the next load where people
wrote it into the file. What its globs match later is open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import yaml
from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError, field_validator, model_validator

from pipelines.config import Estate
from pipelines.errors import ConfigRefused, Refused
from pipelines.keys import KeyRing
from pipelines.layout import Layout, replacing
from pipelines.places import mask_place
from pipelines.section import Section
from pipelines.store.database import open_writer, publish, transaction
from pipelines.store.lock import exclusive
from pipelines.store.own_key import refuse_other_key
from pipelines.yaml_once import faults_of, read_file

State = Literal["confirmed", "false_positive", "accepted", "in_repair", "repaired"]

#: What errors call the file.
PLACE = "decisions file"


class Decision(Section):
    """One decision. `until` is required for ``accepted``: nothing personal is accepted for ever."""

    asset: str = Field(min_length=1)
    field: str = "*"
    entity_type: str = "*"
    state: State
    reason: str = Field(min_length=1)
    who: str = Field(min_length=1)
    decided_at: AwareDatetime
    until: date | None = None
    tolerance: float = Field(default=0, ge=0, le=10)
    """Growth of how much there is that does not reopen the decision: 0.1 is a tenth."""

    @field_validator("decided_at", mode="before")
    @classmethod
    def _a_day_is_its_midnight(cls, value: object) -> object:
        # YAML reads 2026-11-21 as a day, and a time without a zone as one without.
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value

    @model_validator(mode="after")
    def _acceptance_ends(self) -> Decision:
        if self.state == "accepted" and self.until is None:
            raise ValueError("until: what is accepted is accepted until a day")
        return self

    @property
    def identifier(self) -> str:
        """The same decision, read again, is the same; an edited one is another."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def decisions_file(estate: Estate | None, layout: Layout) -> Path:
    """Return where decisions are kept: where the estate says, else in the state directory."""
    return (estate and estate.decisions) or layout.state / "decisions.yaml"


def read_decisions(path: Path) -> list[Decision]:
    """Read the decisions; none where there is no file. Raises `ConfigRefused` with every fault."""
    if not path.exists():
        return []
    try:
        return TypeAdapter(list[Decision]).validate_python(read_file(PLACE, path) or [])
    except ValidationError as error:
        raise ConfigRefused(PLACE, faults_of(error)) from None


def decide(layout: Layout, keys: KeyRing, decision: Decision, path: Path) -> int:
    """Write a decision down and bring the store to it; return how many holdings it covers.

    Persons in its reason are masked. Raises `Refused` ``decision-covers-nothing`` when nothing the last scans
    found matches it, ``decisions-elsewhere`` when the store knows decisions and there is no file, ``key-changed``,
    ``store-missing``, ``locked``.
    """
    if not layout.store.exists():
        raise Refused("store-missing", layout.store.name, "run `meibo scan` first")
    decision = decision.model_copy(update={"reason": mask_place(decision.reason, keys)})
    with exclusive(layout.lock, 60.0):
        decisions = [*read_decisions(path), decision]
        with open_writer(layout) as store:
            refuse_other_key(store, keys)
            if not path.exists() and store.execute("SELECT 1 FROM decision LIMIT 1").fetchone():
                # Without them all they cover would be open again, and the next scan would not read this one.
                hint = "name the estate the last scan was told, or restore the file"
                raise Refused("decisions-elsewhere", path.name, hint)
            with transaction(store):
                apply(store, decisions, keys)
                covered = _covered(store, decision)
                if not covered:
                    raise Refused("decision-covers-nothing", "decide", "see `meibo report triage` for places")
            store.execute("CHECKPOINT")
        _append(path, decision)
        publish(layout)
    return covered


def apply(store: duckdb.DuckDBPyConnection, decisions: Sequence[Decision], keys: KeyRing) -> None:
    """Replace the decisions in the store; within a transaction.

    For each that is new it is noted how much there is of what it matches, for each other that of what it had not
    met there was nothing when it was made.
    """
    rows = {
        each.identifier: {
            **each.model_dump(exclude={"reason"}),
            "decision_id": each.identifier,
            "reason": mask_place(each.reason, keys),
        }
        for each in decisions
    }
    known = [identifier for (identifier,) in store.execute("SELECT decision_id FROM decision").fetchall()]
    store.execute("DELETE FROM decision")
    schema = store.execute("SELECT * FROM decision LIMIT 0").to_arrow_table().schema
    if rows:
        store.register("incoming", pa.Table.from_pylist(list(rows.values()), schema=schema))
        store.execute("INSERT INTO decision BY NAME SELECT * FROM incoming")
        store.unregister("incoming")
    store.execute("DELETE FROM decided WHERE decision_id NOT IN (SELECT decision_id FROM decision)")
    if rows:
        store.execute(_MEET, {"known": known})


_MEET = """
    INSERT INTO decided BY NAME
    SELECT decision_id, held.asset_id, held.field, held.entity_type, readers.audience,
           if(is_new, held.rows, 0) AS rows, if(is_new, amount_of(held.rows, held.occurrences), 0) AS amount
    FROM current_holding AS held
    JOIN current_audience AS readers USING (asset_id)
    JOIN (SELECT *, NOT list_contains($known, decision_id) AS is_new FROM decision) AS decision
      ON (held.asset_id = decision.asset OR held.asset_id GLOB decision.asset)
     AND (held.field = decision.field OR held.field GLOB decision.field)
     AND held.entity_type GLOB decision.entity_type
    ANTI JOIN decided ON decided.decision_id = decision.decision_id AND decided.asset_id = held.asset_id
                     AND decided.field = held.field AND decided.entity_type = held.entity_type
"""


def _covered(store: duckdb.DuckDBPyConnection, decision: Decision) -> int:
    row = store.execute(
        "SELECT count(*) FROM decided WHERE decision_id = ?", [decision.identifier]
    ).fetchone()
    return int(row[0]) if row else 0


def _append(path: Path, decision: Decision) -> None:
    """Add to the end: comments and order of what people wrote stay."""
    known = path.read_text("utf-8") if path.exists() else ""
    if known and not known.endswith("\n"):
        known += "\n"
    kept = decision.model_dump(mode="json", exclude_defaults=True)
    with replacing(path) as beside:
        beside.write_text(known + yaml.safe_dump([kept], allow_unicode=True, sort_keys=False), "utf-8")
