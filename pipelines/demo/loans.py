"""Loaner phones (incident B): what was read out of them, who had them, when they were wiped.

One directory per phone, called by the shop's own number; the ledger of loans gives its IMEI. What is left where,
and whether the phone may be lent, is decided here, so every row of the report is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from pipelines.demo import numbers
from pipelines.demo.drawn import driver_licence, landscape, my_number_back
from pipelines.demo.drawn_phone import booking_screen
from pipelines.demo.pencil import Drawn
from pipelines.demo.people import Customer, Person, World
from pipelines.demo.tables import Table, write_tables
from pipelines.demo.truth import Truth, Value, compose

if TYPE_CHECKING:
    from PIL import Image

FOLDER = "loaners"

#: The phone that was read out before it came back; all others on the night of the estate.
EARLY = "貸出機-04"
READ_OUT_EARLY = datetime(2026, 3, 20, 21, 0)

_LOANS = (
    ("貸出番号", "TEXT", None),
    ("管理番号", "TEXT", None),
    ("IMEI", "TEXT", "IMEI"),
    ("会員番号", "TEXT", "PERSONAL_ID"),
    ("貸出日時", "TEXT", None),
    ("返却日時", "TEXT", None),
    ("状態", "TEXT", None),
)
_WIPES = (
    ("証明番号", "TEXT", None),
    ("IMEI", "TEXT", "IMEI"),
    ("消去日時", "TEXT", None),
    ("結果", "TEXT", None),
)


@dataclass(frozen=True)
class _Picture:
    """A picture on a phone: when it was taken, None where it says nothing; `place`: says where."""

    file: str
    draw: Callable[[Random, Person], Drawn]
    taken: datetime | None = None
    place: bool = False
    of: int = 0
    """Which borrower it is of."""


@dataclass(frozen=True)
class _Phone:
    """`loans`: days of March on which it was lent and came back (None: not yet); `wiped`: days, and the outcome.

    `expected`: its state in `device_residue`, and what is left, with the number of the borrower it is of.
    """

    number: str
    expected: tuple[str, Sequence[str]]
    status: str = "点検中"
    loans: Sequence[tuple[int, int | None]] = ()
    wiped: Sequence[tuple[int, str]] = ()
    pictures: Sequence[_Picture] = ()
    contacts: str = ""
    read_out: bool = True


_PHONES = (
    # Incident: two borrowers, never wiped, and the ledger calls it lendable.
    _Phone(
        "貸出機-01",
        ("offered-uncleared", ("identity-document 0", "booking -", "contacts -")),
        status="貸出可",
        loans=((2, 6), (9, 13)),
        pictures=(
            _Picture("DCIM/Camera/IMG_0412.jpg", driver_licence, datetime(2026, 3, 4, 18, 20), place=True),
            _Picture("Pictures/Screenshots/Screenshot_0012.png", booking_screen),
        ),
        contacts="contacts.vcf",
    ),
    # Hard negative: wiped, read out again, nothing left but what the shop put there.
    _Phone("貸出機-02", ("lendable", ()), status="貸出可", loans=((3, 8),), wiped=((8, "成功"),)),
    # Incident: lent again with the back of a My Number card in the trash.
    _Phone(
        "貸出機-03",
        ("lent-uncleared", ("my-number 0",)),
        status="貸出中",
        loans=((2, 9), (16, None)),
        pictures=(
            _Picture("DCIM/Camera/.trashed-1775-IMG_0031.jpg", my_number_back, datetime(2026, 3, 7, 9, 5)),
        ),
    ),
    _Phone(EARLY, ("not-lendable", ()), loans=((10, 25),), wiped=((26, "成功"),)),
    # Hard negative: never lent, with the maker's sample picture.
    _Phone(
        "貸出機-05",
        ("lendable", ()),
        status="貸出可",
        pictures=(_Picture("DCIM/Camera/sample.jpg", landscape, datetime(2025, 9, 1, 12, 0)),),
    ),
    _Phone("貸出機-06", ("not-lendable", ()), loans=((5, 12),), wiped=((12, "成功"),), read_out=False),
    # Incident: the wipe failed, and nobody looked.
    _Phone(
        "貸出機-07",
        ("not-lendable", ("contacts 0",)),
        loans=((4, 11),),
        wiped=((11, "失敗"),),
        contacts="data/com.android.providers.contacts/databases/contacts2.db",
    ),
)


def write(world: World, directory: Path) -> Truth:
    """Write ``loaners/`` and ``lending.sqlite``."""
    rng = world.stream("loans")
    truth = Truth()
    borrowers = iter(rng.sample([each for each in world.customers if not each.person.name.foreign], 40))
    loans: list[list[str | None]] = []
    wipes: list[list[str | None]] = []
    keys: list[str] = []
    for phone in _PHONES:
        imei = numbers.imei(rng)
        had = [next(borrowers) for _ in phone.loans]
        loans += _lent(phone, imei, had, first=len(loans) + 1)
        wipes += [
            [f"W-{len(wipes) + number:03d}", imei, _at(day, 20), outcome]
            for number, (day, outcome) in enumerate(phone.wiped, 1)
        ]
        if phone.read_out:
            _Dump(world, rng, directory / FOLDER / phone.number, truth).write(phone, imei, had)
        state, left = phone.expected
        keys += [f"{imei} {state} - -", *(f"{imei} residual {_whose(each, had)}" for each in left)]
    tables = (Table("loans", _LOANS, loans), Table("wipes", _WIPES, wipes))
    write_tables(directory / "lending.sqlite", "lending", tables, truth)
    truth.incidents["device_residue"] = {"rows": len(keys), "keys": sorted(keys)}
    return truth


def read_out_at(path: Path) -> datetime | None:
    """Return when a file of the estate was read out of a phone, where that is not the night of the estate."""
    return READ_OUT_EARLY if EARLY in path.parts else None


def _lent(phone: _Phone, imei: str, had: Sequence[Customer], first: int) -> list[list[str | None]]:
    if not phone.loans:
        return [[f"K-{first:04d}", phone.number, imei, None, None, None, phone.status]]
    return [
        [f"K-{first + at:04d}", phone.number, imei, borrower.number, _at(lent, 11),
         None if back is None else _at(back, 18), phone.status if at == len(had) - 1 else "返却済"]
        for at, (borrower, (lent, back)) in enumerate(zip(had, phone.loans, strict=True))
    ]  # fmt: skip


def _whose(left: str, had: Sequence[Customer]) -> str:
    item, of = left.split()
    return f"{item} {had[int(of)].number if of != '-' else '-'}"


def _at(day: int, hour: int) -> str:
    return f"{datetime(2026, 3, day, hour):%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class _Dump:
    """The directory of one phone."""

    world: World
    rng: Random
    folder: Path
    truth: Truth

    def write(self, phone: _Phone, imei: str, had: Sequence[Customer]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.truth.table(self._asset("#端末"), _DEVICE, [[None, phone.number, None]])
        info = compose("機種: サクラフォン S2\nIMEI: {imei}\n", {"imei": Value(imei, "IMEI")})
        (self.folder / "device_info.txt").write_text(info.text, "utf-8")
        self.truth.document(self._asset("/device_info.txt"), info)
        for picture in phone.pictures:
            self._picture(picture, had[picture.of].person if had else self.world.strangers[0])
        if phone.contacts:
            self._contacts(phone.contacts)

    def _asset(self, inside: str) -> str:
        return f"{FOLDER}/{self.folder.name}{inside}"

    def _picture(self, picture: _Picture, of: Person) -> None:
        drawn = picture.draw(self.rng, of)
        path = self.folder / picture.file
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".png":
            drawn.picture.save(path, compress_level=3)
        else:
            drawn.picture.convert("RGB").save(path, quality=88, exif=_exif(picture))
        self.truth.image(self._asset(f"/{picture.file}"), drawn.kind, drawn.values, drawn.faces)

    def _contacts(self, file: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        known = self.rng.sample(self.world.strangers, 12)
        if path.suffix == ".vcf":
            path.write_text("".join(map(_card, known)), "utf-8")
            cards = [[each.name.written(" "), _dialled(each), each.email] for each in known]
            self.truth.table(self._asset(f"/{file}"), _CARDS, cards)
            return
        rows = [[at, each.name.written(" "), each.phone] for at, each in enumerate(known, 1)]
        write_tables(path, "", [Table("contacts", _CONTACTS, rows)], Truth())
        self.truth.table(self._asset(f"/{file}#contacts"), {name: kind for name, _, kind in _CONTACTS}, rows)


_DEVICE = {"IMEI": None, "管理番号": None, "読み出し日時": None}
_CARDS = {"氏名": "PERSON", "電話番号": "PHONE_NUMBER", "メールアドレス": "EMAIL_ADDRESS"}
_CONTACTS = (
    ("_id", "INTEGER", None),
    ("display_name", "TEXT", "PERSON"),
    ("phone_number", "TEXT", "PHONE_NUMBER"),
)


def _card(person: Person) -> str:
    return (
        f"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{person.name.written(' ')}\r\nTEL:{_dialled(person)}\r\n"
        f"EMAIL:{person.email}\r\nEND:VCARD\r\n"
    )


def _dialled(person: Person) -> str:
    return numbers.phone_text(Random(person.phone), person.phone)


def _exif(picture: _Picture) -> Image.Exif:
    from PIL import ExifTags, Image

    exif = Image.Exif()
    if picture.taken:
        camera = exif.get_ifd(ExifTags.IFD.Exif)
        camera[ExifTags.Base.DateTimeOriginal] = f"{picture.taken:%Y:%m:%d %H:%M:%S}"
        camera[ExifTags.Base.OffsetTimeOriginal] = "+09:00"
    if picture.place:
        where = exif.get_ifd(ExifTags.IFD.GPSInfo)
        where[ExifTags.GPS.GPSLatitudeRef], where[ExifTags.GPS.GPSLatitude] = "N", (35.0, 41.0, 22.0)
        where[ExifTags.GPS.GPSLongitudeRef], where[ExifTags.GPS.GPSLongitude] = "E", (139.0, 41.0, 30.0)
    return exif
