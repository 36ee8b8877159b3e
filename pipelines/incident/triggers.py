"""The four grounds on which a leak is reported (ordinance 7), each with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.incident.answer import Item, Met, Persons, Trigger
from pipelines.incident.question import CAUSES, IMPROPER, Question
from pipelines.policies import LeakReport


def triggers(
    question: Question, report: LeakReport, persons: Persons, items: Sequence[Item]
) -> tuple[Trigger, ...]:
    """Judge each ground: met, possible (what was not examined, a cause not known yet), or not found."""

    def of(name: Any, met: Met, ja: str, en: str) -> Trigger:
        rule = report.triggers[name]
        return Trigger(
            name=name, met=met, evidence_ja=ja, evidence_en=en, law=rule.law, verified=rule.verified
        )

    special = [item for item in items if item.appi_class == "要配慮個人情報"]
    money = [item for item in items if item.appi_class == "財産的被害"]
    doubtful = report.triggers["property_damage"].to_check
    limit = report.triggers["many_persons"].persons
    many: Met = (
        "yes" if persons.lower >= limit else "possible" if persons.upper >= limit or persons.open else "no"
    )
    improper: Met = (
        "yes" if question.cause in IMPROPER else "possible" if question.cause == "unknown" else "no"
    )
    return (
        of("special_care", _by_items(special, (), persons), *_held(special)),
        of("property_damage", _by_items(money, doubtful, persons), *_held(money, doubtful)),
        of(
            "improper_purpose",
            improper,
            f"原因: {CAUSES[question.cause].ja}",
            f"cause: {CAUSES[question.cause].en}",
        ),
        of(
            "many_persons",
            many,
            f"{_said(persons, '人以上', '人以下', '人')}(基準 {limit:,}人以上)",
            f"{_said(persons, ' to ', ' persons', ' persons')} (from {limit:,})",
        ),
    )


def _said(persons: Persons, least: str, most: str, exactly: str) -> str:
    if persons.lower == persons.upper:
        return f"{persons.lower:,}{exactly}"
    return f"{persons.lower:,}{least}{persons.upper:,}{most}"


def _by_items(items: Sequence[Item], doubtful: Sequence[str], persons: Persons) -> Met:
    """Return yes where an item meets the ground by itself; `doubtful` ones leave it to be checked."""
    if any(item.entity_type not in doubtful for item in items):
        return "yes"
    return "possible" if items or persons.open else "no"


def _held(items: Sequence[Item], doubtful: Sequence[str] = ()) -> tuple[str, str]:
    if not items:
        return "該当する項目は見つかっていない", "no such item was found"
    ja, en = [], []
    for item in items:
        kinds = f"({'・'.join(item.kinds)})" if item.kinds else ""
        alone = item.entity_type in doubtful
        ja.append(f"{item.label_ja} {item.rows:,}行{kinds}" + "(それだけで当たるかは要確認)" * alone)
        en.append(f"{item.label_en} in {item.rows:,} rows" + " (alone a ground? to be checked)" * alone)
    return "、".join(ja), ", ".join(en)
