"""References: the small values that travel between steps. Data never does.

A reference goes through XCom, a process pool or Spark as JSON. It names an asset, a part, a staged file by its
digest; it holds no personal value. Asset ids, part names and column names that come from outside pass through
`pipelines.places` first, so that a customer's name in a file name never reaches a log.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass

Status = Literal["examined", "not_examined"]
Audience = Literal["nobody", "owner", "role", "department", "company", "entrustee", "public", "unknown"]

#: Why a part was not examined, where reading the same again would give the same. All else is tried every night.
LASTING = frozenset(
    {
        "attachment", "backup-encrypted", "binary-cell", "cell-too-long", "encoding-broken", "encoding-unknown",
        "file-damaged", "file-encrypted", "format-unsupported", "image-many-pages", "member-encrypted",
        "member-link", "not-a-table", "page-damaged", "part-damaged", "program-missing", "row-broken",
        "row-group-damaged", "sheet-damaged", "too-deep", "too-large", "too-many-members",
    }
)  # fmt: skip
#: Why what killed its worker was not.
CRASHED = "worker-crashed"


class Ref(BaseModel):
    """Base: frozen, strict about unknown fields, JSON in and out."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class AssetRef:
    """One table, sheet or file; no model but a dataclass with slots, since a plan holds a hundred thousand.

    `id` is what people see: ``source/schema.table`` or ``source/path!file/in/it#sheet``, masked where a path holds
    personal data. `locator` is what the source needs to read it again (a relative path, ``schema.table``); it
    may hold a raw name, so it lives in staging and never in the store.
    """

    id: str
    source: str
    kind: str
    locator: str
    member: str = ""


class PartRef(Ref):
    """A slice of an asset that is extracted, detected and cached on its own.

    `digest`: 128-bit hex of the content and schema; `rows`: number of rows (images and texts: 1);
    `path`: the staged encrypted Parquet, relative to the staging directory; `watermark`: the greatest value of
    the declared watermark column as ISO text, or "". `status`/`reason`: a part that could not be read stays in
    the plan with ``not_examined`` and a reason code.
    """

    asset: AssetRef
    index: int
    digest: str = ""
    rows: int = 0
    bytes: int = 0
    path: str = ""
    watermark: str = ""
    row_key: str = ""
    """Column that identifies a row, as the source knows it; "" where there is none."""
    status: Status = "examined"
    reason: str = ""

    @property
    def name(self) -> str:
        """Stable name of the part, for messages."""
        return f"{self.asset.id}@{self.index}"


class FindingsRef(Ref):
    """What `detect` made of a part: directories under ``work/`` named by the cache key, hence immutable."""

    part: PartRef
    work_key: str
    reused: bool = False


class Grant(Ref):
    """Somebody may read an asset: `grantee` (role, user, group, ``public``) through `via` (grant, role, mode).

    `audience` is the level exposure is counted in; "unknown" where nothing says who can read.
    """

    asset: str
    grantee: str
    privilege: str = "SELECT"
    via: str = ""
    audience: Audience = "unknown"
    columns: tuple[str, ...] = Field(default=())


class Access(Ref):
    """Assets the same people may read: `grants` (of no asset) are said once for all `assets`."""

    grants: tuple[Grant, ...]
    assets: tuple[str, ...]
