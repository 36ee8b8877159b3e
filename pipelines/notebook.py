"""What a notebook asks of a snapshot beyond reports and SQL: what changed, and how far a leak reaches."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipelines.store.reader import Reader

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.incident import Scope


class Store(Reader):
    """A snapshot as `meibo.open` hands it to a notebook."""

    def since(
        self, name: str, scan: str = "previous", lang: Literal["ja", "en"] | None = None, **parameters: Any
    ) -> pd.DataFrame:
        """Return what is new, worsened or gone in a report since a scan: its id, a day, or ``previous``.

        Raises `Refused` ``scan-unknown``, ``since-unknown``.
        """
        from pipelines.reports.since import since_from

        return since_from(self, name, scan, **parameters).to_pandas(lang)

    def incident(
        self,
        assets: Iterable[str] = (),
        *,
        known_on: date | str,
        orders: Iterable[str] = (),
        mailings: Iterable[str] = (),
        devices: Iterable[str] = (),
        first: datetime | None = None,
        last: datetime | None = None,
        cause: str = "unknown",
        recovered: bool = False,
        entrusted: bool = False,
        policies: str | Path | None = None,
    ) -> Scope:
        """Return the scope of a leak, as `meibo incident` does. `assets`: ids or globs; `known_on`: a day.

        `first`, `last`: the time of exposure, with a zone. `orders` and `devices` need ``MEIBO_KEY``; read them
        from where they are rather than type them here. `policies`: the estate's own file, where it has one.
        Raises `Refused` ``incident-question``, ``incident-no-asset``, ``incident-nothing``.
        """
        from pydantic import ValidationError

        from pipelines.errors import Refused
        from pipelines.incident import Question, scope_of
        from pipelines.keys import KeyRing
        from pipelines.policies import load_policies

        asked = {"assets": assets, "refs": orders, "mailings": mailings, "devices": devices,
                 "known_on": known_on, "first": first, "last": last, "cause": cause, "recovered": recovered,
                 "entrusted": entrusted}  # fmt: skip
        try:
            question = Question.model_validate(asked, strict=False)
        except ValidationError:
            # pydantic's message quotes what was given, an order number of somebody.
            raise Refused(
                "incident-question",
                "incident",
                "name assets, orders, mailings or devices, and times in order, with a zone",
            ) from None
        keys = KeyRing.from_environment() if question.refs else None
        report = load_policies(Path(policies) if policies else None).leak_report
        return scope_of(self, question, report, keys)
