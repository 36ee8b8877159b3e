"""What the DAGs need from Airflow: the schedule of the estate, one way to run a step, secrets from connections."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from pipelines.job import Job
    from pipelines.plan import RunRef

#: Connection whose password is Meibo's key, where neither MEIBO_KEY nor MEIBO_KEY_FILE is set.
KEY_CONNECTION = "meibo_key"

#: What running the same task again cannot mend; the others are worth a retry.
_FINAL = frozenset({"plan-outdated", "manifest-missing", "manifest-changed"})

#: Cron and time zone of an estate that names none, as in `pipelines.config.Estate`.
_SCHEDULE = {"schedule": "30 1 * * *", "timezone": "Asia/Tokyo"}


def schedule() -> tuple[str, str]:
    """Return cron and time zone of the estate named by MEIBO_ESTATE.

    Read without `pipelines`, since Airflow parses DAGs all the time. What is wrong with the file is for the
    tasks to say: a DAG whose schedule Airflow refuses would vanish, and nobody be told that no night is scanned.
    """
    import yaml
    from croniter import croniter

    try:
        estate = yaml.safe_load(Path(os.environ["MEIBO_ESTATE"]).read_text("utf-8"))
        cron, zone = (str(estate.get(name) or default) for name, default in _SCHEDULE.items())
        croniter(cron).get_next()
        ZoneInfo(zone)
    except (KeyError, OSError, ValueError, AttributeError, yaml.YAMLError):
        cron, zone = _SCHEDULE.values()
    return cron, zone


def run(step: str, *arguments: Any) -> Any:
    """Call ``module:function`` with the job and `arguments`; references are dictionaries on this side.

    An error ends here as a value-free one without its cause: the task log would print a library's message, and
    the value it quotes. So it would what a library warns of.
    """
    from airflow.sdk.exceptions import AirflowFailException

    from pipelines.errors import MeiboError, hush_warnings, of_disk
    from pipelines.plan import RunRef

    hush_warnings()
    module, _, function = step.partition(":")
    # What failed handed nothing on; the last argument may be a list, and that of no task at all is none.
    if None in arguments[:-1]:
        raise AirflowFailException(f"upstream-failed: {function} (see the tasks before it)")
    try:
        answer = getattr(import_module(module), function)(job(), *map(_reference, arguments))
    except MeiboError as error:
        if error.code in _FINAL:
            raise AirflowFailException(str(error)) from None
        raise error from None
    except Exception as error:
        fault = MeiboError("task-failed", f"{function}: {type(error).__name__}")
        raise of_disk(error) or fault from None
    return answer.model_dump() if isinstance(answer, RunRef) else answer


def job() -> Job:
    """Return the job of the environment, after the connections the estate names are exported to it.

    A connection Airflow does not know is not exported: a missing key refuses the job (`Job.from_environment` says
    how), a missing database is a source that was not examined.
    """
    from pipelines.job import Job

    if not (os.environ.get("MEIBO_KEY") or os.environ.get("MEIBO_KEY_FILE")):
        found = _connection(KEY_CONNECTION)
        os.environ["MEIBO_KEY"] = (found and found.password) or ""
    each = Job.from_environment()
    for source in each.estate.sources:
        name = getattr(source, "airflow_connection", None)
        if name and (found := _connection(name)):
            os.environ[f"AIRFLOW_CONN_{name.upper()}"] = found.as_json()
    return each


def _reference(
    argument: int | dict[str, Any] | Iterable[dict[str, Any]] | None,
) -> int | RunRef | list[RunRef]:
    from pipelines.plan import RunRef

    if isinstance(argument, int):
        return argument
    if isinstance(argument, dict):
        return RunRef(**argument)
    # Of a mapped task that mapped to nothing there is nothing to hand on.
    return [RunRef(**each) for each in argument or ()]


def _connection(name: str) -> Connection | None:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(name)
    except AirflowNotFoundException:
        return None
