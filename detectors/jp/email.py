"""E-mail addresses, including the ones RFC 5321 forbids and Japanese carriers handed out.

Until April 2009 docomo and au accepted local parts with consecutive dots, a dot before ``@`` or a leading dot;
they are still in databases, and a pattern true to the RFC misses them. Japanese text may follow
without a space (…@example.jpまで), and ＠ may be full width. Nothing is looked up on the network.

>>> is_valid("taro..yamada.@docomo.ne.jp"), is_valid("ｔａｒｏ＠example.jp")
(True, True)
>>> is_valid("taro@example"), is_valid("logo@2x.png"), is_valid("@example.jp")
(False, False, False)
>>> compact(" Taro.Yamada@Example.JP ")
'taro.yamada@example.jp'
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from detectors.pieces import Form, Ints, Pieces
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

_LOCAL = string.ascii_letters + string.digits + "._%+'-"
_LOCAL_LIMIT = 64
# What ends a sentence or opens a quotation before the address: neither is part of it.
_NOT_FIRST = "'%+-"
_ELLIPSIS = "..."
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.){1,8}"
    r"(?:(?:jp|com|net|org)(?=TEL|Tel|FAX|Fax|URL)|(?:xn--[A-Za-z0-9-]{2,59}|[A-Za-z]{2,24})(?![A-Za-z0-9]))"
)
#: Endings of file names that look like one: logo@2x.png.
_FILES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".css", ".js", ".pdf", ".html", ".ico")
#: Cells that may be one address, beginning with a letter that is part of it.
_FORM = Form(r"[A-Za-z0-9_][A-Za-z0-9._%+'-]{0,63}@[A-Za-z0-9._-]{3,64}", cut="@", skip=1)


def compact(address: str) -> str:
    """Return the address folded, trimmed, in lower case: the join key. Carrier dots are significant and stay."""
    return fold(address).strip().lower()


def is_valid(address: str) -> bool:
    """Tell whether the whole of `address` is one e-mail address."""
    folded = fold(address).strip()
    return any(span == (0, len(folded)) for span in _spans(folded))


class JpEmailRecognizer(Recognizer):
    """Everything round an ``@`` that a mail server in Japan ever accepted."""

    entity_type = "EMAIL_ADDRESS"
    version = "2"
    gate = r"[A-Za-z0-9._%+'-]@[A-Za-z0-9]"
    forms: ClassVar[tuple[Form, ...]] = (_FORM,)

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every address; the form is proof enough."""
        for start, end in _spans(folded):
            yield Match(start, end, 0.95, self.entity_type)

    def alike(self, cells: Pieces) -> Ints | None:
        """Whether the domain is one to its end."""
        return cells.right.each(_is_domain) if cells.form is _FORM else None

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The address in lower case."""
        return compact(value) or None, None


def _spans(folded: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each address: walk from ``@`` to ``@``, never back over the same text."""
    done = 0
    at = folded.find("@")
    while at >= 0:
        start = _local_start(folded, at, done)
        end = _domain_end(folded, at + 1)
        if start < at and end:
            yield start, end
            done = end
        at = folded.find("@", at + 1)


def _domain_end(folded: str, start: int) -> int:
    """Return where the domain that begins at `start` ends; 0 when there is none."""
    domain = _DOMAIN.match(folded, start)
    return domain.end() if domain and not domain[0].lower().endswith(_FILES) else 0


@lru_cache(maxsize=16_384)
def _is_domain(text: str) -> int:
    """Return 0 for a text that is a domain as a whole; or -1."""
    return 0 if _domain_end(text, 0) == len(text) else -1


def _local_start(folded: str, at: int, floor: int) -> int:
    """Return where the local part before the ``@`` at `at` begins; `at` when there is none."""
    window = folded[max(floor, at - _LOCAL_LIMIT - 1) : at]
    local = window[len(window.rstrip(_LOCAL)) :]
    if len(local) > _LOCAL_LIMIT:
        return at
    local = local.lstrip(_NOT_FIRST)
    if local.startswith(_ELLIPSIS):
        local = local.lstrip(".")
    if not local.strip("."):
        return at
    return at - len(local)
