"""Commands around reports: the reports themselves, what is decided about them, what owners are told."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from pipelines.cli.console import print_error
from pipelines.cli.options import NOT_EXAMINED, Out, given_day, known_estate, say_progress

if TYPE_CHECKING:
    from pipelines.config import Estate
    from pipelines.reports.runner import Table

Lang = Annotated[Literal["ja", "en"], typer.Option(help="Language of the reader.")]
Since = Annotated[
    str | None, typer.Option(help="Only what changed since a scan: its id, a day, or previous.")
]


def report(
    name: Annotated[str, typer.Argument(help="A report's name, or html for the whole page.")],
    out: Out = Path(".meibo"),
    output: Annotated[Literal["table", "json", "csv", "html"], typer.Option("--format")] = "table",
    lang: Lang = "ja",
    since: Since = None,
    fail_on_new: Annotated[
        bool, typer.Option("--fail-on-new", help="Exit 3 when something is new since that scan.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="What decisions leave out, too.")] = False,
    given: Annotated[
        list[str] | None, typer.Option("--with", help="A parameter of the report, as name=value.")
    ] = None,
) -> None:
    """Print a report, or write the whole page."""
    from pipelines.layout import Layout
    from pipelines.reports.page import write_page
    from pipelines.reports.runner import find_report, run_report
    from pipelines.reports.since import PREVIOUS, report_since

    layout = Layout(out.resolve())
    if name == "html" or output == "html":
        if name != "html":
            find_report(name)
        if since or fail_on_new or everything or given:
            raise typer.BadParameter(
                "the page takes no --since, --fail-on-new, --all, --with", param_hint="--format html"
            )
        typer.echo(write_page(layout))
        return
    say_progress(layout, lang)
    parameters = dict(_parameter(each) for each in given or ())
    if since or fail_on_new:
        table = report_since(layout.store, name, since or PREVIOUS, everything=everything, **parameters)
    else:
        table = run_report(layout.store, name, everything=everything, **parameters)
    _print(table, output, lang)
    if fail_on_new and any(row["change"] == "new" for row in table.rows):
        raise typer.Exit(NOT_EXAMINED)


def _parameter(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals:
        raise typer.BadParameter("name=value", param_hint="--with")
    return name, value


def _print(table: Table, output: str, lang: Literal["ja", "en"]) -> None:
    from pipelines.reports.render import suppressed_sentence, to_csv, to_json, to_terminal

    if output == "table":
        console = Console()
        console.print(to_terminal(table, lang, width=console.width))
        return
    if table.suppressed:
        print_error(suppressed_sentence(table.suppressed, lang))
    if output == "json":
        typer.echo(to_json(table))
    else:
        sys.stdout.buffer.write(to_csv(table, lang))


def decide(
    asset: Annotated[str, typer.Argument(help="Asset id, or a glob over asset ids.")],
    state: Annotated[
        Literal["confirmed", "false_positive", "accepted", "in_repair", "repaired"],
        typer.Option(help="What was decided."),
    ],
    reason: Annotated[str, typer.Option(help="Why; no personal data.")],
    field: Annotated[str, typer.Option(help="Field, or a glob.")] = "*",
    entity_type: Annotated[str, typer.Option("--type", help="Entity type, or a glob.")] = "*",
    until: Annotated[str | None, typer.Option(help="Day the decision ends (2026-11-24).")] = None,
    tolerance: Annotated[float, typer.Option(help="Growth that does not reopen it; 0.1 is a tenth.")] = 0.0,
    who: Annotated[str, typer.Option(help="Who decided.", envvar="USER")] = "unknown",
    estate: Annotated[
        Path | None,
        typer.Option(help="The estate, where it names a file of decisions; default ./estate.yaml."),
    ] = None,
    out: Out = Path(".meibo"),
) -> None:
    """Write down what was decided about findings; reports and gates honour it, and count what they leave out."""
    from pydantic import ValidationError

    from pipelines.desk.decisions import Decision, decisions_file
    from pipelines.desk.decisions import decide as run
    from pipelines.keys import KeyRing
    from pipelines.layout import Layout
    from pipelines.yaml_once import faults_of

    given = {
        "asset": asset, "field": field, "entity_type": entity_type, "state": state, "reason": reason, "who": who,
        "until": given_day(until, "--until") if until else None, "tolerance": tolerance,
        "decided_at": datetime.now(UTC).replace(microsecond=0),
    }  # fmt: skip
    try:
        decision = Decision.model_validate(given)
    except ValidationError as error:
        place, fault = faults_of(error)[0]
        if place == "(file)":  # a fault of the whole names what it is about itself
            place, _, fault = fault.partition(": ")
        option = {"asset": "asset", "entity_type": "--type"}.get(place, f"--{place}")
        raise typer.BadParameter(fault, param_hint=option) from None
    layout = Layout(out.resolve())
    known = known_estate(estate)
    if decision.until and decision.until < _today(known):
        raise typer.BadParameter("a day that is not over yet", param_hint="--until")
    path = decisions_file(known, layout)
    covered = run(layout, KeyRing.from_environment(), decision, path)
    typer.echo(f"{state}: {covered:,} findings · {path.name}")


def _today(estate: Estate | None) -> date:
    return datetime.now(ZoneInfo(estate.timezone if estate else "Asia/Tokyo")).date()


def digest(
    out: Out = Path(".meibo"),
    since: Since = None,
    owner: Annotated[str | None, typer.Option(help="Only this owner.")] = None,
    output: Annotated[Literal["markdown", "json"], typer.Option("--format")] = "markdown",
    lang: Lang = "ja",
) -> None:
    """Say to each owner what is new, worsened, overdue, not examined: counts and links, ready for mail or chat."""
    from pipelines.layout import Layout
    from pipelines.reports.digest import digests, to_markdown

    found = digests(Layout(out.resolve()), since, owner)
    typer.echo(found.model_dump_json(indent=2) if output == "json" else to_markdown(found, lang))


#: What `pipelines.cli` registers.
COMMANDS = (report, decide, digest)
