"""The digest: what each owner has to know after a night. Counts and links, never values; nothing twice.

A row of a report counts once, under the first of: new, worsened, overdue. What was new in the last digest is not
new in the next: without ``--since`` a digest tells what changed since the scan the last one was made of. After the
first scan all is new, which tells nobody anything: then it counts what was found, and of the other reports what
asks for something to be done (``actions.yaml``). So it does of a report of which nobody knows what it said then.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipelines.errors import Refused
from pipelines.layout import Layout, replacing
from pipelines.refs import Ref
from pipelines.reports.actions import rules
from pipelines.reports.runner import Lang, Report, Row, list_reports, report_from
from pipelines.reports.since import PREVIOUS, between, find_scan
from pipelines.store.reader import UNKNOWN, Reader

What = Literal["new", "worsened", "overdue", "open", "not_examined"]
WHATS: tuple[What, ...] = ("new", "worsened", "overdue", "open", "not_examined")

#: Reports of which others say the same, or whose rows are no matter of an owner.
_LEFT_OUT = frozenset({"triage", "coverage", "why", "scan", "stale_fields", "joinability"})


class Line(Ref):
    """So many rows of one report are new, worsened, overdue, or open; or so many parts were not examined."""

    what: What
    report: str
    title_ja: str
    title_en: str
    rows: int
    link: str


class OwnerDigest(Ref):
    """What one owner has to know; `owner` "" stands for assets nobody answers for."""

    owner: str
    lines: tuple[Line, ...]


class Digest(Ref):
    """The digests of one scan, by owner. `since`: the scan it is compared with, None after the first."""

    scan_id: str
    since: str | None
    owners: tuple[OwnerDigest, ...]


def digests(layout: Layout, since: str | None = None, owner: str | None = None) -> Digest:
    """Return what changed for each owner since a scan, and remember the scan the digest was made of.

    `owner`: only this owner's, and what was not examined among what nobody owns or of sources that were not
    listed: it may be theirs. A digest that names `since` or `owner` is a look, not the next issue: it is not
    remembered.
    Raises `Refused` ``store-missing``, ``scan-unknown``, ``owner-unknown`` (no asset of the present has it).
    """
    counted: Counter[tuple[str, What, str]] = Counter()
    with ExitStack() as stack:
        reader = stack.enter_context(Reader(layout.store))
        current = reader.arrow("SELECT scan_id FROM current_scan")["scan_id"].to_pylist()[0]
        earlier = find_scan(reader, since or _remembered(layout, current) or PREVIOUS)
        owners = {
            row["asset_id"]: row["owner"] or ""
            for row in reader.arrow("SELECT asset_id, owner FROM current_asset").to_pylist()
        }
        if owner and owner not in owners.values():
            raise Refused("owner-unknown", "--owner", "name the owner of an asset that the last scan listed")
        then = stack.enter_context(Reader(layout.store, until=earlier)) if earlier else None
        for report in list_reports():
            for row, what in _rows(reader, then, report):
                of = row["owner"] if "owner" in row else owners.get(str(row.get("asset")))
                parts = row["parts_not_examined"] if what == "not_examined" else 1
                counted[of or "", what, report.name] += parts
    if owner is not None:
        counted = _told(counted, owner)
    by_name = {report.name: report for report in list_reports()}
    found = Digest(
        scan_id=current,
        since=earlier,
        owners=tuple(
            OwnerDigest(owner=name, lines=tuple(_lines(counted, name, by_name)))
            for name in sorted({key[0] for key in counted})
        ),
    )
    if since is None and owner is None:
        _remember(layout, current, earlier)
    return found


def to_markdown(digest: Digest, lang: Lang) -> str:
    """Return the digest as Markdown."""
    environment = Environment(
        loader=PackageLoader("pipelines.reports", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Markdown for mail and chat, not HTML; owners and titles are escaped below.
        autoescape=False,  # noqa: S701
    )
    environment.filters["plain"] = _plain
    return environment.get_template("digest.md.j2").render(digest=digest, lang=lang)


def _plain(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_{}[]()#+!|<>" else char for char in text)


def _told(counted: Counter[tuple[str, What, str]], owner: str) -> Counter[tuple[str, What, str]]:
    """Return what one owner is told: a source that was not listed is an asset that nobody owns."""
    kept = {key: rows for key, rows in counted.items() if key[0] == owner or key[:2] == ("", "not_examined")}
    return Counter(kept)


def _rows(reader: Reader, then: Reader | None, report: Report) -> Iterator[tuple[Row, What]]:
    names = {column.name for column in report.columns}
    if report.name == "coverage":
        for row in report_from(reader, "coverage").rows:
            if row["parts_not_examined"]:
                yield row, "not_examined"
        return
    if report.name in _LEFT_OUT or not names & {"owner", "asset"}:
        return
    if then is None:
        yield from _of_first_scan(reader, report)
        return
    try:
        compared = between(reader, then, report.name).rows
    except Refused as refusal:
        if refusal.code != UNKNOWN:
            raise
        yield from _of_first_scan(reader, report)
        return
    yield from _changed(reader, compared, report)


def _changed(reader: Reader, compared: Sequence[Row], report: Report) -> Iterator[tuple[Row, What]]:
    told = set()
    for row in compared:
        if row["change"] in ("new", "worsened"):
            told.add(_identity(report, row))
            yield row, row["change"]
    for row in report_from(reader, report.name).rows:
        if row.get("state") == "overdue" and _identity(report, row) not in told:
            yield row, "overdue"


def _of_first_scan(reader: Reader, report: Report) -> Iterator[tuple[Row, What]]:
    asked = {state for rule in rules() if rule.report == report.name for state in rule.states}
    for row in report_from(reader, report.name).rows:
        if report.name == "inventory":
            yield row, "new"
        elif row.get("state") in asked:
            yield row, "overdue" if row["state"] == "overdue" else "open"


def _identity(report: Report, row: Row) -> tuple[Any, ...]:
    return tuple(repr(row[name]) for name in report.identity)


def _lines(counted: Counter[tuple[str, What, str]], owner: str, reports: dict[str, Report]) -> Iterator[Line]:
    for what in WHATS:
        for name, report in reports.items():
            if rows := counted[owner, what, name]:
                yield Line(
                    what=what,
                    report=name,
                    title_ja=report.title.ja,
                    title_en=report.title.en,
                    rows=rows,
                    link=f"report.html#{name}",
                )


def _remembered(layout: Layout, current: str) -> str | None:
    """Return the scan the last digest was made of; of the present scan's own digest, what that started from."""
    try:
        known = json.loads((layout.state / "digest.json").read_text("utf-8"))
        told = known["since"] if known["scan_id"] == current else known["scan_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return told if isinstance(told, str) else None


def _remember(layout: Layout, current: str, since: str | None) -> None:
    with replacing(layout.state / "digest.json") as beside:
        beside.write_text(json.dumps({"scan_id": current, "since": since}), "utf-8")
