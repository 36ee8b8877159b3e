"""What an incident team asks: which assets, order or mailing, in which time, known since when, by what cause."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, model_validator

from pipelines.policies import Label
from pipelines.refs import Ref

Cause = Literal[
    "unknown", "misdelivery", "settings", "loss", "theft", "intrusion", "ransomware", "insider", "skimming"
]
CAUSES: dict[Cause, Label] = {
    "unknown": Label(ja="調査中", en="not known yet"),
    "misdelivery": Label(ja="誤送付・誤送信", en="sent to the wrong person"),
    "settings": Label(ja="設定の誤り", en="wrong settings"),
    "loss": Label(ja="紛失", en="loss"),
    "theft": Label(ja="盗難", en="theft"),
    "intrusion": Label(ja="不正アクセス", en="intrusion"),
    "ransomware": Label(ja="ランサムウェア", en="ransomware"),
    "insider": Label(ja="従業者による持ち出し", en="carried out by staff"),
    "skimming": Label(ja="入力情報の窃取(スキミング)", en="web skimming"),
}

#: Causes with a possibly improper purpose (ordinance 7 (iii)): of these one person is enough.
IMPROPER: frozenset[Cause] = frozenset({"theft", "intrusion", "ransomware", "insider", "skimming"})


class Question(Ref):
    """One incident. At least one of `assets`, `refs`, `mailings`, `devices`.

    `assets`: globs over asset ids; `refs`: order, ticket or slip numbers, and what else a register calls `ref`;
    `mailings`: names of lists or templates in the send log; `devices`: IMEIs, the company's own numbers of
    devices, or keys of either as reports show them. `first`, `last`: the time in which it was exposed;
    None: not known, the store says what it can. `known_on`: the day any part of the company came to know.
    `recovered`: all of it came back before anybody else could see it.
    """

    assets: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    mailings: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    known_on: date
    first: AwareDatetime | None = None
    last: AwareDatetime | None = None
    cause: Cause = "unknown"
    recovered: bool = False
    entrusted: bool = False
    """We handle the data on somebody's behalf: notifying the entruster may take the report's place."""

    @model_validator(mode="after")
    def _asks_something(self) -> Question:
        if not (self.assets or self.refs or self.mailings or self.devices):
            raise ValueError("name at least one asset, order, mailing or device")
        if self.first and self.last and self.first > self.last:
            raise ValueError("the exposure ends before it begins")
        return self
