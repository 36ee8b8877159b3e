"""The command `meibo`: one module per group of commands, put together in `app`."""

from pipelines.cli.app import app, main

__all__ = ["app", "main"]
