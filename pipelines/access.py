"""Who can read what: the sources' own grants, and those declared for what has no catalogue."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pipelines.config import Estate
from pipelines.errors import ConfigRefused, NotExamined
from pipelines.job import Job
from pipelines.keys import KeyRing
from pipelines.places import mask_place
from pipelines.refs import Access, AssetRef, Audience, Grant
from pipelines.section import Section
from pipelines.sources import open_source
from pipelines.yaml_once import faults_of, read_file


class DeclaredGrant(Section):
    """One line of the grants file; `asset` is a glob over asset ids."""

    asset: str
    grantee: str
    privilege: str = "SELECT"
    via: str = "declared"
    audience: Audience = "unknown"
    columns: tuple[str, ...] = ()


_Facts = tuple[str, str, str, Audience, tuple[str, ...]]
_Numbers = frozenset[int]
_NOTHING: _Numbers = frozenset()


def list_access(job: Job, assets: Sequence[AssetRef]) -> tuple[Access, ...]:
    """Return every grant on `assets`; a source that cannot say leaves its assets without one (unknown)."""
    return shared(_masked(grant, job.keys) for grant in _grants(job, assets))


def shared(grants: Iterable[Grant]) -> tuple[Access, ...]:
    """Say once what is granted alike on many assets: a hundred thousand files have a handful of modes."""
    numbers: dict[_Facts, int] = {}
    # Of a set of grants and one more the set of all of them, so that assets with the same grants share one.
    grown: dict[tuple[_Numbers, int], _Numbers] = {}
    of_asset: dict[str, _Numbers] = {}
    for grant in grants:
        facts = (grant.grantee, grant.privilege, grant.via, grant.audience, grant.columns)
        step = of_asset.get(grant.asset, _NOTHING), numbers.setdefault(facts, len(numbers))
        if step not in grown:
            grown[step] = step[0] | {step[1]}
        of_asset[grant.asset] = grown[step]
    assets: dict[_Numbers, list[str]] = {}
    for asset, granted in of_asset.items():
        assets.setdefault(granted, []).append(asset)
    alike = [
        Grant(asset="", grantee=grantee, privilege=privilege, via=via, audience=audience, columns=columns)
        for grantee, privilege, via, audience, columns in numbers
    ]
    return tuple(
        Access(
            grants=tuple(
                sorted((alike[number] for number in granted), key=lambda each: each.model_dump_json())
            ),
            assets=tuple(each),
        )
        for granted, each in assets.items()
    )


def _grants(job: Job, assets: Sequence[AssetRef]) -> Iterator[Grant]:
    yield from _declared(job.estate, assets)
    for config in job.estate.sources:
        of_source = [asset for asset in assets if asset.source == config.name]
        if of_source:
            source = open_source(config, job.keys)
            try:
                with suppress(NotExamined):
                    yield from source.grants(of_source)
            finally:
                source.close()


def _masked(grant: Grant, keys: KeyRing) -> Grant:
    """Call columns as `field` does: one may be named after a person."""
    if not grant.columns:
        return grant
    return grant.model_copy(update={"columns": tuple(mask_place(name, keys) for name in grant.columns)})


def _declared(estate: Estate, assets: Iterable[AssetRef]) -> Iterable[Grant]:
    if estate.grants is None:
        return
    declared = read_grants(estate.grants)
    for asset in assets:
        for line in declared:
            if fnmatch.fnmatchcase(asset.id, line.asset):
                yield Grant(**{**line.model_dump(), "asset": asset.id})


def read_grants(path: Path) -> list[DeclaredGrant]:
    """Read the declared grants; raises `ConfigRefused` with every fault."""
    try:
        return TypeAdapter(list[DeclaredGrant]).validate_python(read_file(path.name, path) or [])
    except ValidationError as error:
        raise ConfigRefused(path.name, faults_of(error)) from None
