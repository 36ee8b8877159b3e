"""The command line as its users run it: a process of its own, with an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

#: A secret that protects nothing.
KEY = "a secret of the tests only"

#: What the fixture `command` gives: runs a command in the test's own process, which need not start.
Command = Callable[..., tuple[int, str, str]]

MEIBO = Path(sys.executable).with_name("meibo")

_ROOT = Path(__file__).resolve().parent.parent


def environment(key: str | None = KEY, **more: str) -> dict[str, str]:
    """Return this process's environment for this checkout, with one key and no other setting of Meibo."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEIBO_")}
    chosen = {} if key is None else {"MEIBO_KEY": key}
    return {**kept, "PYTHONPATH": str(_ROOT), "NO_COLOR": "1", "COLUMNS": "200", **chosen, **more}


def start(*arguments: object, key: str | None = KEY, **more: str) -> subprocess.Popen[bytes]:
    """Start ``meibo`` as the leader of a process group; its streams are pipes."""
    return subprocess.Popen(
        [str(MEIBO), *map(str, arguments)],
        env=environment(key, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def meibo(
    *arguments: object, key: str | None = KEY, given: bytes = b"", cwd: Path | None = None, **more: str
) -> subprocess.CompletedProcess[bytes]:
    """Run ``meibo`` to its end; `given` is its standard input, `more` are environment variables."""
    return subprocess.run(
        [str(MEIBO), *map(str, arguments)],
        env=environment(key, **more),
        input=given,
        capture_output=True,
        cwd=cwd,
        timeout=900,
        check=False,
    )
