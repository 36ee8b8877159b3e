"""Items of Outlook (MS-OXCMSG): properties, those of the recipients, what is attached; whatever file keeps them.

A mail gives the text `mail` gives of the same mail on its way: its headers, then its bodies. Contacts and
appointments give their own fields, too.
"""

from __future__ import annotations

import email.utils
import mimetypes
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipelines.errors import NotExamined
from pipelines.sources import rtf
from pipelines.sources.container import Entry
from pipelines.sources.mail import HEADERS, header_names, header_values, parsed
from pipelines.sources.mapi import BINARY, TEXT, Properties, decoded
from pipelines.sources.pictures import is_blank, is_small

_CLASS, _SUBJECT, _BODY, _HTML, _RTF = 0x1A, 0x37, 0x1000, 0x1013, 0x1009
_TRANSPORT = 0x7D
_BODY_CODEPAGE = 0x3FDE
_SUBMITTED, _DELIVERED = 0x39, 0xE06
_TO, _CC, _BCC, _REPLY_TO = 0xE04, 0xE03, 0xE02, 0x50
_KIND_OF_RECIPIENT = 0xC15
_NAME, _ADDRESS, _SMTP = 0x3001, 0x3003, 0x39FE
METHOD, _LONG_NAME, _SHORT_NAME, _LONG_PATH, _PATH, _TYPE = 0x3705, 0x3707, 0x3704, 0x370D, 0x3708, 0x370E
ATTACHED = 0x3701
#: Name, address as Exchange knows it, address of the internet: of who stands behind a mail, and of who sent it.
_FROM, _SENDER = (0x42, 0x65, 0x5D02), (0xC1A, 0xC1F, 0x5D01)

#: How an attachment is kept (PidTagAttachMethod).
_REFERENCES, _EMBEDDED, OLE = frozenset({2, 3, 4, 7}), 5, 6
#: How a compound file begins (MS-CFB).
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Bytes of a picture that may be too small to be read.
_LARGEST_SMALL = 256 << 10
#: Bytes of rich text: it takes seconds a megabyte.
_LARGEST_RTF = 16 << 20

