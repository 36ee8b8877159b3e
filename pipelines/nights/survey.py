"""Survey: what there is tonight, and what of it is as it was when it was last examined.

What is as it was is neither opened nor read: its result stands in the store and is carried forward there
(`pipelines.results.Carried`). What has gone is simply not listed any more; a source that lists nothing may not be
mounted (`pipelines.nights.outage`). Everything else is work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path

from pipelines.config import Estate
from pipelines.errors import NotExamined
from pipelines.job import Job
from pipelines.nights.ids import Ids
from pipelines.nights.ledger import Entry, Ledger, Listed, digest_of, ledger_path, made_by, read_ledger
from pipelines.nights.outage import EMPTIED, NOWHERE, WHOLE
from pipelines.refs import AssetRef, PartRef
from pipelines.results import Carried
from pipelines.source_config import SourceConfig
from pipelines.sources import Source, open_source
from pipelines.sources.base import Known, Place, Surveyed, Watermarks


@dataclass
class Survey:
    """What a scan has to do. `unasked`: assets in `carried` whose grants have to be asked for all the same."""

    assets: list[AssetRef] = field(default_factory=list)
    """To be examined."""
    bytes: dict[str, int] = field(default_factory=dict)
    """Their sizes by id, where known."""
    carried: list[Carried] = field(default_factory=list)
    unasked: list[AssetRef] = field(default_factory=list)
    unlisted: list[PartRef] = field(default_factory=list)
    """Sources that could not be listed or are empty, as parts that were not examined."""
    ledgers: list[Ledger] = field(default_factory=list)
    """What will be known of the sources once this scan is loaded."""


def survey(
    job: Job,
    names: Sequence[str] = (),
    scans: frozenset[str] = frozenset(),
    confirmed: Collection[str] = (),
) -> Survey:
    """List the sources `names` (all when empty); `scans`: those whose results may be carried forward.

    `confirmed`: sources somebody knows to be empty where nothing is listed of them.
    """
    found = Survey()
    for config in job.estate.sources:
        if not names or config.name in names:
            known = read_ledger(job, config.name, ledger_path(job, config.name))
            if known.scan_id not in scans:
                known = Ledger(config.name)
            may_be_empty = config.may_be_empty or config.name in confirmed
            _SourceSurvey(job, known, found).run(config, may_be_empty=may_be_empty)
    return found


class _SourceSurvey:
    def __init__(self, job: Job, known: Ledger, found: Survey) -> None:
        self._job = job
        self._known = known
        self._found = found
        self._new = Ledger(known.source, grants=_grants_digest(job.estate))
        self._digests: dict[int, str] = {}
        self._ids = Ids(known)
        self._carried: list[str] = []
        self._asked: list[str] = []

    def run(self, config: SourceConfig, *, may_be_empty: bool = False) -> None:
        """Survey one source; where nothing of it could be listed, its ledger stays as it is."""
        source = open_source(config, self._job.keys)
        place = None
        try:
            for place in _places(source, self._is_known, self._watermark):
                self._take(place)
            if place is None and not may_be_empty:
                raise NotExamined(EMPTIED, config.name)
        except NotExamined as fault:
            if place is None and fault.code == NOWHERE and may_be_empty:
                self._found.ledgers.append(self._new)
                return
            self._found.unlisted.append(unlisted(config.name, fault.code))
            if place is None:
                return
        finally:
            source.close()
        self._found.ledgers.append(self._new)
        if self._carried:
            self._found.carried.append(
                Carried(
                    scan_id=self._known.scan_id,
                    assets=tuple(self._carried),
                    access=tuple(self._asked),
                )
            )

    def _is_known(self, locator: str, proofs: tuple[str, ...]) -> bool:
        entry = self._known.places.get(locator)
        return (
            entry is not None
            and not set(proofs).isdisjoint(entry.proofs)
            and all(asset.made_by == self._made_by(asset.id) for asset in entry.assets)
        )

    def _watermark(self, asset_id: str) -> str | None:
        return self._job.estate.rule(asset_id).columns.watermark

    def _take(self, place: Place) -> None:
        if place.assets is None:
            self._carry(place)
            return
        told = []
        sizes = place.sizes or repeat(place.bytes)
        for listed, size in zip(place.assets, sizes, strict=False):
            own = self._ids.of(place.locator, listed.id)
            self._found.assets.append(listed if own == listed.id else replace(listed, id=own))
            self._found.bytes[own] = size
            told.append(Listed(listed.id, listed.kind, listed.member, self._made_by(listed.id), own))
        self._new.places[place.locator] = Entry(place.proofs, place.access, place.bytes, told)

    def _carry(self, place: Place) -> None:
        entry = self._known.places[place.locator]
        same_access = bool(place.access) and (place.access, self._new.grants) == (
            entry.access,
            self._known.grants,
        )
        for asset in entry.assets:
            self._carried.append(asset.own_id)
            if same_access:
                self._asked.append(asset.own_id)
            else:
                self._found.unasked.append(
                    AssetRef(
                        id=asset.own_id,
                        source=self._known.source,
                        kind=asset.kind,
                        locator=place.locator,
                        member=asset.member,
                    )
                )
        self._new.places[place.locator] = Entry(place.proofs, place.access, place.bytes, entry.assets)

    def _made_by(self, asset_id: str) -> str:
        rule = self._job.estate.rule(asset_id)
        # Assets no rule speaks of get a rule of their own that says nothing: they are all alike.
        key = id(rule) if self._job.estate.has(rule) else 0
        if key not in self._digests:
            self._digests[key] = made_by(self._job, rule)
        return self._digests[key]


def unlisted(source: str, reason: str) -> PartRef:
    """Return a source nothing is known of as a part that was not examined."""
    whole = AssetRef(id=source, source=source, kind=WHOLE, locator="")
    return PartRef(asset=whole, index=0, status="not_examined", reason=reason)


def _places(source: Source, known: Known, watermarks: Watermarks) -> Iterator[Place]:
    if isinstance(source, Surveyed):
        yield from source.survey(known, watermarks)
    else:
        for asset in source.assets():
            yield Place(f"{asset.locator}\0{asset.member}", (asset,))


def _grants_digest(estate: Estate) -> str:
    path: Path | None = estate.grants
    try:
        return digest_of(path.read_text("utf-8")) if path else ""
    except (OSError, UnicodeDecodeError):
        return ""
