"""Search: from identifiers somebody gives to the persons they may be (`pipelines.subject.holdings`: what is held).

Values are sealed at once and never kept, logged or printed back. Who is found is told apart by evidence: two
persons of one name are two candidates, and the reader chooses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.errors import Refused
from pipelines.keys import KeyRing
from pipelines.reports.runner import Row
from pipelines.seal import Sealer
from pipelines.store.reader import Reader
from pipelines.subject.roles import OF_TYPE

#: Option of `meibo subject` → entity type.
ASKED: dict[str, str] = {
    "name": "PERSON",
    "phone": "PHONE_NUMBER",
    "email": "EMAIL_ADDRESS",
    "address": "JP_ADDRESS",
    "member": "PERSONAL_ID",
    "born": "DATE_OF_BIRTH",
}


@dataclass(frozen=True)
class Asked:
    """One identifier that was asked for, sealed; `other` is a name's reading, an address without its room."""

    kind: str
    key: bytes
    other: bytes | None

    @property
    def entity_type(self) -> str:
        """The type it is sealed under."""
        return ASKED[self.kind]


@dataclass(frozen=True)
class Candidate:
    """A person who may be meant. `matched`: the kinds of identifiers that agree; `records`, `assets`: how much."""

    subject_id: int
    matched: tuple[str, ...]
    records: int
    assets: int
    named: bool
    confidence: float

    @property
    def name(self) -> str:
        """What people call it on the command line."""
        return f"s:{self.subject_id:016x}"


def seal_query(keys: KeyRing, given: Mapping[str, Sequence[str]]) -> list[Asked]:
    """Seal what was asked for. Raises `Refused` ``query-empty`` or ``query-unreadable`` (never quoting it)."""
    sealer = Sealer(keys)
    asked = []
    for kind, values in given.items():
        for value in values:
            key, other, _ = sealer.seal(ASKED[kind], value)
            if key is None:
                raise Refused("query-unreadable", f"--{kind}", "write it as the records do")
            asked.append(Asked(kind, key, other))
    if not asked:
        raise Refused(
            "query-empty", "", "name at least one of --name --phone --email --address --member --born"
        )
    return asked


def candidates(reader: Reader, asked: Sequence[Asked]) -> list[Candidate]:
    """Return the persons that agree in any kind of identifier, those that agree in most first, then the surest."""
    found: dict[int, dict[str, None]] = {}
    facts: dict[int, Row] = {}
    for kind in dict.fromkeys(each.kind for each in asked):
        for row in _holders(reader, kind, [each for each in asked if each.kind == kind]):
            found.setdefault(row["subject_id"], {})[kind] = None
            facts[row["subject_id"]] = row
    agreeing = [
        Candidate(
            number,
            tuple(kinds),
            *(facts[number][each] for each in ("records", "assets", "named", "confidence")),
        )
        for number, kinds in found.items()
    ]
    return sorted(
        agreeing, key=lambda each: (-len(each.matched), -each.confidence, -each.records, each.subject_id)
    )


def unsearched(reader: Reader, asked: Sequence[Asked]) -> list[str]:
    """Return the assets with columns of the types asked for, none with value keys: nobody is found there."""
    types = {"types": sorted({each.entity_type for each in asked})}
    return [str(each) for each in reader.arrow(_UNKEYED, types)["asset_id"].to_pylist()]


_UNKEYED = """
    SELECT asset_id FROM current_field WHERE kind = 'typed' AND list_contains($types, entity_type)
    GROUP BY asset_id HAVING NOT bool_or(key_column) ORDER BY asset_id
"""


def likeliest(found: Sequence[Candidate]) -> list[Candidate]:
    """Return those of `candidates` that agree in the most kinds."""
    return [each for each in found if len(each.matched) == len(found[0].matched)]


def disagreeing(reader: Reader, asked: Sequence[Asked], person: Candidate) -> tuple[str, ...]:
    """Return the kinds of which any identifier that was asked for does not lead to `person`."""
    return tuple(
        dict.fromkeys(
            each.kind
            for each in asked
            if person.subject_id not in {row["subject_id"] for row in _holders(reader, each.kind, [each])}
        )
    )


def chosen(found: Sequence[Candidate], name: str | None) -> Candidate | None:
    """Return the candidate called `name`, or the likeliest; None where the reader has to choose.

    Raises `Refused` ``candidate-unknown``.
    """
    if name is None:
        return found[0] if len(likeliest(found)) == 1 else None
    for each in found:
        if each.name == name:
            return each
    raise Refused("candidate-unknown", "--candidate", "take one of the list")


def _holders(reader: Reader, kind: str, asked: Sequence[Asked]) -> list[Row]:
    given = {"type": ASKED[kind], "role": OF_TYPE[ASKED[kind]], "keys": _wanted(asked)}
    return list(reader.arrow(_HOLDERS, given).to_pylist())


def _wanted(asked: Sequence[Asked]) -> list[bytes]:
    # A name is met by its reading, an address without a room by the one with it; nothing else has two forms.
    twofold = {"name"}
    return [key for each in asked for key in (each.key, each.other if each.kind in twofold else None) if key]


#: Whose rows hold a key. A number on somebody else's row is its owner's, not that one's.
_HOLDERS = """
    WITH asked AS (SELECT unnest($keys) AS key),
    cell AS (
        SELECT part_id, row FROM value_key JOIN current_part USING (part_id)
        JOIN (SELECT asset_id, field FROM subject_field WHERE role = $role) AS mine
             ON mine.asset_id = current_part.asset_id AND mine.field = value_key.field
        WHERE entity_type = $type
          AND (value_key IN (SELECT key FROM asked) OR ($type = 'PERSON' AND alt_key IN (SELECT key FROM asked)))
        UNION
        SELECT part_id, row FROM record SEMI JOIN current_part USING (part_id)
        WHERE CASE $role
                WHEN 'id' THEN CASE WHEN register = 'staff' THEN staff_key ELSE person_key END
                WHEN 'name' THEN name_key WHEN 'phone' THEN phone_key WHEN 'email' THEN email_key
                WHEN 'address' THEN address_key ELSE born_key END IN (SELECT key FROM asked)
           OR ($role = 'name' AND name_alt IN (SELECT key FROM asked))
    ),
    holder AS (
        SELECT DISTINCT coalesce(account.subject_id, own.subject_id) AS subject_id
        FROM cell JOIN subject_link AS own USING (part_id, row)
        LEFT JOIN subject_link AS account
            ON account.part_id = cell.part_id AND account.row = cell.row AND account.role = 'account'
               AND $role = 'id'
        WHERE own.role = 'self'
    )
    SELECT subject.* FROM holder JOIN subject USING (subject_id)
"""
