"""A store is written and asked with one key: under another no keyed number in it means anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import Refused

if TYPE_CHECKING:
    import duckdb

    from pipelines.keys import KeyRing
    from pipelines.store.reader import Reader

_FINGERPRINTS = "SELECT DISTINCT key_fingerprint FROM scan"


def refuse_other_key(
    store: duckdb.DuckDBPyConnection | Reader, keys: KeyRing, hint: str = "use the key of the scan"
) -> None:
    """Refuse a key the store was not written with: answers would be a false "nothing", entries would match none.

    Raises `Refused` ``key-changed``.
    """
    from pipelines.store.reader import Reader

    known = (
        store.arrow(_FINGERPRINTS)
        if isinstance(store, Reader)
        else store.execute(_FINGERPRINTS).to_arrow_table()
    )
    if set(known["key_fingerprint"].to_pylist()) - {keys.fingerprint}:
        raise Refused("key-changed", "store.duckdb", hint)
