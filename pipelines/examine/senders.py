"""What kind of number or address a message was sent from, told before only its key is kept.

A company sends from its own lines and its own domain; a mobile number or a free or carrier mail address that is in
no register of the company is, more often than not, somebody's own.
"""

from __future__ import annotations

import re
from typing import Literal

from detectors.text import fold

SenderClass = Literal["mobile", "landline", "free_mail", "mail"]

#: Mail anybody can have: free services, and the mobile carriers' own. A subdomain counts, too.
FREE_MAIL = (
    "gmail.com", "googlemail.com", "yahoo.co.jp", "yahoo.com", "ymail.ne.jp", "icloud.com", "me.com", "mac.com",
    "outlook.jp", "outlook.com", "hotmail.com", "hotmail.co.jp", "live.jp", "live.com", "msn.com", "aol.com",
    "proton.me", "protonmail.com", "gmx.com", "excite.co.jp", "mail.goo.ne.jp", "docomo.ne.jp", "ezweb.ne.jp",
    "au.com", "softbank.ne.jp", "i.softbank.jp", "vodafone.ne.jp", "ymobile.ne.jp", "ymobile1.ne.jp",
    "rakumail.jp", "uqmobile.jp", "willcom.com",
)  # fmt: skip

#: Prefixes of mobile numbers; +81 replaces the zero.
_MOBILE = re.compile(r"(?:\+?81|0)[6789]0\d{8}")


def sender_class(text: str) -> SenderClass:
    """Return the kind of a number or an address.

    >>> [sender_class(text) for text in ("０８０-1234-5678", "+81 90 1234 5678", "03-1234-5678", "0120-444-444")]
    ['mobile', 'mobile', 'landline', 'landline']
    >>> [sender_class(text) for text in ("a@gmail.com", "a@x.softbank.ne.jp", "shop@sakura.example.jp")]
    ['free_mail', 'free_mail', 'mail']
    """
    plain = fold(text).strip().lower()
    if "@" in plain:
        domain = plain.rpartition("@")[2].strip(" >")
        free = any(domain == known or domain.endswith(f".{known}") for known in FREE_MAIL)
        return "free_mail" if free else "mail"
    digits = re.sub(r"[^\d+]", "", plain)
    # A number column has lost the leading zero of 090….
    if len(digits) == 10 and re.match(r"[6789]0", digits):
        digits = f"0{digits}"
    return "mobile" if _MOBILE.fullmatch(digits) else "landline"
