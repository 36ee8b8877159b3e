"""Deadlines of the leak report (ordinance 8), counted by the rule and the calendar of policies.yaml.

Whether the day of knowing counts and whether a closed day moves the deadline is not verified: the rule is
configuration, and every deadline names the rule it was counted by.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from pipelines.policies import Calendar, LeakReport, Verified
from pipelines.refs import Ref

Name = Literal["preliminary", "final", "final_improper_purpose"]


class Due(Ref):
    """One deadline. `next_open`: the first day the office is open, where `day` is a closed one."""

    name: Name
    day: date
    next_open: date | None
    rule_ja: str
    rule_en: str
    law: str
    verified: Verified


def deadlines(report: LeakReport, known_on: date, *, improper: bool) -> tuple[Due, ...]:
    """Return the preliminary and the final report's deadline; `improper`: the longer one of trigger (iii)."""
    names: tuple[Name, ...] = ("preliminary", "final_improper_purpose" if improper else "final")
    found = []
    for name in names:
        rule = report.deadlines[name]
        day = known_on + timedelta(days=rule.days - report.counting.first_day_counts)
        following = _next_open(day, report.calendar)
        moved = report.counting.moves_off_holidays and following != day
        found.append(
            Due(
                name=name,
                day=following if moved else day,
                next_open=None if moved or following == day else following,
                rule_ja=_said_ja(rule.days, report),
                rule_en=_said_en(rule.days, report),
                law=rule.law,
                verified=rule.verified,
            )
        )
    return tuple(found)


def _said_en(days: int, report: LeakReport) -> str:
    counting = report.counting
    first = "counts" if counting.first_day_counts else "does not count"
    moved = "moves it to the next open day" if counting.moves_off_holidays else "does not move it"
    return f"{days} days from knowing (that day {first}, a closed day {moved}; how to count is to be checked)"


def _said_ja(days: int, report: LeakReport) -> str:
    counting = report.counting
    first = "算入" if counting.first_day_counts else "不算入"
    moved = "翌開庁日に繰下げ" if counting.moves_off_holidays else "繰下げなし"
    return f"知った日から{days}日(初日{first}、閉庁日は{moved}。数え方は要確認)"


def _next_open(day: date, calendar: Calendar) -> date:
    while calendar.is_closed(day):
        day += timedelta(days=1)
    return day
