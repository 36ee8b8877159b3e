"""The answer as people need it: a scope sheet, drafts of the report (ordinance 8) and of the notice to persons.

All three are templates filled from the `Scope` alone, so nothing in them is a personal value. What only people can
say is left open and marked; what is not verified is worded so.
"""

from __future__ import annotations

from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt

from pipelines.errors import Refused
from pipelines.incident.answer import Scope
from pipelines.incident.question import CAUSES
from pipelines.reports.reasons import Reasons
from pipelines.reports.render import TOKYO, printable
from pipelines.reports.words import said

Sheet = Literal["scope", "report", "notice"]
SHEETS: tuple[Sheet, ...] = ("scope", "report", "notice")

_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>body{{max-width:52rem;margin:2rem auto;padding:0 1rem;line-height:1.7;
font-family:system-ui,"Hiragino Sans","Noto Sans JP","Noto Sans CJK JP",Meiryo,sans-serif}}
table{{border-collapse:collapse;width:100%}}th,td{{border:1px solid #999;padding:.3rem .6rem;text-align:left;
vertical-align:top;overflow-wrap:anywhere}}@media print{{body{{margin:0}}}}</style></head>
<body>{body}</body></html>
"""


def to_markdown(
    scope: Scope, sheet: Sheet = "scope", lang: Literal["ja", "en"] = "ja", *, zone: str = TOKYO
) -> str:
    """Return one sheet. Report and notice are Japanese whatever `lang`: they go to Japanese readers.

    Raises `Refused` ``sheet-unknown``.
    """
    if sheet not in SHEETS or lang not in ("ja", "en"):
        raise Refused("sheet-unknown", "draft", f"there are {', '.join(SHEETS)}, in ja or en")
    name = f"scope.{lang}.md.j2" if sheet == "scope" else f"{sheet}.md.j2"
    return (
        _templates()
        .get_template(name)
        .render(scope=scope, question=scope.question, zone=ZoneInfo(zone))
        .strip()
        + "\n"
    )


def to_html(
    scope: Scope, sheet: Sheet = "scope", lang: Literal["ja", "en"] = "ja", *, zone: str = TOKYO
) -> str:
    """Return one sheet as a self-contained page."""
    text = to_markdown(scope, sheet, lang, zone=zone)
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    title = text.splitlines()[0].lstrip("# ")
    return _PAGE.format(lang=lang if sheet == "scope" else "ja", title=_plain(title), body=body)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipelines.incident", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Markdown: what comes from the estate is escaped by `plain`, and HTML in it is rendered as text.
        autoescape=False,  # noqa: S701
    )
    ways = Reasons({}, "ways.yaml")
    # `shown` is for numbers; a moment needs the zone (words.j2).
    environment.filters.update(plain=_plain, shown="{:,}".format, way=lambda via: ways[via].ja, said=said)
    environment.globals.update(causes=CAUSES)
    return environment


def _plain(value: object) -> str:
    """Escape what Markdown or HTML would take for markup."""
    text = printable(str(value)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{char}" if char in "\\`*_[]#|" else char for char in text)
