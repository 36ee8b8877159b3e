"""Registers: assets whose rows the incident reports understand, and the roles of their columns.

A findings table says where personal data is; whether an order desk mixes up households, a look-up has its
ticket, a newsletter goes to somebody who left, is said by the company's own registers: orders, visits, send
logs, member tables. The estate names them (`records` of an asset: a kind, and a column for each role), and of
each row only this is kept (`pipelines.examine.records`): keyed hashes of who and what, times, short codes, flags.
"""

from __future__ import annotations

from typing import Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import field_validator, model_validator

from pipelines.refs import Ref

Kind = Literal[
    # who is or was a member: person, name, email, phone, address, born, household, status, consent, optout,
    # moment, ended (left), due (to be erased by)
    "member",
    # the same before a migration; `old` of `member` leads back to its `person`
    "member_before",
    # ref, person, name, address, phone, moment, status
    "order",
    # replay of a one-per-household rule: ref (order), person, other (whom it was merged with), moment
    "household_rule",
    # what a screen shows an agent: person (asked about), other, name, address, born, age, staff, moment,
    # kind (screen), verified (the caller's identity was checked before)
    "agent_view",
    # slips on paper: ref, person, phone, staff, moment (received), due, ended (disposed), purpose, kind (shop)
    "slip",
    # access log: staff, person or phone, moment, purpose, kind (screen)
    "lookup",
    # visits and tickets that explain a look-up: ref, person or phone, staff, moment, kind
    "visit",
    # outbound calls and messages: ref, staff, sender, phone or email (to), moment, channel
    "message",
    # staff directory: staff, phone, email (business), moment (from), ended
    "staff",
    # numbers and addresses the company sends from: sender, kind, moment (from), ended
    "business_sender",
    # complaints and agreements of customers: ref, person or phone, staff, moment, ended (settled), kind, sender (a
    # private number it names), consent (the customer agreed to that number)
    "complaint",
    # consent to be mailed: person, email, moment, ended (withdrawn), purpose, consent
    "consent",
    # lists for mailing: person, email, moment (added), purpose, list
    "mail_list",
    # send log: person, email, moment, list (template or campaign), status
    "send",
    # deletion log: person, email, moment, ref
    "deletion",
    # 開示等の請求: ref, person, moment, due, ended (answered), kind, status (outcome), verified (identity checked)
    "request",
    # copies of identity documents taken with them: ref (of the request), kind, moment, due, ended (erased)
    "id_copy",
    # purpose register: ref, purpose, kind
    "purpose",
    # devices and loans: device or ref (the company's own number of it), person, moment (lent), ended (returned),
    # status (such as 貸出可)
    "device",
    # what was read out of devices: device or ref, moment (when); of the places a source calls `devices` it makes
    # itself (`pipelines.sources.devices`)
    "extraction",
    # wipe certificates: device or ref, staff, moment (wiped), verified (it succeeded)
    "wipe",
    # call notes, visit reports: ref, person (whom it is about), staff (who wrote it), moment, kind
    "note",
    # who opened or forwarded a note: staff, ref, moment, kind
    "reader",
]
KINDS: tuple[str, ...] = get_args(Kind)

#: Role → entity type under which the value is keyed. The same phone number has the same key in every register
#: and in `value_key`.
KEY_ROLES = {
    "person": "PERSONAL_ID",
    "other": "PERSONAL_ID",
    "old": "PERSONAL_ID",
    "staff": "PERSONAL_ID",
    "ref": "PERSONAL_ID",
    "name": "PERSON",
    "phone": "PHONE_NUMBER",
    "email": "EMAIL_ADDRESS",
    "address": "JP_ADDRESS",
    "born": "DATE_OF_BIRTH",
    "household": "PERSONAL_ID",
    "device": "IMEI",
    "sender": "",
}
"""A `sender` is a phone number or an e-mail address, whichever it reads as."""
TIME_ROLES = ("moment", "due", "ended")
CODE_ROLES = ("status", "purpose", "kind", "channel", "list")
FLAG_ROLES = ("consent", "optout", "verified")
NUMBER_ROLES = ("age", "quantity")
ROLES = frozenset((*KEY_ROLES, *TIME_ROLES, *CODE_ROLES, *FLAG_ROLES, *NUMBER_ROLES))


def known_zone(zone: str) -> str:
    """Return a time zone; raises `ValueError` where there is none of that name."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise ValueError("unknown time zone") from None
    return zone


class Register(Ref):
    """What an asset's rows are: a kind of register, and which column plays which role."""

    kind: Kind
    columns: dict[str, str] = {}
    """Role → column name (nested: ``field.path``)."""
    zone: str | None = None
    """Time zone of times without one; the estate's where left out."""

    @field_validator("columns")
    @classmethod
    def _roles_are_known(cls, columns: dict[str, str]) -> dict[str, str]:
        for role in columns:
            if role not in ROLES:
                raise ValueError(f"unknown role; one of {', '.join(sorted(ROLES))}")
        return columns

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str | None) -> str | None:
        return zone and known_zone(zone)

    @model_validator(mode="after")
    def _says_something(self) -> Register:
        if not self.columns:
            raise ValueError("columns: name at least one role")
        return self
