"""The command an incident team asks its one question with."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markdown import Markdown

from pipelines.cli.console import print_error
from pipelines.cli.options import (
    NOT_EXAMINED,
    KnownEstate,
    Out,
    given_day,
    given_moment,
    known_estate,
    say_progress,
)

if TYPE_CHECKING:
    from pipelines.incident import Scope


_NOT_YET = {
    "ja": "知った日が今日より後です。期限はその日から数えています。",
    "en": "The day of knowing is after today; the deadlines are counted from it.",
}


def incident(
    known_on: Annotated[str, typer.Option(help="Day any part of the company came to know (2026-11-24).")],
    asset: Annotated[list[str] | None, typer.Option(help="Asset concerned, or a glob; repeatable.")] = None,
    order: Annotated[
        list[str] | None, typer.Option(help="Order, ticket or slip number concerned; needs the key.")
    ] = None,
    mailing: Annotated[list[str] | None, typer.Option(help="List or template in the send log.")] = None,
    device: Annotated[
        list[str] | None, typer.Option(help="IMEI or own number of a loaned device; needs the key.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="Exposure began (2026-11-24 10:30).")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Exposure ended; a day is that whole day.")] = None,
    cause: Annotated[
        Literal[
            "unknown",
            "misdelivery",
            "settings",
            "loss",
            "theft",
            "intrusion",
            "ransomware",
            "insider",
            "skimming",
        ],
        typer.Option(help="What happened; some causes make one person enough for a report."),
    ] = "unknown",
    recovered: Annotated[
        bool, typer.Option("--recovered", help="All came back before anybody saw it.")
    ] = False,
    entrusted: Annotated[
        bool, typer.Option("--entrusted", help="The data is held for somebody else.")
    ] = False,
    output: Annotated[Literal["table", "json", "markdown", "html"], typer.Option("--format")] = "table",
    lang: Annotated[Literal["ja", "en"], typer.Option(help="Language of the scope sheet.")] = "ja",
    drafts: Annotated[
        Path | None,
        typer.Option(help="Write scope, report (規則8条) and notice (規則10条) here, Markdown and HTML."),
    ] = None,
    estate: KnownEstate = None,
    out: Out = Path(".meibo"),
) -> None:
    """Scope a leak: persons, classes, triggers, deadlines, who could and did read; draft report and notice."""
    from pydantic import ValidationError

    from pipelines.errors import Refused
    from pipelines.incident import Question, scope_of
    from pipelines.incident.draft import to_html, to_markdown
    from pipelines.keys import KeyRing
    from pipelines.layout import Layout
    from pipelines.policies import load_policies
    from pipelines.store.reader import Reader

    known = known_estate(estate)
    zone = known.timezone if known else "Asia/Tokyo"
    day = given_day(known_on, "--known-on")
    began = given_moment(first, "--from", zone) if first else None
    ended = given_moment(last, "--to", zone, of_day=time.max) if last else None
    try:
        question = Question(
            assets=tuple(asset or ()),
            refs=tuple(order or ()),
            mailings=tuple(mailing or ()),
            devices=tuple(device or ()),
            known_on=day,
            first=began,
            last=ended,
            cause=cause,
            recovered=recovered,
            entrusted=entrusted,
        )
    except (ValueError, ValidationError):
        # pydantic's message quotes what was typed, an order number of somebody.
        raise Refused(
            "incident-question",
            "incident",
            "name --asset, --order, --mailing or --device, and --from before --to",
        ) from None
    if question.known_on > datetime.now(ZoneInfo(zone)).date():
        print_error(_NOT_YET[lang])
    keys = KeyRing.from_environment() if question.refs else None
    layout = Layout(out.resolve())
    say_progress(layout, lang)
    with Reader(layout.store) as reader:
        scope = scope_of(reader, question, load_policies(known.policies if known else None).leak_report, keys)
    if drafts:
        _write(scope, drafts, lang, zone)
    if output == "json":
        typer.echo(scope.model_dump_json(indent=2, exclude={"question": {"refs", "devices"}}))
    elif output == "html":
        typer.echo(to_html(scope, "scope", lang, zone=zone))
    elif output == "markdown":
        typer.echo(to_markdown(scope, "scope", lang, zone=zone))
    else:
        Console().print(Markdown(to_markdown(scope, "scope", lang, zone=zone)))
    if scope.unread:
        raise typer.Exit(NOT_EXAMINED)


def _write(scope: Scope, directory: Path, lang: Literal["ja", "en"], zone: str) -> None:
    from pipelines.errors import writing_to
    from pipelines.incident.draft import SHEETS, to_html, to_markdown
    from pipelines.layout import replacing

    for sheet in SHEETS:
        for suffix, text in (
            ("md", to_markdown(scope, sheet, lang, zone=zone)),
            ("html", to_html(scope, sheet, lang, zone=zone)),
        ):
            with writing_to("--drafts"), replacing(directory / f"{sheet}.{suffix}") as beside:
                beside.touch(0o600)
                beside.write_text(text, "utf-8")


#: What `pipelines.cli` registers.
COMMANDS = (incident,)