#: Fields of contacts (MS-OXOCNTC), with the words they are examined under.
_CONTACT = {
    0x3001: "氏名",
    0x3A06: "名", 0x3A11: "姓", 0x3A44: "ミドルネーム", 0x3A16: "会社", 0x3A18: "部署", 0x3A17: "役職",
    0x3A08: "勤務先電話", 0x3A1B: "勤務先電話", 0x3A09: "自宅電話", 0x3A2F: "自宅電話", 0x3A1C: "携帯電話",
    0x3A1A: "電話", 0x3A1F: "電話", 0x3A21: "ポケットベル", 0x3A24: "FAX", 0x3A25: "自宅FAX", 0x3A23: "FAX",
    0x3A15: "住所", 0x3A2A: "郵便番号", 0x3A28: "都道府県", 0x3A27: "市区町村", 0x3A29: "番地",
    0x3A5B: "自宅郵便番号", 0x3A5C: "自宅都道府県", 0x3A59: "自宅市区町村", 0x3A5D: "自宅番地",
    0x3A42: "生年月日", 0x3A41: "記念日", 0x3A48: "配偶者", 0x3A4E: "上司", 0x3A30: "秘書", 0x3A58: "子",
    0x3A4F: "ニックネーム", 0x3A00: "アカウント", 0x3A0D: "所在地",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A mail, contact, appointment …: its properties, those of its recipients, what is attached."""

    properties: Properties
    recipients: Sequence[Properties] = ()
    attached: Sequence[Attached] = ()


@dataclass(frozen=True)
class Attached:
    """An attachment. `embedded`: opens the item it is, where it is one; `blocks`: streams the file it is.

    `fault`: code of why nothing of it can be read, "" where it can.
    """

    properties: Properties
    embedded: Callable[[], Item] | None = None
    blocks: Callable[[], Iterator[bytes]] | None = None
    fault: str = ""

    @property
    def is_reference(self) -> bool:
        """It leads to a file elsewhere and is none."""
        return self.properties.number(METHOD) in _REFERENCES

    @property
    def is_small(self) -> bool:
        """It is a picture too small to be read."""
        return self.embedded is None and self.size <= _LARGEST_SMALL and is_small(self.content())

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.properties.size(ATTACHED)

    def content(self) -> bytes:
        """Return the file; raises `NotExamined`."""
        return self.properties.data(ATTACHED)

    def name(self, number: int) -> str:
        """Return what it is called; a forwarded mail by its subject, what has no name by its number and type."""
        asked = self.properties
        name = asked.text(_LONG_NAME, _SHORT_NAME, _NAME) or _last(asked.text(_LONG_PATH, _PATH))
        if self.embedded:
            name = asked.text(_NAME) or self.embedded().properties.text(_SUBJECT) or name
        name = name.replace("/", "∕").strip()
        ending = ".eml" if self.embedded else mimetypes.guess_extension(asked.text(_TYPE)) or ""
        if not name:
            return f"{number}{ending}"
        if name.lower().endswith(".p7m") and self.content()[:13].lower() == b"content-type:":
            # Of a mail that is signed in clear, what came over the wire hangs on it as if it were encrypted.
            return f"{name}.eml"
        return f"{name}.eml" if self.embedded and not name.lower().endswith(".eml") else name

    def entry(self, number: int) -> Entry:
        """Return it as the entry of a container."""
        try:
            fault = self.fault or ("member-link" if self.is_reference else "")
            if self.properties.number(METHOD) == OLE:
                fault = "format-unsupported"
            return Entry(self.name(number), 0 if self.embedded else self.size, fault)
        except NotExamined as error:
            return Entry(f"{number}", fault=error.code)


def text_of(item: Item) -> tuple[str, Counter[str]]:
    """Return what an item says, and how often what could not be read, by reason."""
    gaps: Counter[str] = Counter()
    lines = [f"{name}: {value}" for name, value in headers(item)]
    try:
        for body, whole, _ in bodies(item.properties):
            lines += ["", body]
            gaps["encoding-broken"] += not whole
    except NotExamined as fault:
        gaps[fault.code] += 1
    lines += fields(item)
    for each in item.attached:
        try:
            gaps["attachment"] += each.is_small and not is_blank(each.content())
        except NotExamined:
            # Told where it is read as a file.
            continue
    return "\n".join(lines), +gaps


def cost_of(item: Item) -> int:
    """Return about how many bytes have to be gone through to read what an item says."""
    texts = sum(item.properties.size(number) for number in (_BODY, _HTML, _RTF, _RTF, _RTF))
    return texts + 256 * len(item.recipients) + 1_024 * len(item.attached)


def files_of(item: Item) -> list[Attached]:
    """Return what is attached, less small pictures."""
    return [each for each in item.attached if not _is_small(each)]


def _is_small(each: Attached) -> bool:
    try:
        return each.is_small
    except NotExamined:
        return False


def headers(item: Item) -> Iterator[tuple[str, str]]:
    """Yield the headers `mail` reads: from the properties, else as they came over the wire."""
    told = _from_properties(item)
    wired = item.properties.text(_TRANSPORT)
    message = parsed(wired.encode("utf-8", "replace")) if wired else None
    for name in HEADERS if message is None else header_names(message):
        if told.get(name):
            yield name, told[name]
        elif message is not None:
            yield from ((name, value) for value in header_values(message, name))


def _from_properties(item: Item) -> dict[str, str]:
    asked = item.properties
    sent_by, sender = _person(asked, *_FROM), _person(asked, *_SENDER)
    sent = asked.time(_SUBMITTED, _DELIVERED)
    kinds = (("To", 1, _TO), ("Cc", 2, _CC), ("Bcc", 3, _BCC))
    return {
        "From": sent_by or sender,
        "Sender": sender if sent_by and sender != sent_by else "",
        "Reply-To": asked.text(_REPLY_TO),
        **{name: _together(item.recipients, kind) or asked.text(shown) for name, kind, shown in kinds},
        "Subject": asked.text(_SUBJECT),
        "Date": email.utils.format_datetime(sent) if sent else "",
    }


def _together(recipients: Sequence[Properties], kind: int) -> str:
    # A flag may stand beside the kind; who is no recipient of another kind is one of the first.
    said = (
        _person(each, _NAME, _ADDRESS, _SMTP)
        for each in recipients
        if ((each.number(_KIND_OF_RECIPIENT) & 0xF) or 1) == kind
    )
    return ", ".join(filter(None, said))


def _person(asked: Properties, name: int, address: int, smtp: int) -> str:
    called, at = asked.text(name), asked.text(smtp, address)
    if not at or called == at:
        return called
    return f"{called} <{at}>" if called else at


def bodies(asked: Properties) -> Iterator[tuple[str, bool, str]]:
    """Yield the bodies, whether all of each could be decoded, and its kind.

    Rich text is read where it is the only body: the others are made from it (MS-OXBBODY).
    """
    found = False
    for number, kind in ((_BODY, "plain"), (_HTML, "html")):
        data = asked.data(number)
        if data.strip(b"\0 "):
            found = True
            yield (*_body(asked, number, data), kind)
    if not found and (packed := asked.data(_RTF)):
        if int.from_bytes(packed[4:8], "little") > _LARGEST_RTF:
            raise NotExamined("too-large", "", "save the mail as text")
        try:
            text = rtf.text_of(rtf.unpacked(packed, _LARGEST_RTF))
        except rtf.Damaged:
            raise NotExamined("part-damaged", "", "save the mail again") from None
        yield text, True, "plain"


def _body(asked: Properties, number: int, data: bytes) -> tuple[str, bool]:
    if asked.kind(number) == TEXT:
        return data.decode("utf-16-le", "replace").rstrip("\0"), True
    # HTML is kept in the code page it came in.
    is_wire = asked.kind(number) == BINARY
    codepage = asked.number(_BODY_CODEPAGE) if is_wire else asked.codepage
    text, whole = decoded(data, codepage or asked.number(_BODY_CODEPAGE) or asked.codepage)
    return text.rstrip("\0"), whole


def fields(item: Item) -> list[str]:
    """Return what items other than mails have of their own, and where references lead, a line each."""
    asked = item.properties
    lines = [
        f"添付: {path}"
        for each in item.attached
        if (path := each.properties.text(_LONG_PATH, _PATH)) and each.is_reference
    ]
    if asked.text(_CLASS).upper().startswith(("IPM.NOTE", "REPORT.")) or not asked.kind(_CLASS):
        return lines
    for number, word in _CONTACT.items():
        when = asked.time(number)
        said = f"{when:%Y-%m-%d}" if when else asked.text(number)
        lines += [f"{word}: {said}"] if said else []
    known = {line.partition(": ")[2] for line in lines}
    for number in asked.named():
        said = asked.text(number)
        if said and said not in known:
            known.add(said)
            lines.append(f"プロパティ: {said}")
    return lines


def _last(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
