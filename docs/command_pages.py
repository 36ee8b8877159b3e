"""What the READMEs and docs/cli.md take from the command line: its commands, and their help as printed."""

from __future__ import annotations

from typing import Any

WIDTH = "96"


def commands() -> dict[str, str]:
    """Return every command and group of the CLI with the first line of its help."""
    return {name: str(each.help).strip().splitlines()[0] for name, each in _known().items()}


def _known() -> dict[str, Any]:
    from typer.main import get_command

    from pipelines.cli import app

    known: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    return known


def cli_help() -> str:
    """Return the help of every command and of those of every group, as printed."""
    from typer.testing import CliRunner

    from pipelines.cli import app

    environment = {"COLUMNS": WIDTH, "TERMINAL_WIDTH": WIDTH, "NO_COLOR": "1"}
    parts = []
    for name, command in _known().items():
        for words in ([name], *([name, each] for each in getattr(command, "commands", ()))):
            text = CliRunner().invoke(app, [*words, "--help"], prog_name="meibo", env=environment).output
            lines = [line.rstrip().removeprefix(" ") for line in text.strip().splitlines()]
            title = f"{'#' * (1 + len(words))} meibo {' '.join(words)}"
            parts.append("\n".join([title, "", "```text", *lines, "```"]))
    return "\n\n".join(parts)


def command_table() -> str:
    """Return the commands as a table."""
    rows = (f"| [`meibo {name}`](docs/cli.md#meibo-{name}) | {about} |" for name, about in commands().items())
    return "\n".join(["| command | does |", "|---|---|", *rows])
