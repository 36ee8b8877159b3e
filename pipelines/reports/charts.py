"""Charts of the page as numbers a template can draw: bars in the units of an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.policies import Label
from pipelines.reports.rows import Row

#: Scans a chart shows, the newest ones; fewer than two are no trend.
SCANS = 24
_WIDTH, _HEIGHT, _TOP, _FOOT, _WIDEST = 480, 120, 16, 14, 56


@dataclass(frozen=True)
class Bar:
    """One bar; `label`, `day` are empty where there is no room for text."""

    x: float
    y: float
    width: float
    height: float
    label: str
    day: str


@dataclass(frozen=True)
class Trend:
    """Bars from the oldest scan to the newest; `said`: the same in words, for those who do not see them."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    said: Label


def trend(rows: Sequence[Row]) -> Trend | None:
    """Return the records past retention at every scan (rows of report `stale_trend`); None: fewer than two scans.

    A scan of some sources only counts the others as the scan before saw them.
    """
    totals = _totals(rows)[-SCANS:]
    if len(totals) < 2:
        return None
    step = _WIDTH / len(totals)
    most = max(past for _, past in totals) or 1
    every = max(1, len(totals) * 64 // _WIDTH + 1)
    width = round(min(step * 0.7, _WIDEST), 1)
    bars = []
    for number, (day, past) in enumerate(totals):
        height = round((_HEIGHT - _TOP - _FOOT) * past / most, 1)
        named = (len(totals) - 1 - number) % every == 0
        bars.append(
            Bar(
                x=round(number * step + (step - width) / 2, 1),
                y=round(_HEIGHT - _FOOT - height, 1),
                width=width,
                height=height,
                label=f"{past:,}" if named else "",
                day=f"{day:%m-%d}" if named else "",
            )
        )
    (first, then), (last, now) = totals[0], totals[-1]
    said = Label(
        ja=f"期限を過ぎた記録: {first} に {then:,} 件、{last} に {now:,} 件",
        en=f"Records past retention: {then:,} on {first}, {now:,} on {last}",
    )
    return Trend(_WIDTH, _HEIGHT, tuple(bars), said)


def _totals(rows: Sequence[Row]) -> list[tuple[date, int]]:
    """Return (day, records past) of every scan, oldest first."""
    scans: dict[str, tuple[date, dict[tuple[str, str | None], int]]] = {}
    for row in reversed(list(rows)):
        _, held = scans.setdefault(row["scan_id"], (row["day"], {}))
        held[row["source"], row["retention"]] = row["past"] or 0
    totals: list[tuple[date, int]] = []
    known: dict[str, int] = {}
    for day, held in scans.values():
        sources = {source for source, _ in held}
        known |= {name: sum(past for (source, _), past in held.items() if source == name) for name in sources}
        totals.append((day, sum(known.values())))
    return totals
