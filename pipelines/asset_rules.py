"""What the estate says of assets, rule by rule, and which rule holds for an asset.

The first that matches holds; for what stands in the cells of a table what is said of the table.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from pipelines.registers import Register
from pipelines.section import Section

#: What places that look alike are told apart by (`pipelines.nights.ids`).
_NUMBERED = re.compile(r"~[1-9][0-9]*\Z")
#: How the id of what stands in cells of a table goes on behind the table's (`pipelines.sources.cells`).
_IN_CELLS = re.compile(r"(?:#画像|![^!#]+/[1-9][0-9]*(?:[!#].*)?)\Z", re.DOTALL)


class Columns(Section):
    """Columns the reports need to know by role."""

    key: str | None = None
    """Identifies the person (member number, customer id)."""
    last_activity: str | None = None
    """Date or timestamp of the last login, order or contact."""
    withdrawn: str | None = None
    """Day the person withdrew; empty while a member."""
    contract_end: str | None = None
    """Day the contract ended; empty while it runs."""
    status: str | None = None
    """Membership status."""
    consent: str | None = None
    """Consent to be mailed."""
    watermark: str | None = None
    """Grows with every change of a row."""


class Copy(Section):
    """A derived copy of an asset and how long it may live."""

    asset: str
    ttl_days: int | None = Field(default=None, ge=0, le=100_000)


class Recipient(Section):
    """Somebody outside who gets the data of an asset. What is left out is shown as missing."""

    recipient: str
    relation: Literal["entrustee", "third_party", "joint_use"] | None = None
    country: str | None = None
    method: str | None = None
    """How it gets there: upload, mail, API."""
    basis: str | None = None
    """Consent, contract, law."""
    record: str | None = None
    """Where the record of the provision is kept (APPI 29)."""


def _known_types(types: tuple[str, ...]) -> tuple[str, ...]:
    from detectors.entities import is_entity_type

    if not all(map(is_entity_type, types)):
        raise ValueError("unknown entity type; docs/detection.md lists them")
    return types


EntityTypes = Annotated[tuple[str, ...], AfterValidator(_known_types)]


class AssetRule(Section):
    """What is known about the assets whose id matches `match` (shell-style globs); the first match counts."""

    match: str
    owner: str | None = None
    purpose: str | None = None
    zone: str | None = None
    country: str | None = None
    entrustee: str | None = None
    retention: str | None = None
    """A retention class of policies.yaml."""
    columns: Columns = Columns()
    keys: Literal["auto"] | tuple[str, ...] = "auto"
    """Columns whose values are kept as keyed hashes for joining."""
    declared: dict[str, EntityTypes] = {}
    """Column → entity types known and accepted to be there (`meibo gate`)."""
    copies: tuple[Copy, ...] = ()
    held: dict[str, tuple[str, ...]] = {}
    """Column → retention classes of statutes that hold it, whatever happens to the rest of the record."""
    protection: Literal["encrypted", "plain"] | None = None
    """Whether it is encrypted at rest."""
    provided_to: tuple[Recipient, ...] = ()
    disposal: str | None = None
    """How it is disposed of, for the ledger."""
    quasi: tuple[str, ...] = ()
    """Further columns that tell people apart together with others (sex, age band), kept as keyed hashes."""
    registered: EntityTypes | None = None
    """Entity types the purposes registered for this system cover; None: no purpose is registered."""
    records: Register | None = None
    """What its rows are to the incident reports: orders, visits, a send log."""

    def of_cells(self, own: AssetRule | None) -> AssetRule:
        """Return what holds for what stands in the cells of a table, given the rule of its own that it may have.

        Of what is said of the columns of the table only the key counts: it names rows there, too.
        """
        if own is not None:
            return own.model_copy(
                update={"columns": own.columns.model_copy(update={"key": self.columns.key})}
            )
        known = self.model_dump(exclude={"columns", "keys", "declared", "copies", "held", "quasi", "records"})
        return AssetRule(**known, columns=Columns(key=self.columns.key))

    @field_validator("held", mode="before")
    @classmethod
    def _one_class_is_a_list(cls, held: object) -> object:
        if not isinstance(held, dict):
            return held
        return {column: [names] if isinstance(names, str) else names for column, names in held.items()}


class AssetRules:
    """The rules of an estate. It hands out the same object for what the same is known of."""

    def __init__(self, rules: Sequence[AssetRule]) -> None:
        self._rules = [(re.compile(fnmatch.translate(rule.match)), rule) for rule in rules]
        self._known = {id(rule) for rule in rules}
        self._of_cells: dict[tuple[int, int], AssetRule] = {}

    def of(self, asset_id: str, *, of_tables: bool) -> AssetRule | None:
        """Return the rule of an asset, None where there is none; `of_tables`: its source has tables for assets.

        Of places that look alike (``…~2``) the rules speak by the name they share.
        """
        rule = self._first(asset_id)
        found = _IN_CELLS.search(_NUMBERED.sub("", asset_id)) if of_tables else None
        table = self._first(asset_id[: found.start()]) if found else None
        if table is None or (rule and (rule.columns.key or not table.columns.key)):
            return rule
        places = id(rule), id(table)
        if places not in self._of_cells:
            self._of_cells[places] = made = table.of_cells(rule)
            self._known.add(id(made))
        return self._of_cells[places]

    def has(self, rule: AssetRule) -> bool:
        """Say whether it is one that `of` has returned, or may."""
        return id(rule) in self._known

    def _first(self, asset_id: str) -> AssetRule | None:
        shared = _NUMBERED.sub("", asset_id)
        for matches, rule in self._rules:
            # An id may hold what means something in a pattern: ``share/[秘]名簿.csv``.
            if rule.match in (asset_id, shared) or any(matches.match(each) for each in {asset_id, shared}):
                return rule
        return None
