"""The cyclic garbage collector held back where much is made and nothing of it in cycles.

Spans, pieces and keys are let go of one by one. The collector would walk all dictionaries, millions of objects,
again and again for them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Collect nothing meanwhile; also a decorator.

    What was made joins the oldest objects, unless somebody froze some: it need not be walked either.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
