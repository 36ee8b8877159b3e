"""A report's parameter that is an identifier (an order number): keyed before it goes anywhere near the store."""

from __future__ import annotations

import re

from pipelines.errors import Refused
from pipelines.keys import KeyRing
from pipelines.seal import Sealer
from pipelines.store.own_key import refuse_other_key
from pipelines.store.reader import Reader

#: As reports show keys (`k:…`), or a whole one.
KEYED = re.compile(r"k:([0-9a-f]{12,32})", re.IGNORECASE)


def key_prefix(reader: Reader, name: str, entity_type: str, value: str, keys: KeyRing | None = None) -> str:
    """Return the lower-case hex a value's key begins with: of a key as reports show it, or of a value keyed now.

    A plain value needs the key of the scan: `keys`, else MEIBO_KEY or MEIBO_KEY_FILE. Raises `Refused`
    ``key-missing`` and its like, ``key-changed`` where the store was written with another, ``report-parameter``
    where nothing can be keyed.
    """
    shown = KEYED.fullmatch(value.strip())
    if shown:
        return shown[1].lower()
    keys = keys or KeyRing.from_environment()
    refuse_other_key(reader, keys, "use the key of the scan, or a key as reports show it (k:…)")
    key = Sealer(keys).seal(entity_type, value)[0]
    if key is None:
        raise Refused("report-parameter", name, "nothing in it can be keyed")
    return key.hex()
