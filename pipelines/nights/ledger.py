"""The ledger: what each place of a source was like when it was last examined, so that it need not be read again.

One file per source, ``state/ledger/<source>``, encrypted (names of files are personal data), replaced as a whole
once the scan it tells of is in the store. It holds no finding: those of an asset that is as it was are carried
from scan to scan within the store. Losing it costs one night of reading, nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import shutil
import zlib
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from detectors.registry import detector_version, dictionary_version
from pipelines.asset_rules import AssetRule
from pipelines.examine.work import config_digest
from pipelines.job import Job
from pipelines.layout import replacing
from pipelines.refs import LASTING, PartRef

#: What an asset rule says for people, not for detection: it is looked up anew for assets that are carried.
ABOUT = frozenset(
    {
        "match", "owner", "purpose", "zone", "country", "entrustee", "retention", "copies", "held", "protection",
        "provided_to", "disposal", "registered",
    }
)  # fmt: skip

#: The rooms whose code decides what is found, beside the modules of `pipelines` itself.
_READING = ("examine", "nights", "sources")

_NONCE = 12


class Listed(NamedTuple):
    """An asset of a place: its id as the source lists it, what its result rests on, and the id that is its own."""

    id: str
    kind: str
    member: str
    made_by: str
    own_id: str


@dataclass(slots=True)
class Entry:
    """One place: proofs, access and size as in `base.Place`; its `assets`."""

    proofs: tuple[str, ...]
    access: str
    bytes: int
    assets: list[Listed]


@dataclass
class Ledger:
    """One source as the scan `scan_id` found it; `grants`: digest of the declared grants it was loaded with."""

    source: str
    scan_id: str = ""
    grants: str = ""
    places: dict[str, Entry] = field(default_factory=dict)

    def forget_unproved(self) -> None:
        """Drop places nothing can prove to be unchanged."""
        self.places = {locator: entry for locator, entry in self.places.items() if entry.proofs}


def ledger_path(job: Job, source: str) -> Path:
    """Return where the ledger of a source lies."""
    return job.layout.state / "ledger" / source


def read_ledger(job: Job, source: str, path: Path) -> Ledger:
    """Return what is known of a source: nothing where there is no ledger or none that this key opens."""
    with contextlib.suppress(OSError, InvalidTag, ValueError, KeyError, TypeError, zlib.error):
        sealed = path.read_bytes()
        plain = AESGCM(job.keys.derive("ledger")).decrypt(sealed[:_NONCE], sealed[_NONCE:], source.encode())
        told: dict[str, Any] = json.loads(zlib.decompress(plain))
        places = {
            locator: Entry(tuple(proofs), access, size, [Listed(*each) for each in assets])
            for locator, (proofs, access, size, assets) in told.pop("places").items()
        }
        return Ledger(source=source, **told, places=places)
    return Ledger(source)


def write_ledger(job: Job, ledger: Ledger, path: Path) -> None:
    """Replace a ledger as a whole."""
    told = {
        "scan_id": ledger.scan_id,
        "grants": ledger.grants,
        "places": {
            locator: (each.proofs, each.access, each.bytes, each.assets)
            for locator, each in ledger.places.items()
        },
    }
    nonce = secrets.token_bytes(_NONCE)
    plain = zlib.compress(json.dumps(told).encode(), 1)
    sealed = nonce + AESGCM(job.keys.derive("ledger")).encrypt(nonce, plain, ledger.source.encode())
    with replacing(path) as beside:
        beside.touch(0o600)
        beside.write_bytes(sealed)


def put_in_force(job: Job, source: str, written: Path, again: AbstractSet[str]) -> None:
    """Put a ledger that was `written` in the place of the source's, less the places to be read `again`."""
    target = ledger_path(job, source)
    if written.exists() and not again:
        with replacing(target) as beside:
            beside.touch(0o600)
            shutil.copyfile(written, beside)
        return
    ledger = read_ledger(job, source, written)
    for locator in again:
        ledger.places.pop(locator, None)
    write_ledger(job, ledger, target)


def made_by(job: Job, rule: AssetRule) -> str:
    """Digest of everything but the content that the result for an asset rests on."""
    told = rule.model_dump(mode="json", exclude=set(ABOUT))
    versions = (detector_version(), dictionary_version(), pipeline_version(), config_digest(job))
    return digest_of([*versions, job.estate.staging.part_rows, job.estate.timezone, told])


def digest_of(told: object) -> str:
    """Return 16 hex digits over anything JSON can say."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]


def lasting(parts: Iterable[PartRef]) -> bool:
    """Say whether an asset with these parts would come out the same tomorrow, its content being the same."""
    return all(part.status == "examined" or part.reason in LASTING for part in parts)


@lru_cache(maxsize=1)
def pipeline_version() -> str:
    """Digest of the code that reads assets and resolves their columns."""
    digest = hashlib.sha256()
    package = resources.files("pipelines")
    for folder in (package, *(package / room for room in _READING)):
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            if path.name.endswith(".py"):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
