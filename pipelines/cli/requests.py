"""Commands for the register of requests (開示等の請求): note, check who asks, list, close."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from pipelines.cli.options import KnownEstate, Out, given_day, known_estate, layout_there
from pipelines.cli.people import AGAIN, Several, keys_of, layout_of

request = typer.Typer(help="The register of requests of persons (開示等の請求).", no_args_is_help=True)


@request.command("add")
def request_add(
    ref: Annotated[str, typer.Argument(help="The company's own reference; no name.")],
    kind: Annotated[
        Literal["disclosure", "correction", "stop", "stop_provision", "provision_record"], typer.Option()
    ] = "disclosure",
    received: Annotated[str | None, typer.Option(help="Day it came (2026-11-24); default: today.")] = None,
    matched: Annotated[
        Several,
        typer.Option(help="What agreed with data held already when identity was checked: name, phone …"),
    ] = None,
    id_copy: Annotated[
        bool, typer.Option("--id-copy", help="A copy of an identity document was taken.")
    ] = False,
    estate: KnownEstate = None,
    out: Out = Path(".meibo"),
) -> None:
    """Note a request; it is due by the policies."""
    from pipelines.desk import requests
    from pipelines.policies import load_policies
    from pipelines.subject.search import ASKED

    if set(matched or ()) - set(ASKED):
        raise typer.BadParameter("one of " + ", ".join(ASKED), param_hint="--matched")
    known = known_estate(estate)
    today = _today(known.timezone if known else "Asia/Tokyo")
    noted = requests.add(
        layout_of(out),
        load_policies(known.policies if known else None),
        ref,
        kind,
        _come(received, today, "--received"),
        matched=[ASKED[each] for each in matched or ()],
        id_copy=id_copy,
    )
    typer.echo(
        f"{noted.ref}: due {noted.due}" + (f", identity copy {noted.id_copy}" if noted.id_copy else "")
    )


@request.command("check")
def request_check(
    ref: Annotated[str, typer.Argument(help="The company's own reference.")],
    name: Annotated[Several, typer.Option(help="As the person gave it; repeatable.")] = None,
    phone: Annotated[Several, typer.Option()] = None,
    email: Annotated[Several, typer.Option()] = None,
    address: Annotated[Several, typer.Option()] = None,
    member: Annotated[Several, typer.Option(help="Member, employee or customer number.")] = None,
    born: Annotated[Several, typer.Option(help="Date of birth.")] = None,
    out: Out = Path(".meibo"),
) -> None:
    """Compare what the asker gave with data already held; note the kinds that agree with one and the same person.

    A kind agrees if every value of it does. 0 all agree, 2 several may be meant or only part agrees, 1 nothing
    does. No value is kept.
    """
    from pipelines.desk import requests
    from pipelines.store.reader import Reader
    from pipelines.subject import search

    given = {"name": name, "phone": phone, "email": email, "address": address, "member": member, "born": born}
    asked_for = {kind: values for kind, values in given.items() if values}
    layout = layout_of(out)
    with Reader(layout.store) as reader:
        asked = search.seal_query(keys_of(reader), asked_for)
        found = search.likeliest(search.candidates(reader, asked))
        wrong = search.disagreeing(reader, asked, found[0]) if len(found) == 1 else ()
    agreed = [kind for kind in found[0].matched if kind not in wrong] if len(found) == 1 else []
    noted = requests.checked(layout, ref, [search.ASKED[kind] for kind in agreed])
    typer.echo(
        f"{noted.ref}: {len(found)} may be meant, {', '.join(agreed) or 'nothing'} agrees"
        + (f", {', '.join(wrong)} does not" if wrong else "")
    )
    if not found:
        raise typer.Exit(1)
    if len(found) > 1 or wrong:
        raise typer.Exit(AGAIN)


@request.command("list")
def request_list(out: Out = Path(".meibo")) -> None:
    """Print the register: reference, kind, received, due, answered."""
    from pipelines.desk import requests

    for each in requests.read(layout_there(out)):
        typer.echo(
            f"{each.ref}\t{each.kind}\t{each.received}\t{each.due}\t{each.closed or ''}\t{each.outcome or ''}"
        )


@request.command("close")
def request_close(
    ref: Annotated[str, typer.Argument(help="The company's own reference.")],
    outcome: Annotated[
        Literal["granted", "partly", "refused", "withdrawn"] | None, typer.Option(help="The answer.")
    ] = None,
    day: Annotated[str | None, typer.Option(help="Day of the answer (2026-11-24); default: today.")] = None,
    id_copy_erased: Annotated[bool, typer.Option("--id-copy-erased", help="The copy is erased.")] = False,
    out: Out = Path(".meibo"),
) -> None:
    """Note the answer, or that the copy of the identity document is erased."""
    from pipelines.desk import requests

    when = _come(day, _today("Asia/Tokyo"), "--day")
    noted = requests.close(layout_of(out), ref, when, outcome, id_copy_erased=id_copy_erased)
    typer.echo(f"{noted.ref}: {noted.outcome or 'open'}")


def _come(given: str | None, today: date, option: str) -> date:
    """Return a day that was given, else today; a year mistyped would keep a request from ever being overdue."""
    day = given_day(given, option) if given else today
    if day > today:
        raise typer.BadParameter("a day that has come", param_hint=option)
    return day


def _today(zone: str) -> date:
    return datetime.now(ZoneInfo(zone)).date()
