"""What is wrong with how a command was called, without what was typed: it may be a name in the wrong place."""

from __future__ import annotations

from typing import Any


def usage_fault(error: Any) -> str:
    """Say by our own words alone what an error of Typer is about; "" where it has printed the help instead."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return ""
    if (parameter := getattr(error, "param", None)) is not None:
        name = max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.name
        if kind == "MissingParameter":
            return f"usage: {name} is missing"
        wanted = f" ({parameter.display_type(error.ctx)})" if error.ctx else ""
        return f"usage: {name} is not valid{wanted}"
    # Without a parameter, but with the name of one, it is a refusal of our own.
    if option := getattr(error, "param_hint", None):
        return f"usage: {option} is not valid ({error.message})"
    asked = f"see {error.ctx.command_path} --help" if getattr(error, "ctx", None) else "see --help"
    if kind == "NoSuchOption":
        like = " or ".join(sorted(error.possibilities or ()))
        return f"usage: no such option ({f'{like}; ' if like else ''}{asked})"
    if kind == "BadOptionUsage":
        return f"usage: {error.option_name} is not valid ({asked})"
    if getattr(getattr(error.ctx, "command", None), "commands", None):
        return f"usage: no such command ({asked})"
    return f"usage: more words than the command takes ({asked})"
