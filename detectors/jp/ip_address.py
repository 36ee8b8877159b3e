"""IP addresses, of both versions, as access logs and mail headers hold them.

Four numbers up to 255 with dots (RFC 791), or eight groups of hexadecimal digits with one ``::`` for zeros (RFC
4291). Versions of programs and numbers of sections have the first form too. Personal by easy collation: a private
address points to one desk as well as a public one to one line; what no host has (loopback, unspecified,
multicast, broadcast) is not personal.

>>> validate("192.0.2.1"), validate("2001:DB8::1")
('192.0.2.1', '2001:db8::1')
>>> validate("192.0.2.256")
Traceback (most recent call last):
  ...
stdnum.exceptions.InvalidFormat: The number has an invalid format.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from stdnum.exceptions import InvalidFormat, ValidationError

from detectors.ahead import compiled
from detectors.jp.vicinity import Context, Vicinity
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

_CANDIDATE = compiled(
    r"(?<![0-9A-Za-z_.-])(?:(?P<four>[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![0-9A-Za-z_-])(?!\.[0-9A-Za-z])"
    r"|(?<![0-9A-Fa-f:]:)(?P<six>(?:::|[0-9A-Fa-f]{1,4}::?)(?:[0-9A-Fa-f]{1,4}::?){0,6}(?:[0-9A-Fa-f]{1,4})?)(?![0-9A-Za-z_:.]))"
)
_VICINITY = Vicinity(
    r"(?<![A-Za-z])(?:(?i:ip(?:v[46])?)(?:[ _-]?(?:アドレス|(?i:addr(?:ess)?)))?"
    r"|(?i:(?:remote|client|source|src)[ _-](?:addr(?:ess)?|ip|host))"
    # As programs log it: rhost=203.0.113.7, "client": "203.0.113.7"
    r"|(?i:src|dst|source|client|peer|remote|relay|r?host|[rl]?addr(?:ess)?|(?:x[ _-])?forwarded(?:[ _-]for)?)"
    r"(?=[\"']?[:=]))"
    r"|(?:接続|送信|アクセス|発信)元(?:IP(?:アドレス)?)?",
    r"(?i:ver(?:sion)?\.?|rev(?:ision)?\.?|release|firmware|build|oid)|(?<![A-Za-z])[vV](?==?\Z)|バージョン|版数|第|章|節|項"
    r"|ファームウェア|型番|品番|サブネット(?:マスク)?|(?i:netmask|mask)",
    right=r"(?:IP(?:アドレス)?|からの?(?:アクセス|接続|ログイン))",
)


def compact(number: str) -> str:
    """Return the address folded, without space."""
    return fold(number).strip()


def validate(number: str) -> str:
    """Return the address in its shortest spelling; `stdnum.exceptions.InvalidFormat` when it is none."""
    try:
        return str(ipaddress.ip_address(compact(number)))
    except ValueError:
        raise InvalidFormat from None


def is_valid(number: str) -> bool:
    """Tell whether `number` is an IP address."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


class IpAddressRecognizer(Recognizer):
    """Addresses of both versions; a version number's label keeps them low."""

    entity_type = "IP_ADDRESS"
    version = "4"
    gate = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){7}"

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield every address."""
        for candidate in _CANDIDATE.finditer(folded):
            start, end = candidate.span()
            try:
                address = ipaddress.ip_address(candidate[0])
            except ValueError:
                continue
            score = _score(candidate, _VICINITY.judge(folded, start, end))
            nobody = address.is_loopback or address.is_unspecified or address.is_multicast
            nobody = nobody or candidate[0].startswith(("255.", "0."))
            yield Match(start, end, score, self.entity_type, checked=True, personal=not nobody)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The address in its shortest spelling."""
        return (validate(value) if is_valid(value) else compact(value) or None), None


def _score(candidate: re.Match[str], context: Context) -> float:
    if context is Context.OWN:
        return 0.95
    if context is Context.RIVAL:
        return 0.2
    if candidate["four"]:
        # 1.2.3.4 numbers a paragraph more often than a host.
        return 0.2 if len(candidate[0]) == 7 else 0.6
    return 0.6 if candidate[0].count(":") > 3 or len(candidate[0]) > 8 else 0.2
